"""Where a run is, how fast it goes, and its learning rate there."""

from __future__ import annotations

import json
import math

import pytest

from core.runs.train_progress import Speed, TrainProgress
from core.training.state import learning_rate
from tests.helpers.runs import tiny


def test_learning_rates() -> None:
    plain, cosine = tiny(learning_rate=0.01), tiny(learning_rate=0.01, lr_schedule="cosine")
    assert {learning_rate(plain, done, 10) for done in (0.0, 5.0, 10.0, 20.0)} == {0.01}
    assert learning_rate(cosine, 0.0, 10) == pytest.approx(0.01)
    assert learning_rate(cosine, 5.0, 10) == pytest.approx(0.01 * 0.505)
    assert learning_rate(cosine, 10.0, 10) == learning_rate(cosine, 30.0, 10) == pytest.approx(0.0001)


def test_a_linear_fall_and_a_warm_up_before_it() -> None:
    linear = tiny(learning_rate=0.01, lr_schedule="linear")
    assert [learning_rate(linear, done, 10) for done in (0.0, 5.0, 10.0, 12.0)] == pytest.approx([0.01, 0.00505, 0.0001, 0.0001])
    for schedule in ("constant", "linear", "cosine", "late"):
        warmed = tiny(learning_rate=0.01, lr_schedule=schedule, lr_warmup_epochs=2.0)
        rising = [learning_rate(warmed, done, 10) for done in (0.0, 1.0, 2.0)]
        assert rising == pytest.approx([0.0001, 0.00505, 0.01])
        cold = tiny(learning_rate=0.01, lr_schedule=schedule)
        for share in (0.1, 0.5, 1.0):  # then the schedule over what is left
            assert learning_rate(warmed, 2.0 + 8.0 * share, 10) == pytest.approx(learning_rate(cold, 10.0 * share, 10))
        assert max(learning_rate(warmed, done / 10, 10) for done in range(120)) <= 0.01


def test_a_late_fall_begins_after_half_of_the_run() -> None:
    late = tiny(learning_rate=0.01, lr_schedule="late")
    rates = [learning_rate(late, done, 10) for done in (0.0, 5.0, 7.5, 10.0, 12.0)]
    assert rates == pytest.approx([0.01, 0.01, 0.00505, 0.0001, 0.0001])


def test_a_warm_up_longer_than_the_run_just_rises() -> None:
    warmed = tiny(learning_rate=0.01, lr_schedule="cosine", lr_warmup_epochs=4.0)
    assert learning_rate(warmed, 2.0, 2) == learning_rate(warmed, 9.0, 2) == pytest.approx(0.00505)


def test_positions_and_speed() -> None:
    at = TrainProgress(schedule_epochs=3)
    at.add({"loss": 2.0, "reconstruction": 1.0, "kl": 1.0}, 3)
    at.add({"loss": 5.0, "reconstruction": 4.0, "kl": 1.0}, 1)
    assert at.means() == {"loss": 2.75, "reconstruction": 1.75, "kl": 1.0}
    assert TrainProgress.from_dict(json.loads(json.dumps(at.to_dict()))) == at
    at.next_epoch()
    assert (at.epoch, at.step, at.pictures, at.sums) == (1, 0, 0, {})
    assert at.improved(5.0)
    assert not at.improved(5.0)
    assert not at.improved(math.nan)
    assert TrainProgress.from_dict(at.to_dict()) == at
    older = at.to_dict() | {"whitened": 1}  # as it was called before there were families
    for name in ("turned", "phase", "phase_began"):
        del older[name]
    at.turned = 1
    assert TrainProgress.from_dict(older) == at
    at.enter("prior", 7)
    assert (at.phase, at.phase_began, at.schedule_epochs, at.best_epoch, at.patience_from) == ("prior", 1, 7, 0, 1)
    assert at.improved(9.0)
    speed = Speed()
    assert speed.after(10) > 0
