"""Where a run is, how fast it goes, and its learning rate there."""

from __future__ import annotations

import json
import math

import pytest

from core.training import optim
from core.training.position import Position, Speed
from tests.helpers.runs import tiny


def test_learning_rates() -> None:
    plain, cosine = tiny(learning_rate=0.01), tiny(learning_rate=0.01, lr_schedule="cosine")
    assert {optim.learning_rate(plain, share) for share in (0.0, 0.5, 1.0, 2.0)} == {0.01}
    assert optim.learning_rate(cosine, 0.0) == pytest.approx(0.01)
    assert optim.learning_rate(cosine, 0.5) == pytest.approx(0.01 * 0.505)
    assert optim.learning_rate(cosine, 1.0) == optim.learning_rate(cosine, 3.0) == pytest.approx(0.0001)


def test_positions_and_speed() -> None:
    at = Position(schedule_epochs=3)
    at.add((2.0, 1.0, 1.0), 3)
    at.add((5.0, 4.0, 1.0), 1)
    assert at.means() == {"loss": 2.75, "reconstruction": 1.75, "kl": 1.0}
    assert Position.from_dict(json.loads(json.dumps(at.to_dict()))) == at
    at.next_epoch()
    assert (at.epoch, at.step, at.pictures, at.sums["loss"]) == (1, 0, 0, 0.0)
    assert at.improved(5.0)
    assert not at.improved(5.0)
    assert not at.improved(math.nan)
    assert Position.from_dict(at.to_dict()) == at
    speed = Speed()
    assert speed.after(10) > 0
