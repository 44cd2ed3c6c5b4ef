"""A prior that is learned after training: it draws codes as those of pictures lie, is kept in the model's file, and says no."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import checkpoint
from core.checkpoint import PRIOR, Checkpoint, weights_id
from core.cli import run
from core.errors import CheckpointError, DataError
from core.events import Event, Log, RunFailed, RunFinished
from core.latent import prior_fit
from core.latent.arithmetic import TYPICAL_SPREAD, normal
from core.latent.engine import LatentEngine
from core.latent.instrument import typical_samples
from core.latent.learned_prior import KEY, LearnedPrior, in_checkpoint, keep_in_checkpoint, with_prior
from core.latent.prior_fit import fit_prior
from core.progress import silent
from tests.helpers.runs import TINY, run_events, shared_run, tiny, toy_folder


def ring(count: int, seed: int) -> np.ndarray:
    """Codes whose mean and spread are those of N(0, I), on two rings: none lies in the middle, where most of N(0, I) does."""
    generator = np.random.default_rng(seed)
    turns = generator.uniform(0.0, 2 * math.pi, (count, 2))
    codes = math.sqrt(2.0) * np.stack([np.cos(turns), np.sin(turns)], axis=2).reshape(count, 4)
    return np.asarray(codes + 0.03 * generator.standard_normal(codes.shape), np.float32)


def unevenness(codes: np.ndarray) -> float:
    """How much the distance from the middle of the first ring varies, as a share of its mean: 0 on a ring."""
    distances = np.linalg.norm(codes[:, :2], axis=1)
    return float(distances.std() / distances.mean())


@pytest.fixture(scope="module")
def small() -> Iterator[None]:
    """A small network, which codes of four numbers don't overtax."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("WIDTH", 48), ("STEPS", 1500), ("VISITS", 1000), ("WARM_UP", 200), ("LEARNING_RATE", 4e-3)):
            patch.setattr(prior_fit, name, value)
        yield


@pytest.fixture(scope="module")
def learned(small: None) -> LearnedPrior:
    return fit_prior(ring(2000, 0), ring(400, 1), silent)


@pytest.mark.long
def test_it_draws_codes_as_those_of_pictures_lie(learned: LearnedPrior) -> None:
    drawn = learned.sample(500, seed=3)
    assert unevenness(normal(500, 4, 3)) > 0.45
    assert unevenness(drawn) < 0.25
    assert learned.gain > 0.6
    assert np.sqrt(np.square(drawn).sum(axis=1).mean()) == pytest.approx(TYPICAL_SPREAD * 2.0, rel=0.05)


@pytest.mark.long
def test_the_same_seed_draws_the_same_codes(learned: LearnedPrior) -> None:
    assert np.array_equal(learned.sample(5, seed=1), learned.sample(5, seed=1))
    assert not np.array_equal(learned.sample(5, seed=1), learned.sample(5, seed=2))


@pytest.mark.long
def test_of_codes_that_are_normal_there_is_nothing_to_learn(small: None) -> None:
    with pytest.raises(DataError, match="no likelier") as refused:
        fit_prior(normal(2000, 8, 0), normal(400, 8, 1), silent)
    assert refused.value.hint


def of_size(size: int) -> LearnedPrior:
    """One that maps two numbers to codes of so many."""
    generator = np.random.default_rng(0)
    layers = tuple(
        (generator.standard_normal(shape).astype(np.float32), np.zeros(shape[0], np.float32)) for shape in ((6, 2), (size, 6))
    )
    return LearnedPrior(np.full(size, 0.5, np.float32), np.ones(size, np.float32), layers, 3.25)


@pytest.fixture
def own_run(tmp_path: Path) -> Path:
    """A copy of the shared run, to be changed."""
    return Path(shutil.copytree(shared_run(), tmp_path / "run"))


def test_a_models_file_keeps_it_and_samples_come_from_it(own_run: Path) -> None:
    path = checkpoint.find(str(own_run))
    before = LatentEngine.load(path)
    assert not before.draws_typical
    assert np.allclose(typical_samples(before, 3, 0), TYPICAL_SPREAD * before.sample(3, 0))
    prior = of_size(before.spec.latent_dim)
    assert keep_in_checkpoint(path, before.id, prior)
    after = LatentEngine.load(path)
    assert after.id == before.id  # so directions and saved edits go on fitting
    assert after.draws_typical
    assert np.allclose(after.sample(4, 7), prior.sample(4, 7), atol=0.02)  # half precision
    assert np.array_equal(typical_samples(after, 3, 0), after.sample(3, 0))
    codes = before.sample(3, 0)
    assert np.array_equal(before.decode(codes), after.decode(codes))
    stripped = checkpoint.strip(checkpoint.load(path, training_state=True))
    assert in_checkpoint(stripped) is not None


def test_another_models_is_not_taken(own_run: Path) -> None:
    loaded = with_prior(checkpoint.load(checkpoint.find(str(own_run))), of_size(4))
    name = next(name for name in loaded.tensors if name.startswith("model."))
    tensors = loaded.tensors | {name: loaded.tensors[name] + 1}
    assert in_checkpoint(Checkpoint(replace(loaded.header, id=weights_id(tensors)), tensors)) is None
    assert not keep_in_checkpoint(checkpoint.find(str(own_run)), "0" * 64, of_size(4))


@pytest.mark.parametrize("fault", ["missing", "shape", "nan", "layers"])
def test_a_damaged_one_is_said(own_run: Path, fault: str) -> None:
    loaded = checkpoint.load(checkpoint.find(str(own_run)))
    broken = with_prior(loaded, of_size(LatentEngine(loaded).spec.latent_dim))
    tensors, header = dict(broken.tensors), broken.header
    if fault == "missing":
        del tensors[PRIOR + "1.bias"]
    elif fault == "shape":
        tensors[PRIOR + "mean"] = tensors[PRIOR + "mean"][:-1]
    elif fault == "nan":
        tensors[PRIOR + "spread"] = np.full_like(tensors[PRIOR + "spread"], np.nan)
    else:
        header = replace(header, data=header.data | {KEY: header.data[KEY] | {"layers": "many"}})
    with pytest.raises(CheckpointError, match="prior in the model's file is damaged"):
        in_checkpoint(Checkpoint(header, tensors))


def test_too_few_pictures_are_said(own_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = checkpoint.find(str(own_run)).read_bytes()
    assert run(["prior", "--checkpoint", str(own_run), "--data", str(toy_folder())]) == 3
    assert "at least 500 training pictures" in capsys.readouterr().err
    assert checkpoint.find(str(own_run)).read_bytes() == before


@pytest.mark.long
def test_the_command_learns_that_of_the_drawn_faces(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "drawn.safetensors"
    shutil.copy(checkpoint.find("drawn"), own)
    assert run(["prior", "--checkpoint", str(own), "--data", "demo", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["gain"] > 0.0
    assert LatentEngine.load(own).draws_typical
    assert run(["sample", "--checkpoint", str(own), "--count", "4", "--seed", "1", "--out", str(tmp_path / "four.png")]) == 0


def logged(events: list[Event]) -> str:
    return "\n".join(event.message for event in events if isinstance(event, Log))


def test_a_run_learns_it_at_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prior_fit, "PRIOR_PICTURES", 4)
    monkeypatch.setattr(prior_fit, "fit_prior", lambda codes, held_out, progress: of_size(codes.shape[1]))
    events = run_events(tiny(prior="learned"), tmp_path / "run")
    assert "Learning where the pictures' codes lie" in logged(events)
    for name in ("best", "last"):
        assert LatentEngine.load(tmp_path / "run" / "checkpoints" / f"{name}.safetensors").draws_typical
    resumed = run_events(tiny(prior="learned", epochs=TINY["epochs"] + 1), tmp_path / "run", resume=True)
    assert not [event for event in resumed if isinstance(event, RunFailed)]
    assert LatentEngine.load(tmp_path / "run" / "checkpoints" / "last.safetensors").draws_typical


def test_a_run_says_where_it_cant_and_is_finished_all_the_same(tmp_path: Path) -> None:
    events = run_events(tiny(prior="learned"), tmp_path / "run")
    assert "at least 500 training pictures" in logged(events)
    assert isinstance(events[-1], RunFinished)
    assert not events[-1].stopped
    assert events[-1].note.startswith(
        "It has no learned prior: its samples are drawn from N(0, I) and may be less like the pictures."
    )
    assert "at least 500 training pictures" in events[-1].note
    assert not LatentEngine.load(tmp_path / "run" / "checkpoints" / "best.safetensors").draws_typical


def test_who_stops_a_run_while_it_learns_it_has_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prior_fit, "PRIOR_PICTURES", 4)
    events = run_events(
        tiny(prior="learned"), tmp_path / "run", until=lambda event: isinstance(event, Log) and "codes lie" in event.message
    )
    assert "Stopped before its prior was learned" in logged(events)
    assert isinstance(events[-1], RunFinished)
    assert not LatentEngine.load(tmp_path / "run" / "checkpoints" / "best.safetensors").draws_typical


@pytest.mark.long
def test_a_latent_of_many_dimensions_is_learned_by_its_components() -> None:
    """Few of a wide latent's dimensions vary by themselves; the noise of all others isn't what is to be learned."""
    rng = np.random.default_rng(0)
    centres = 4.0 * rng.standard_normal((6, 5))
    axes = np.linalg.qr(rng.standard_normal((400, 5)))[0]

    def codes(count: int) -> np.ndarray:
        inner = centres[rng.integers(6, size=count)] + 0.3 * rng.standard_normal((count, 5))
        return (inner @ axes.T + 0.01 * rng.standard_normal((count, 400)) + 1.0).astype(np.float32)

    learned, held_out = codes(2000), codes(300)
    prior = fit_prior(learned, held_out, lambda *_: None)
    assert prior.gain > 1.0
    assert prior.layers[0][0].shape[1] <= 8  # inputs: as many as components
    assert prior.layers[-1][0].shape[0] == 400
    drawn = (prior.sample(500, seed=1) - prior.mean) / 0.65 @ axes + prior.mean @ axes
    normal = rng.multivariate_normal(learned.mean(axis=0) @ axes, np.cov((learned @ axes).T), 500)
    middle = centres + np.ones(400) @ axes

    def far(points: np.ndarray) -> float:
        return float((np.linalg.norm(points[:, None] - middle[None], axis=2).min(axis=1) > 2.0).mean())

    assert far(learned @ axes) == 0.0
    assert far(drawn) < 0.6 * far(normal)
