"""Texts about a run for the list and the table, with numbers and units."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale

from core.config import FAMILY, TrainConfig
from core.families.base import VALID, Family, Metric
from core.families.registry import DEFAULT, family
from core.runs.differences import ABSENT, named, ranked
from core.runs.listing import RunSummary
from explorer.chart.axis_numbers import exact_text
from explorer.widgets.status_line import duration

_LONGEST_VALUE = 24  # letters


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunsList", text)


def state_text(run: RunSummary) -> str:
    """A run's state, in a few words: "Running, epoch 12 of 60", "Finished, 40 epochs, 12 min"."""
    if run.state == "finished":
        return _tr("Finished, {done}, {time}").format(done=_epochs_done(run), time=duration(run.seconds))
    text = brief_state(run)
    if run.state == "failed" and run.message:
        return f"{text}: {run.message}"
    return text


def brief_state(run: RunSummary) -> str:
    """The state without its duration and the reason of a failure. Of a run that goes on the epoch that goes on, as elsewhere."""
    epoch = min(run.epoch + 1, run.epochs) if run.state == "running" else run.epoch
    of = _tr("epoch {epoch} of {epochs}").format(epoch=f"{epoch:,}", epochs=f"{run.epochs:,}")
    if run.state == "running" and run.is_starting:
        return _tr("Getting ready")
    if run.state == "running":
        return (_tr("Paused, {of}") if run.is_paused else _tr("Running, {of}")).format(of=of)
    if run.state == "stopped":
        return _tr("Stopped, {of}").format(of=of)
    if run.state == "failed":
        return _tr("Failed, {of}").format(of=of)
    if run.state == "finished":
        return _tr("Finished, {done}").format(done=_epochs_done(run))
    if run.state == "queued":
        return _tr("Queued: next") if run.position == 1 else _tr("Queued: number {n}").format(n=run.position)
    if run.state == "unreachable":
        return _tr("Can't be reached")
    if run.state == "newer":
        return _tr("Of a newer version")
    return _tr("Not started")


def _epochs_done(run: RunSummary) -> str:
    """The epochs of a finished run: "12 epochs"; "2 + 1 epochs" where the last were of a further phase, as they were set."""
    epochs = [phase.epochs for phase in family(run.config.family).phases(run.config)] if run.config is not None else []
    counts = epochs if sum(epochs) == run.epoch and all(epochs) else [run.epoch]
    text = " + ".join(f"{count:,}" for count in counts)
    return _tr("1 epoch") if text == "1" else _tr("{epochs} epochs").format(epochs=text)


def why_text(run: RunSummary) -> str:
    """The state, with the reason where something is wrong: "Failed: the disk is full."."""
    if run.state == "failed" and run.message:
        return _tr("Failed: {why}").format(why=run.message)
    return f"{brief_state(run)}: {run.message}" if run.message else brief_state(run)


def family_of(run: RunSummary) -> Family:
    """The family of a run's model; the default one where its settings can't be read."""
    return family(run.config.family if run.config is not None else DEFAULT)


def listed_metrics(kind: Family) -> tuple[Metric, ...]:
    """The metrics for comparing runs of a family: the best one, then other validation metrics that all have and can improve."""
    of_all = (one for one in kind.metrics if one.where == VALID and not (one.per_axis or one.optional))
    alone = (one for one in of_all if one.lower_is_better is not None)
    return tuple(dict.fromkeys((kind.best, *alone)))


def quality_text(run: RunSummary) -> str:
    """A run's best result, briefly: "18.4 dB"; nothing before the first epoch."""
    metrics = listed_metrics(family_of(run))
    metric = next((one for one in metrics if one.where == VALID), metrics[0])
    value = run.best.get(metric.key, math.nan)
    if math.isnan(value):
        return ""
    text = number_text(value, None if metric.digits is None else min(1, metric.digits))
    unit = brief_unit(metric)
    return f"{text} {unit}" if unit else f"{metric.title} {text}"


def brief_unit(metric: Metric) -> str:
    """A metric's unit where there is little room: "nats" for nats per picture."""
    return metric.unit.partition(" per ")[0]


def number_text(value: float, digits: int | None) -> str:
    """A number for a column: "1,234.5", with a real minus sign; nothing for NaN.

    Args:
        value: the number.
        digits: after the point; None: as many as it needs.
    """
    if math.isnan(value):
        return ""
    return exact_text(value) if digits is None else f"{value:,.{digits}f}".replace("-", "−")


def took_text(seconds: float) -> str:
    """How long, to the second: "45 s", "3 min 20 s", "2 h 5 min", "1 d 3 h"; empty for no time at all."""
    whole = round(seconds) if math.isfinite(seconds) else 0
    if whole <= 0:
        return ""
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return _tr("{days} d {hours} h").format(days=days, hours=hours_left)
    if hours:
        return _tr("{hours} h {minutes} min").format(hours=hours, minutes=minutes_left)
    if minutes:
        return _tr("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    return _tr("{seconds} s").format(seconds=rest)


def about_text(seconds: float) -> str:
    """How long, about: "40 s", "12 min", "2 h 5 min"; never less than a second."""
    whole = max(1, round(seconds))
    steps = 5 if whole >= 20 else 1
    if whole < 90:
        return took_text(max(1, steps * round(whole / steps)))
    if whole < 3600:
        return _tr("{minutes} min").format(minutes=round(whole / 60))
    return took_text(60 * round(whole / 60))


def when_text(seconds: float) -> str:
    """A moment in the person's own time: "Today, 14:05", "3 Mar, 09:12", "3 Mar 2025".

    Args:
        seconds: since the epoch.
    """
    if math.isnan(seconds):
        return ""
    moment = QDateTime.fromSecsSinceEpoch(int(seconds))
    time = moment.toString("HH:mm")
    days = moment.date().daysTo(QDate.currentDate())
    if days == 0:
        return _tr("Today, {time}").format(time=time)
    if days == 1:
        return _tr("Yesterday, {time}").format(time=time)
    if moment.date().year() != QDate.currentDate().year():
        return QLocale().toString(moment.date(), "d MMM yyyy")
    return f"{QLocale().toString(moment.date(), 'd MMM')}, {time}"


def phase_names(config: TrainConfig) -> dict[str, str]:
    """What those settings of a run are called that say how long a phase is, by the setting's dotted path."""
    names = {phase.setting: named(phase.setting, [config]) for phase in family(config.family).phases(config) if phase.title}
    names.pop("epochs", None)  # which is what everybody calls them
    return names


def differing_phrases(
    config: TrainConfig,
    settings: Mapping[str, str],
    names: Mapping[str, str],
    shared: Mapping[tuple[str, str], int] | None = None,
) -> list[tuple[str, str]]:
    """What sets a run apart, a phrase each, in brief and whole: "beta 4".

    Args:
        config: of the run.
        settings: dotted path -> text, as `core.runs.differences.differing` gives them.
        names: of settings, by their dotted paths; without one, the path is shown.
        shared: how many runs have each of these pairs: what matters most to this run comes first then, and of that, what few
            share. None: the order stays.
    """
    ranks = ranked(config)
    pairs = [pair for pair in settings.items() if pair[0] in ranks and pair[1] != ABSENT]
    if shared is not None:
        pairs.sort(key=lambda pair: (ranks[pair[0]], shared[pair]))
    phases = phase_names(config)
    phrases = []
    for path, value in pairs:
        name = phases.get(path) or names.get(path, path)
        brief = _brief(value) if path in ("preset", FAMILY) else f"{name} {_brief(value)}"
        phrases.append((brief, f"{name} {value}"))
    return phrases


def _brief(value: str) -> str:
    """A value without what is said in brackets, and cut where it is long."""
    text = value.partition(" (")[0]
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1].rstrip() + "…"
