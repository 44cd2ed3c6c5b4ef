"""How long a run would take, going by others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.config import TrainConfig, preset, with_values
from core.families.vae.family import SHARPENING_PACE
from core.runs.expected import expected
from core.runs.listing import RunSummary


def config(**values: Any) -> TrainConfig:
    return with_values(
        preset("quick"), {"data.source": "faces", "epochs": 20} | {k.replace("__", "."): v for k, v in values.items()}
    )


def run(name: str, epoch: int, seconds: float, **values: Any) -> RunSummary:
    return RunSummary(Path(name), name, "finished", epoch=epoch, seconds=seconds, config=config(**values))


def test_it_goes_by_the_newest_run_on_the_same_pictures_with_the_same_network() -> None:
    runs = [
        run("other-size", 10, 500.0, data__image_size=64),
        run("other-pictures", 10, 500.0, data__source="digits"),
        run("other-network", 10, 500.0, model__latent_dim=64),
        run("other-objective", 10, 500.0, objective__name="factor_vae", whiten_every=0),
        run("several-cards", 10, 500.0, processes=2),
        run("nothing-done", 0, 0.0),
        replace(run("elsewhere", 10, 500.0), is_watched=True),
        run("newest", 10, 300.0, epochs=40, objective__beta=4.0),
        run("older", 20, 900.0),
    ]
    found = expected(config(), runs)
    assert found is not None
    assert (found.seconds, found.by) == (600.0, "newest")
    assert expected(config(), runs[:7]) is None
    assert expected(config(), [replace(runs[-1], config=None)]) is None


def test_runs_of_a_family_without_an_objective_are_compared_by_what_they_have() -> None:
    quick = with_values(preset("codes"), {"data.source": "faces", "epochs": 20})
    known = RunSummary(Path("tokens"), "tokens", "finished", epoch=10, seconds=300.0, config=quick)
    found = expected(quick, [known])
    assert found is not None
    assert (found.seconds, found.by) == (600.0, "tokens")


def test_a_slower_phase_counts_for_more() -> None:
    plain, sharp = run("plain", 20, 200.0), run("sharp", 25, 200.0 + 5 * 10.0 * SHARPENING_PACE, sharpen_epochs=5)
    for known in (plain, sharp):
        found = expected(config(sharpen_epochs=10), [known])
        assert found is not None
        assert found.seconds == pytest.approx(200.0 + 10 * 10.0 * SHARPENING_PACE)


def test_what_is_learned_at_the_end_takes_as_long_as_it_took_another_run() -> None:
    learned = config(prior="learned")
    stopped = run("stopped", 10, 300.0, prior="learned")
    whole = replace(run("whole", 20, 700.0, prior="learned"), closing_seconds=90.0)
    plain = replace(run("plain", 20, 700.0, prior="normal"), closing_seconds=2.0)
    found = expected(learned, [stopped, plain, whole])
    assert found is not None
    assert (found.seconds, found.by, found.is_without_end) == (690.0, "stopped", False)
    found = expected(learned, [stopped, plain])
    assert found is not None
    assert (found.seconds, found.is_without_end) == (600.0, True), "nobody knows how long its end will take"
    found = expected(config(prior="normal"), [whole])
    assert found is not None
    assert (found.seconds, found.is_without_end) == (700.0, False), "it has no such end"
