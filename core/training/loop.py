"""A training run as a generator of events: one readable loop, the same for the window, the command line and tests."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from core import checkpoint, device
from core.checkpoint import Checkpoint
from core.config import TrainConfig, checked, to_dict
from core.data.cache.store import over_limit_note
from core.data.folders import passed_over_title
from core.data.index import holds_data
from core.errors import Cancelled, CoreError, TrainingError
from core.events import Event, Log, RunFailed, RunFinished, RunStarted, Step
from core.families.base import Can, planned_epochs
from core.families.registry import family
from core.progress import Progress
from core.runs.control import GOING_ON, PAUSED, Control
from core.runs.folder import RunFolder, find_pictures
from core.runs.train_progress import Speed, TrainProgress
from core.team import Team
from core.training import start_from
from core.training.batches import EpochBatches, StepOrder
from core.training.colours import grey_note
from core.training.epoch_end import close_epoch, finish
from core.training.memory import shortage_in_words
from core.training.recipe import home_of
from core.training.state import RunState, is_over, must_be_finite, resume_stopping, why_early
from core.training.summaries import data_summary
from core.training.team_member import Word, meet, tell, tell_state, tell_step
from core.training.usable import load_for
from core.version import VERSION
from core.wording import counted

SAVE_SECONDS = 300.0  # between saves within a long epoch

CHOOSE_CLASS = "Say which: --set data.positive=CLASS, or in the Data tab. Otherwise this run gives no direction."


def train(
    config: TrainConfig,
    folder: Path,
    control: Control | None = None,
    *,
    resume: bool = False,
    progress: Progress | None = None,
    team: Team | None = None,
) -> Iterator[Event]:
    """Train, and yield events.

    Args:
        config: the settings; for a resumed run as its config.json has them, but with `epochs` perhaps raised, or with
            another `early_stopping`.
        folder: the run folder.
        control: stops and pauses the run, and gives it commands.
        resume: continue from the last checkpoint, exactly; before the first one, start anew.
        progress: told how far the pictures are read.
        team: processes that train together, of which this one leads; the others `follow`.

    Yields:
        Events, in order. A failure that a person can mend comes as RunFailed, the last one.

    Raises:
        TrainingError: the folder already holds a run, or another process trains in it. Nothing has happened then.
    """
    team = team or Team()
    try:
        yield from _lead(config, RunFolder(folder), control or Control(), resume, progress, team)
    finally:
        with contextlib.suppress(TrainingError):  # a process that is gone needn't be told
            tell(team, Word.END)
            team.part()


def _lead(
    config: TrainConfig, run: RunFolder, control: Control, resume: bool, progress: Progress | None, team: Team
) -> Iterator[Event]:
    checked(config)
    if not resume and (run.last.exists() or run.best.exists()):
        raise TrainingError(f"{run.folder} already holds a run.", "Add --resume to continue it, or choose another folder.")
    if not resume and holds_data(run.folder, config.data.source):
        raise TrainingError(f"{run.folder} holds pictures of {config.data.source}.", "Choose a new folder for the run.")
    if resume and run.last.exists():
        done = checkpoint.read_header(run.last)
        at = TrainProgress.from_dict(done.training)
        resume_stopping(at, done.config, config)
        has_directions = Can.DIRECTIONS in family(config.family).can(done.settings, done.image_shape)
        if not has_directions or not (done.data.get("positive") or done.data.get("attribute")):
            at.closed = True  # nothing follows the last epoch
        if at.closed and is_over(config, at):
            last = family(config.family).phases(config)[-1].setting
            more = "--epochs" if last == "epochs" else f"--set {last}=N"
            early = f"{why_early(at)} A higher {more} or another early_stopping lets it go on."
            whole = f"The run has finished its {counted(done.epoch, 'epoch')}; {more} may raise the end."
            yield Log(whole if done.epoch >= planned_epochs(family(config.family), config, at.ended) else early)
            yield RunFinished(False, done.epoch, at.seconds)
            return
    with run.held(control):
        try:
            with shortage_in_words():
                for event in _Run(config, run, control, resume, team).events(progress):
                    run.record(event)
                    yield event
        except CoreError as error:
            failed = RunFailed(error.message, error.hint)
            try:
                run.record(failed)
            except CoreError:
                pass  # the disk that filled up can't hold this line either; the caller still gets the event
            yield failed


class _Run:
    """One process's part of a run: from start or resume to end or stop."""

    def __init__(self, config: TrainConfig, run: RunFolder, control: Control, resume: bool, team: Team) -> None:
        self.config = config
        self.run = run
        self.control = control
        self.asked_to_resume = resume
        self.resume = resume and run.last.exists()
        self.team = team

    def events(self, progress: Progress | None) -> Iterator[Event]:
        start: Checkpoint | None = None
        self.config, moved = find_pictures(self.config, self.run, self.asked_to_resume)
        if not self.resume:
            if self.config.start_from:
                self.config, start = start_from.load_weights(self.config)
            self.run.begin(self.config)
        config, control, team = self.config, self.control, self.team
        tell(team, Word.SETTINGS, to_dict(config))
        threads = device.set_threads(config.threads, team.size)
        compute = device.choose(config.device, config.precision)

        def report(what: str, done: int, total: int) -> None:
            if control.stopping:
                raise Cancelled
            if progress:
                progress(what, done, total)

        try:
            data = load_for(config, report)
        except Cancelled:
            if not control.stopping:  # the caller's own progress ended it
                raise
            yield Log("Stopped while the pictures were read.")
            yield RunFinished(True, checkpoint.read_header(self.run.last).epoch if self.resume else 0, 0.0)
            return
        self._must_suffice(len(data.split.train))
        tell(team, Word.READ)  # the pictures are in the cache now
        recipe = home_of(config.family).make_recipe(config, data, compute, start, team)
        planned = family(config.family).phases(config)[0].epochs
        self.state = state = RunState(config, self.run, control, data, recipe, TrainProgress(schedule_epochs=planned))
        state.at.phase = recipe.phase
        if self.resume:
            state.go_back()
        tell_state(recipe)
        state.mark = time.perf_counter()
        yield RunStarted(
            run=str(self.run.folder.resolve()),
            config=to_dict(config),
            data=data_summary(data, config.data),
            device=compute.device.type,
            precision=compute.precision,
            parameters=recipe.parameters,
            threads=threads,
            epoch=state.at.epoch,
            pid=os.getpid(),
            program=VERSION,
        )
        if moved:
            yield Log(moved)
        if data.over_limit:
            yield Log(over_limit_note(data.images.nbytes))
        if data.index.passed_over:
            lines = "; ".join(entry.line for entry in data.index.passed_over)
            yield Log(f"{passed_over_title(data.index.passed_over)}: {lines}.")
        if data.grey:
            yield Log(grey_note(data))
        if data.asks_which_class and state.can(Can.DIRECTIONS):
            yield Log(f"{data.why_no_attribute} {CHOOSE_CLASS}")
        if team.size > 1:
            yield Log(f"{team.size} processes train together, each on a part of every batch.")
        if start is not None:
            yield from state.save()  # the start's weights aren't needed from here on
        while not is_over(config, state.at) and not control.stopping:
            yield from self._epoch()
        if not is_over(config, state.at):
            yield from state.save()
            meet(team)  # torchrun signals "stop" also where a process died, which is a failure
            yield RunFinished(True, state.at.epoch, state.spent().seconds)
            return
        yield from finish(state)

    def _epoch(self) -> Iterator[Event]:
        config, state, at, control = self.config, self.state, self.state.at, self.control
        batches = EpochBatches(config, state.data, at.epoch)
        steps, phase, epochs = batches.steps, state.phase.name, state.planned
        if at.phase != phase:
            kept = self.run.keep_before(phase, at.epoch)
            if at.phase in at.ended and kept is not None:  # out of patience: its last epochs made nothing better
                state.recipe.take_weights(checkpoint.load(kept).tensors)
            state.recipe.begin(phase)
            at.enter(phase, state.phase.epochs)
            tell_state(state.recipe)  # a phase may begin with random numbers
            where = f" The best model before it is kept as checkpoints/{kept.name}." if kept else ""
            yield Log(f"Now begins: {state.phase.title}.{where}")
        speed = Speed()
        began = time.perf_counter()
        while at.step < steps and not control.stopping:
            now = StepOrder(at.epoch, at.step, state.moment(at.epoch + at.step / steps))
            tell_step(self.team, now)
            numbers = _numbers(batches.step(state.recipe, now))
            must_be_finite(numbers.values(), f"step {at.step + 1} of epoch {at.epoch + 1}", self.run)
            pictures = batches.size(now.step)
            at.add(numbers, pictures, state.recipe.clipped)
            loss = numbers.pop("loss")
            yield Step(at.epoch + 1, epochs, at.step, steps, loss, speed.after(pictures), numbers, phase)
            yield from self._obey(speed)
            if time.perf_counter() - max(began, state.saved) > max(SAVE_SECONDS, 60.0 * config.save_minutes):
                yield from state.save()
        if at.step >= steps and not control.stopping:
            yield from close_epoch(state)

    def _must_suffice(self, pictures: int) -> None:
        """Raises TrainingError where a batch has too few pictures to give each process one."""
        smallest = pictures // math.ceil(pictures / self.config.batch_size)
        if smallest < self.team.size:
            raise TrainingError(
                f"{self.team.size} processes can't share batches of {counted(smallest)}.", "Start fewer, or raise --batch-size."
            )

    def _obey(self, speed: Speed) -> Iterator[Event]:
        """Do what was asked between two steps."""
        for refused in self.control.take_refused():
            yield Log(refused)
        threads = self.control.take_threads()
        if threads is not None:
            device.set_threads(min(threads, self.config.threads or threads))  # never more than the settings allow
        if self.control.take_snapshot():
            yield from self.state.save()
        if self.control.paused and not self.control.stopping:
            yield from self.state.save()
            yield Log(PAUSED)
            self.control.wait_while_paused()
            self.state.mark = time.perf_counter()
            speed.restart()
            if not self.control.stopping:
                yield Log(GOING_ON)


def _numbers(terms: Mapping[str, Tensor]) -> dict[str, float]:
    """A step's numbers, in one transfer, so that a GPU is waited for only once."""
    return dict(zip(terms, torch.stack([scalar.detach().float() for scalar in terms.values()]).tolist(), strict=True))
