"""When the coach finds that a CycleGAN copies, or hides in its translations what they came from."""

from __future__ import annotations

from core.coach.advise import advise
from core.coach.base import Advice
from core.config import preset
from core.events import EpochFinished
from core.runs.history import history_of

HEALTHY = {"flips": 60.0, "read_right": 92.0, "psnr_a": 29.0, "psnr_b": 28.0, "jpeg_a": 24.0, "jpeg_b": 23.0}


def advice_of(epochs: int = 8, last: dict[str, float] | None = None, changed: int = 2) -> list[Advice]:
    """What is said of a run that is healthy but for its last `changed` epochs."""
    rows = []
    for epoch in range(1, epochs + 1):
        loss = 1.0 + 1.0 / epoch
        valid = {"loss": loss} | HEALTHY | ((last or {}) if epoch > epochs - changed else {})
        rows.append(EpochFinished(epoch, epochs, 1.0, 100.0, {"loss": loss}, valid, 1e-3, ""))
    return advise(history_of(rows, family_name="cycle_gan"), preset("cyclegan"), device="cpu")


def test_a_healthy_run_gets_no_advice() -> None:
    assert advice_of() == []


def test_copies_are_named_with_what_helps() -> None:
    (advice,) = advice_of(last={"flips": 11.0})
    assert advice.key == "copying"
    assert advice.sentence.startswith("Only 11 %")
    assert dict(advice.change) == {"cycle_weight": 0.5, "identity_weight": 0.025}
    assert advice_of(last={"flips": 25.0}) == []  # more than are read wrongly anyway
    assert advice_of(last={"flips": 11.0}, changed=1) == []
    assert advice_of(3, {"flips": 11.0}, changed=3) == []  # too early


def test_what_translations_hide_is_named() -> None:
    (advice,) = advice_of(last={"psnr_b": 31.0, "jpeg_b": 17.0})
    assert (advice.key, dict(advice.change)) == ("hiding", {})
    assert "Pictures of B come back at 31 dB, but at 17 dB through JPEG." in advice.sentence
    assert advice_of(last={"psnr_b": 22.0, "jpeg_b": 17.0}) == []
