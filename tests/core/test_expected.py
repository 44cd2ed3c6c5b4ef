"""How long a run would take, going by others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.config import TrainConfig, preset, with_values
from core.families.vae.family import SHARPENING_PACE
from core.runs.expected import CLOSING_SECONDS, MOST_EPOCHS, MOST_OF_FEW, WHOLE, expected, fit_into, seconds_at, speed_key
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
    quick = with_values(preset("codes"), {"data.source": "faces", "epochs": 20, "prior_epochs": 0})
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


def test_a_measured_speed_says_how_long_a_run_takes() -> None:
    assert seconds_at(config(epochs=10), 3000, 100.0) == pytest.approx(10 * (WHOLE * 30.0 + CLOSING_SECONDS))
    longer = seconds_at(config(epochs=10, sharpen_epochs=5), 3000, 100.0)
    assert longer == pytest.approx(10 * (WHOLE * 30.0 + CLOSING_SECONDS) + 5 * (SHARPENING_PACE * WHOLE * 30.0 + CLOSING_SECONDS))


@pytest.mark.parametrize("pictures", [500, 3000, 20_000])
@pytest.mark.parametrize("speed", [20.0, 100.0])
def test_as_many_epochs_are_chosen_as_fill_the_time(pictures: int, speed: float) -> None:
    """Within half an epoch, unless one alone is too long or the pictures are so few that they would be learned by heart."""
    chosen = fit_into(config(epochs=25), 15.0, pictures, speed)
    taken = seconds_at(config(epochs=chosen["epochs"]), pictures, speed)
    one = seconds_at(config(epochs=1), pictures, speed)
    assert chosen.keys() == {"epochs"}
    if 1 < chosen["epochs"] < MOST_EPOCHS:
        assert abs(taken - 900.0) <= one / 2 + 1e-6
    elif chosen["epochs"] == 1:
        assert one > 600.0
    else:
        assert taken < 900.0


def test_phases_share_the_time_as_they_share_the_epochs() -> None:
    chosen = fit_into(config(epochs=20, sharpen_epochs=10), 30.0, 3000, 100.0)
    assert chosen["epochs"] == pytest.approx(2 * chosen["sharpen_epochs"], abs=1)
    assert seconds_at(config(**chosen), 3000, 100.0) == pytest.approx(1800.0, rel=0.05)


def test_a_fast_machine_does_not_learn_few_pictures_by_heart() -> None:
    assert fit_into(config(epochs=25), 15.0, 3000, 20_000.0) == {"epochs": MOST_EPOCHS}
    assert fit_into(config(epochs=25), 15.0, 100, 20_000.0) == {"epochs": MOST_OF_FEW}
    assert MOST_EPOCHS < fit_into(config(epochs=25), 15.0, 400, 20_000.0)["epochs"] < MOST_OF_FEW


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


def test_a_vamp_prior_is_another_pace_and_a_prior_learned_at_the_end_is_not() -> None:
    learned = run("learned", 10, 300.0)
    assert learned.config is not None
    assert learned.config.settings.prior == "learned"
    assert expected(config(prior="normal"), [learned]) is not None
    vamp = {"prior": "vamp", "whiten_every": 0}
    assert expected(config(**vamp), [learned]) is None
    assert expected(config(**vamp), [run("vamp", 10, 300.0, **vamp)]) is not None
    assert expected(config(pseudo_inputs=8, **vamp), [run("vamp", 10, 300.0, **vamp)]) is None
    assert speed_key(config(prior="normal")) == speed_key(config()) != speed_key(config(**vamp))
    assert speed_key(config(**vamp)) != speed_key(config(pseudo_inputs=8, **vamp))


def test_epochs_of_some_of_the_pictures_take_as_long_as_these() -> None:
    """Of a CycleGAN, whose epochs are so many pairs, however many pictures there are."""
    cycle = with_values(preset("cyclegan"), {"data.source": "faces", "epochs": 10, "epoch_pairs": 500})
    for pictures in (2000, 90_000):
        assert seconds_at(cycle, pictures, 10.0) == pytest.approx(10 * (WHOLE * 100.0 + CLOSING_SECONDS))
    assert seconds_at(cycle, 300, 10.0) == pytest.approx(10 * (WHOLE * 30.0 + CLOSING_SECONDS))
    whole = with_values(cycle, {"epoch_pairs": 0})
    assert seconds_at(whole, 2000, 10.0) == pytest.approx(10 * (WHOLE * 200.0 + CLOSING_SECONDS))
    minutes = 120.0
    chosen = with_values(cycle, fit_into(cycle, minutes, 90_000, 10.0))
    assert seconds_at(chosen, 90_000, 10.0) == pytest.approx(60.0 * minutes, rel=0.02)
