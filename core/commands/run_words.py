"""What `train` tells people on a terminal: a line an epoch on standard output, the rest on standard error."""

from __future__ import annotations

import json
from pathlib import Path

from core.commands.shared import say_error
from core.commands.terminal import ProgressBar, say
from core.errors import CoreError
from core.events import CheckpointSaved, EpochFinished, Event, Log, RunFinished, RunStarted, Step
from core.families.base import Family

MOST_ADVICE = 3  # sentences of the coach at the end


def show(event: Event, bar: ProgressBar, kind: Family) -> None:
    """Print an event of a run of some family."""
    if isinstance(event, Step):
        bar(f"epoch {event.epoch}/{event.epochs}  {event.images_per_second:.0f} images/s", event.step, event.steps)
        return
    if isinstance(event, RunStarted):
        data = event.data
        say(
            f"{data['train']:,} training and {data['valid']:,} validation pictures; {event.parameters:,} parameters; "
            f"{event.device}, {event.precision}, {event.threads} threads"
        )
    elif isinstance(event, EpochFinished):
        bar.close()
        print(_epoch_line(event, kind), flush=True)
    elif isinstance(event, Log):
        say(event.message)
    elif isinstance(event, CheckpointSaved):
        return
    elif isinstance(event, RunFinished):
        say(f"{'Stopped and saved' if event.stopped else 'Finished'} after epoch {event.epoch}.")
    else:
        say_error(CoreError(event.message, event.hint))


def _epoch_line(event: EpochFinished, kind: Family) -> str:
    width = len(str(event.epochs))
    line = kind.line(event.train, event.valid, event.numbers)
    return f"epoch {event.epoch:{width}d}/{event.epochs}  {line}  {event.images_per_second:.0f} images/s"


def advise(folder: Path) -> None:
    """What the coach says at the end of a run; nothing on a healthy one."""
    from core.coach.advise import advise_run  # noqa: PLC0415

    for advice in advise_run(folder)[:MOST_ADVICE]:
        values = {path: value if isinstance(value, str) else json.dumps(value) for path, value in advice.change.items()}
        change = " ".join(f"--set {path}={value}" for path, value in values.items())
        say(f"Advice: {advice.sentence} {advice.reason}" + (f" In the next run: {change}" if change else ""))
