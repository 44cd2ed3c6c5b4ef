"""All rules asked about a run, the most important advice first; and the same for a run folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.coach.base import Advice, Facts
from core.coach.capacity import collapse, full
from core.coach.data import brightness, copies, few_pictures, near_copies, rare_class, sharpness
from core.coach.numerics import diverging, jumps
from core.coach.overfitting import overfitting
from core.coach.progress import plateau, still_improving
from core.coach.sharpening import inventing
from core.coach.sparsity import alike, dead_atoms, dense_codes, empty_codes
from core.coach.speed import slow
from core.coach.translation import copying, hiding
from core.config import TrainConfig, from_dict
from core.errors import ConfigError
from core.events import CheckpointSaved, EpochFinished, RunFinished, RunStarted
from core.runs.events_log import EVENTS_NAME, recorded
from core.runs.history import RunHistory, history_of, read_history

Rule = Callable[[Facts], Advice | None]

COMMON: tuple[Rule, ...] = (diverging, jumps, copies, near_copies, brightness, slow, sharpness)
"""Rules for runs of every family."""
RULES: Mapping[str, tuple[Rule, ...]] = {  # by family; within a severity, in this order
    "vae": (
        diverging,
        collapse,
        inventing,
        overfitting,
        jumps,
        copies,
        near_copies,
        few_pictures,
        rare_class,
        brightness,
        full,
        still_improving,
        plateau,
        slow,
        sharpness,
    ),
    "cycle_gan": (copying, hiding, *COMMON),
    "sc_vae": (empty_codes, alike, dense_codes, dead_atoms, *COMMON),
}

SILENCED: Mapping[str, frozenset[str]] = {  # rule -> rules whose findings it explains, or whose change it makes wrong
    "diverging": frozenset(("jumps", "overfitting", "full", "still_improving", "plateau")),
    "empty_codes": frozenset(("alike", "dead_atoms")),
    "alike": frozenset(("dead_atoms",)),
    "collapse": frozenset(("still_improving", "plateau")),
    "overfitting": frozenset(("jumps", "full", "still_improving", "plateau")),
    "jumps": frozenset(("still_improving", "plateau")),
}


def advise(
    history: RunHistory,
    config: TrainConfig,
    data_summary: Mapping[str, Any] | None = None,
    *,
    device: str = "",
    precision: str = "",
    has_ended: bool = False,
) -> list[Advice]:
    """What there is to say about a run so far.

    Args:
        history: its epochs; without any there is nothing to say.
        config: its settings.
        data_summary: what `run_started` or a checkpoint say of its pictures.
        device: "cpu", "cuda" or "mps", as `run_started` says; "" = unknown.
        precision: "fp32" or "bf16", likewise.
        has_ended: it ended by itself.

    Returns:
        The most important first; empty for a healthy run.
    """
    if not len(history):
        return []
    facts = Facts(history, config, data_summary or {}, device, precision, has_ended)
    all_advice = [advice for rule in RULES.get(config.family, COMMON) if (advice := rule(facts)) is not None]
    silenced = frozenset().union(*(SILENCED.get(advice.key, frozenset()) for advice in all_advice))
    return sorted((advice for advice in all_advice if advice.key not in silenced), key=lambda advice: -advice.severity)


def advise_run(folder: Path) -> list[Advice]:
    """What there is to say about the run in a folder, from what it has recorded.

    It reads the whole file, so a window calls it in a worker thread. A run whose settings can't be read (another
    version's, garbage) gets no advice.
    """
    started: RunStarted | None = None
    done: dict[int, EpochFinished] = {}
    best, has_ended = 0, False
    for _, event in recorded(Path(folder) / EVENTS_NAME, without_axes=True):
        if isinstance(event, RunStarted):
            started, has_ended = event, False
            done = {epoch: old for epoch, old in done.items() if epoch <= event.epoch}
        elif isinstance(event, EpochFinished):
            done[event.epoch] = event
        elif isinstance(event, CheckpointSaved) and event.best:
            best = event.epoch
        elif isinstance(event, RunFinished):
            has_ended = not event.stopped
    if started is None:
        return []
    try:
        config = from_dict(TrainConfig, started.config)
    except ConfigError:
        return []
    # The KLs of each dimension are the bulk of the file, and only a run that has ended is judged by them.
    rows = [done[epoch] for epoch in sorted(done)]
    history = read_history(folder) if has_ended else history_of(rows, best, family_name=config.family)
    data = started.data if isinstance(started.data, dict) else {}
    return advise(history, config, data, device=str(started.device), precision=str(started.precision), has_ended=has_ended)
