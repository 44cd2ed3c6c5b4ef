"""What the list and the table say of a run, in words and numbers with their units."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale

from core.training.runs import RunSummary
from explorer.widgets.status_line import duration


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunsList", text)


def state_text(run: RunSummary) -> str:
    """How a run stands, in a few words: "Running, epoch 12 of 60", "Finished, 40 epochs, 12 min"."""
    if run.state == "finished":
        done = _tr("1 epoch") if run.epoch == 1 else _tr("{epochs} epochs").format(epochs=f"{run.epoch:,}")
        return _tr("Finished, {done}, {time}").format(done=done, time=duration(run.seconds))
    text = brief_state(run)
    if run.state == "failed" and run.message:
        return f"{text}: {run.message}"
    return text


def brief_state(run: RunSummary) -> str:
    """The same without how long it took and why it failed."""
    of = _tr("epoch {epoch} of {epochs}").format(epoch=f"{run.epoch:,}", epochs=f"{run.epochs:,}")
    if run.state == "running":
        return _tr("Running, {of}").format(of=of)
    if run.state == "stopped":
        return _tr("Stopped, {of}").format(of=of)
    if run.state == "failed":
        return _tr("Failed, {of}").format(of=of)
    if run.state == "finished":
        done = _tr("1 epoch") if run.epoch == 1 else _tr("{epochs} epochs").format(epochs=f"{run.epoch:,}")
        return _tr("Finished, {done}").format(done=done)
    if run.state == "queued":
        return _tr("Queued {position}").format(position=run.position)
    if run.state == "unreachable":
        return _tr("Can't be reached")
    if run.state == "newer":
        return _tr("Of a newer version")
    return _tr("Not started")


def why_text(run: RunSummary) -> str:
    """How it stands, and at once why where something is wrong: "Failed: the disk is full."."""
    if run.state == "failed" and run.message:
        return _tr("Failed: {why}").format(why=run.message)
    return f"{brief_state(run)}: {run.message}" if run.message else brief_state(run)


def psnr_text(run: RunSummary) -> str:
    """ "18.4 dB", or nothing before the first epoch."""
    return "" if math.isnan(run.best_psnr) else _tr("{psnr} dB").format(psnr=f"{run.best_psnr:.1f}")


def number_text(value: float, digits: int) -> str:
    """A number for a column: "1,234.5", with a real minus sign; nothing for NaN."""
    return "" if math.isnan(value) else f"{value:,.{digits}f}".replace("-", "−")


def took_text(seconds: float) -> str:
    """How long, to the second: "45 s", "3 min 20 s", "2 h 5 min", "1 d 3 h"; nothing for no time at all."""
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
