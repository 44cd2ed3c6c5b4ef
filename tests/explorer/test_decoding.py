"""The decode service: the latest request wins, the canvas goes first, nothing goes backwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.errors import CoreError
from explorer.document.decoding import CHUNK, REST_SECONDS, Decoded, DecodeService
from tests.helpers.fake_engine import LATENT_DIM, FakeEngine, fake_model


class GatedEngine(FakeEngine):
    """Decodes one chunk each time the gate is opened, and remembers what it was given."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.gate = threading.Semaphore(0)
        self.began = threading.Semaphore(0)
        self.given: list[np.ndarray] = []

    def decode(self, z: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        self.given.append(z.copy())
        self.began.release()
        assert self.gate.acquire(timeout=10)
        return super().decode(z)


@pytest.fixture
def service() -> Iterator[DecodeService]:
    made = DecodeService()
    yield made
    made.close()


def gated(service: DecodeService) -> GatedEngine:
    model = fake_model()
    engine = GatedEngine(model.header)
    service.set_model(replace(model, engine=engine))  # type: ignore[arg-type]
    return engine


def codes(count: int, fill: float = 0.0) -> np.ndarray:
    return np.full((count, LATENT_DIM), fill, np.float32)


def test_a_request_comes_back_in_chunks(qtbot: QtBot, service: DecodeService) -> None:
    service.set_model(fake_model())
    got: list[Decoded] = []
    service.decoded.connect(got.append)
    number = service.request("samples", codes(CHUNK + 1))
    qtbot.waitUntil(lambda: bool(got) and got[-1].complete)
    assert [(d.id, d.start, len(d.images), d.complete) for d in got] == [(number, 0, CHUNK, False), (number, CHUNK, 1, True)]


def test_without_a_model_nothing_is_asked(service: DecodeService) -> None:
    assert service.request("canvas", codes(1)) == 0


def test_codes_of_another_space_than_the_models_are_refused(qtbot: QtBot, service: DecodeService) -> None:
    service.set_model(fake_model())
    got: list[Decoded] = []
    errors: list[BaseException] = []
    service.decoded.connect(got.append)
    service.failed.connect(errors.append)
    service.request("canvas", codes(1), space="w")
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], CoreError)
    assert "called 'w'" in errors[0].message
    service.request("canvas", codes(1), space="z")
    qtbot.waitUntil(lambda: bool(got))


def test_an_unknown_channel_is_a_bug(service: DecodeService) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        service.request("nowhere", codes(1))


def test_a_waiting_request_is_overwritten_and_the_last_one_is_drawn(qtbot: QtBot, service: DecodeService) -> None:
    engine = gated(service)
    got: list[Decoded] = []
    service.decoded.connect(got.append)
    first = service.request("canvas", codes(1, 0.0))
    assert engine.began.acquire(timeout=10)
    for step in range(1, 20):
        last = service.request("canvas", codes(1, step / 100))
    engine.gate.release(2)
    qtbot.waitUntil(lambda: len(got) == 2)
    assert [d.id for d in got] == [first, last]
    assert len(engine.given) == 2
    assert engine.given[-1][0, 0] == pytest.approx(0.19)


def test_the_canvas_overtakes_a_long_strip(qtbot: QtBot, service: DecodeService) -> None:
    engine = gated(service)
    got: list[Decoded] = []
    service.decoded.connect(got.append)
    service.request("strip", codes(3 * CHUNK))
    assert engine.began.acquire(timeout=10)
    service.request("canvas", codes(1))
    engine.gate.release(4)
    qtbot.waitUntil(lambda: len(got) == 4)
    assert [d.channel for d in got] == ["strip", "canvas", "strip", "strip"]


def test_a_strip_waits_until_the_canvas_rests(qtbot: QtBot, service: DecodeService) -> None:
    service.set_model(fake_model())
    got: list[Decoded] = []
    service.decoded.connect(lambda made: got.append(made))
    service.request("canvas", codes(1))
    asked = time.perf_counter()
    service.request("strip", codes(1))
    service.request("before", codes(1))
    qtbot.waitUntil(lambda: len(got) == 3)
    assert [d.channel for d in got] == ["canvas", "before", "strip"]
    assert time.perf_counter() - asked >= REST_SECONDS


def test_nothing_of_an_old_model_shows(qtbot: QtBot, service: DecodeService) -> None:
    engine = gated(service)
    got: list[Decoded] = []
    service.decoded.connect(got.append)
    service.request("canvas", codes(1))
    assert engine.began.acquire(timeout=10)
    service.set_model(fake_model())
    number = service.request("canvas", codes(1))
    engine.gate.release()
    qtbot.waitUntil(lambda: bool(got))
    assert [d.id for d in got] == [number]


def test_a_cancelled_channel_stays_silent(qtbot: QtBot, service: DecodeService) -> None:
    engine = gated(service)
    got: list[Decoded] = []
    service.decoded.connect(got.append)
    service.request("gallery", codes(1))
    assert engine.began.acquire(timeout=10)
    service.cancel("gallery")
    number = service.request("canvas", codes(1))
    engine.gate.release(2)
    qtbot.waitUntil(lambda: bool(got))
    assert [(d.channel, d.id) for d in got] == [("canvas", number)]


def test_a_failing_decode_is_reported_and_the_next_one_works(qtbot: QtBot, service: DecodeService) -> None:
    model = fake_model()
    service.set_model(model)
    wrong = np.zeros((1, LATENT_DIM + 1), np.float32)
    with qtbot.waitSignal(service.failed) as failed:
        service.request("canvas", wrong)
    assert isinstance(failed.args[0], ValueError)
    with qtbot.waitSignal(service.decoded):
        service.request("canvas", codes(1))
