"""Whether a long run computes slower than it must, and why."""

from __future__ import annotations

import numpy as np

from core.coach.base import Advice, Facts, Severity
from core.coach.wording import hours
from core.device_count import available_cores
from core.wording import counted

LONG_SECONDS = 3600.0  # of the whole run; below, nobody needs to be told
RECENT_EPOCHS = 5  # of which the fastest counts, since other programs may have slowed some down
FEWEST_EPOCHS = 2
SMALLEST_SIZE = 64  # pixels, that is proposed


def slow(facts: Facts) -> Advice | None:
    """A run of more than an hour that doesn't use what could make it faster. Says only what is known to be so."""
    history = facts.history
    seconds, rate = (column[np.isfinite(column)][-RECENT_EPOCHS:] for column in (history.seconds, history.images_per_second))
    if min(len(seconds), len(rate)) < FEWEST_EPOCHS:
        return None
    whole = history.epochs * float(seconds.min())
    if whole <= LONG_SECONDS:
        return None
    why = _threads(facts) or _precision(facts)
    if why is None:
        return None
    change, reason = why
    images = float(rate.max())
    all_epochs = f"{counted(history.epochs, 'epoch')} take{'s' if history.epochs == 1 else ''}"
    sentence = f"Training runs at {images:.{0 if images >= 10 else 1}f} pictures/s: {all_epochs} {hours(whole)}."
    return Advice("speed", sentence, reason, Severity.TIP, change)


def _threads(facts: Facts) -> tuple[dict[str, object], str] | None:
    """Fewer threads than the processor has cores."""
    threads, cores = facts.config.threads, available_cores()
    if facts.device != "cpu" or not 0 < threads < cores:
        return None
    return {"threads": 0}, f"It uses {threads} of this computer's {cores} cores; all of them would be faster."


def _precision(facts: Facts) -> tuple[dict[str, object], str] | None:
    """fp32 where bf16 isn't there or wasn't allowed; `core.device.choose` takes bf16 by itself where the hardware has it."""
    if facts.precision != "fp32" or facts.device not in ("cpu", "cuda", "mps"):
        return None
    if facts.config.precision == "fp32":
        return {"precision": "auto"}, "Precision is set to fp32; automatic takes bf16, which is faster, where the hardware has it."
    hardware = "this processor" if facts.device == "cpu" else "this graphics card"
    reason = f"bf16 isn't available on {hardware}, so it computes in fp32."
    half = facts.config.data.image_size // 2
    if half < SMALLEST_SIZE or half % 16:
        return {}, reason
    return {"data.image_size": half}, f"{reason} Pictures of {half} px train about four times as fast."
