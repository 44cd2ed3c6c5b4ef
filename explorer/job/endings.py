"""What a training child meant that left without a word, told from its exit code and the end of its standard error."""

from __future__ import annotations

import os
import signal

from PySide6.QtCore import QCoreApplication

from core.events import RunFailed, RunFinished

_REFUSED, _INTERRUPTED = 3, 130  # cli.md: a sentence and a hint; ended by a signal, with the state saved
_TAIL_LINES = 12


def ending_of(code: int, crashed: bool, said: str, forced: bool, epoch: int) -> RunFinished | RunFailed:
    """The ending of a child that said neither RunFinished nor RunFailed.

    Args:
        code: its exit code; the signal's number where it crashed on Unix.
        crashed: it did not exit by itself.
        said: the end of its standard error.
        forced: this program ended it, for it did not stop.
        epoch: the last that it finished.
    """
    if forced:
        return ending_unsaid(forced)
    tail = "\n".join(said.splitlines()[-_TAIL_LINES:])
    if crashed:
        if os.name != "posix" or code not in signal.valid_signals():
            return RunFailed(_tr("Training crashed."), tail)
        name = signal.Signals(code).name
        if name == "SIGKILL":
            return RunFailed(
                _tr("Training was ended by the system ({name}), most likely because memory ran out.").format(name=name),
                _tr("Close other programs and resume it, or start a new run with a smaller batch size."),
            )
        if name == "SIGBUS":
            tail = _tr(
                "The decoded pictures were cut off while they were read, or their disk failed. Resume it to decode them anew."
            )
        return RunFailed(_tr("Training was ended by the signal {name}.").format(name=name), tail)
    if code == _INTERRUPTED:
        return RunFinished(stopped=True, epoch=epoch, seconds=0.0)
    if code == _REFUSED and said:
        message, _, hint = said.partition("\n")
        return RunFailed(message, hint.strip())
    return RunFailed(_tr("Training ended unexpectedly, with exit code {code}.").format(code=code), tail)


def ending_unsaid(forced: bool) -> RunFailed:
    """The ending of a run of which nothing is known but that it is over.

    Args:
        forced: this program ended it, for it did not stop.
    """
    if forced:
        said = _tr("The run did not answer and was ended.")
    else:
        said = _tr("The run ended without a word: its process was killed, perhaps because memory ran out.")
    return RunFailed(said, _tr("It can be resumed from the last epoch that it saved."))


def _tr(text: str) -> str:
    return QCoreApplication.translate("TrainingJob", text)
