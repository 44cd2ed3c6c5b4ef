"""The state of a run, how checkpoints save and restore it, and when a run is over."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from core import checkpoint
from core.checkpoint import MODEL, OBJECTIVE, PRIOR, Checkpoint, Header
from core.config import TrainConfig
from core.data.dataset import FaceData
from core.data.sources import short_name
from core.errors import CheckpointError, ConfigError, TrainingError
from core.events import CheckpointSaved, Event, Log
from core.families.base import Can, Elapsed, Family, Phase, phase_at, planned_epochs
from core.families.registry import family
from core.runs.control import Control
from core.runs.folder import RunFolder
from core.runs.train_progress import TrainProgress
from core.training.kept_directions import Stored, labels_of, renewed, said_of_lost
from core.training.recipe import Moment, Recipe, home_of
from core.training.summaries import data_summary
from core.wording import counted


def must_be_finite(numbers: Iterable[float], where: str, run: RunFolder) -> None:
    """Check the losses of a step or of an epoch.

    Args:
        numbers: the metrics.
        where: in the run, for the sentence.
        run: whose checkpoint is kept.

    Raises:
        TrainingError: one of them is infinite or not a number.
    """
    for number in numbers:
        if not math.isfinite(number):
            raise _error(f"The loss became {number} at {where}", run)


def weights_must_be_finite(model: nn.Module, run: RunFolder) -> None:
    """Check all weights and running statistics. Raises TrainingError as `must_be_finite` does."""
    if not all(bool(torch.isfinite(value).all()) for value in model.state_dict().values()):
        raise _error("The weights are no longer finite", run)


def _error(what: str, run: RunFolder) -> TrainingError:
    kept = "the last good checkpoint is kept" if run.last.exists() else "there is no checkpoint yet"
    return TrainingError(f"{what}; {kept}.", "Lower the learning rate, or use fp32.")


LOWEST_SHARE = 0.01  # of the learning rate: start of a warm-up and end of a falling schedule


def learning_rate(config: TrainConfig, epochs_done: float, planned: float) -> float:
    """The learning rate at a moment of a run.

    The warm-up (Goyal et al., arXiv 1706.02677) is linear; the schedule falls over what is left of the run after it,
    along a line or half a cosine wave (Loshchilov & Hutter, arXiv 1608.03983, without restarts), or along a line over its
    second half.

    Args:
        config: the rate, its schedule and its warm-up.
        epochs_done: with the fraction of the present one.
        planned: epochs of the run when it began, above 0; after that end the last value stays.
    """
    warmup = config.lr_warmup_epochs
    done = min(epochs_done, planned)
    if done < warmup:
        return config.learning_rate * (LOWEST_SHARE + (1.0 - LOWEST_SHARE) * done / warmup)
    if config.lr_schedule == "constant" or done <= warmup:
        return config.learning_rate
    share = (done - warmup) / (planned - warmup)
    if config.lr_schedule == "late":
        share = max(0.0, 2.0 * share - 1.0)
    fall = 0.5 * (1.0 + math.cos(math.pi * share)) if config.lr_schedule == "cosine" else 1.0 - share
    return config.learning_rate * (LOWEST_SHARE + (1.0 - LOWEST_SHARE) * fall)


def is_out_of_patience(config: TrainConfig, at: TrainProgress) -> bool:
    """Whether so many epochs in a row as `early_stopping` says brought none that was better on the validation pictures.

    That ends the present phase. Epochs in which a family's score can't improve for a temporary reason don't count. Within
    an epoch the answer is no, and at the end of a phase that another one follows.
    """
    kind = family(config.family)
    if at.step or phase_at(kind, config, at.epoch, at.ended).name != at.phase:
        return False
    waiting_since = max(at.best_epoch, at.patience_from, kind.patience_from(config))
    return 0 < config.early_stopping <= at.epoch - waiting_since


def is_over(config: TrainConfig, at: TrainProgress) -> bool:
    """Whether no epoch is left to do."""
    kind = family(config.family)
    if at.epoch >= planned_epochs(kind, config, at.ended) and not at.step:
        return True
    return is_out_of_patience(config, at) and at.phase == kind.phases(config)[-1].name


def end_phase_early(config: TrainConfig, at: TrainProgress) -> bool:
    """End the present phase if it is out of patience and another one follows; gives whether it was ended."""
    ends = is_out_of_patience(config, at) and not is_over(config, at)
    if ends:
        at.ended = {**at.ended, at.phase: at.epoch - at.phase_began}
    return ends


def resume_stopping(at: TrainProgress, before: TrainConfig, now: TrainConfig) -> None:
    """Take in what a person changed for a resumed run.

    Who raises the end of the present phase wants more epochs of it, so patience starts anew; who adds a phase to one that
    was out of patience wants the added one. Schedules of the first phase hold their last value beyond the end that it was
    begun with; where a later one is finished and gets more epochs, they run over those anew: at the end of its schedule
    an adversary hardly learns.

    Raises:
        ConfigError: a phase that is over would have another length.
    """
    kind = family(now.family)
    end, is_longer = 0, False
    for old, new in zip(kind.phases(before), kind.phases(now), strict=False):
        length = at.ended.get(old.name, old.epochs)
        end += length
        is_over = end < at.epoch or (end == at.epoch and at.phase != old.name)
        if is_over and (new.name, new.epochs) != (old.name, old.epochs):
            raise ConfigError(
                f"This run is past {old.title}, which took {counted(length, 'epoch')}; it can't take {new.epochs} any more.",
                "Leave its length as it was, or start a new run.",
            )
        if new.name == at.phase and new.epochs > old.epochs:
            is_longer = True
            if at.phase != kind.phases(now)[0].name and at.epoch == at.phase_began + length and not at.step:
                at.schedule_began, at.schedule_epochs = at.epoch, at.phase_began + new.epochs - at.epoch
    if at.phase not in [phase.name for phase in kind.phases(now)]:
        here = next(phase.title for phase in kind.phases(before) if phase.name == at.phase)
        raise ConfigError(
            f"This run is in {here}, which these settings leave out.", "Leave its length as it was, or start a new run."
        )
    if is_longer:
        at.patience_from = at.epoch
    at.ended = {name: epochs for name, epochs in at.ended.items() if name != at.phase}  # decided anew, with these settings
    end_phase_early(now, at)


def why_early(at: TrainProgress, phase: str = "") -> str:
    """The sentence for a run that ended early, or for a phase of that title."""
    what = f"{phase[:1].upper()}{phase[1:]} ended" if phase else "Ended"
    best = f"epoch {at.best_epoch} was the best on the validation pictures"
    return f"{what} early after epoch {at.epoch}: {best}, none since was better."


@dataclass(frozen=True, slots=True, eq=False)
class BestModel:
    """The best model so far, while its file isn't written yet: `save_minutes` lets files wait."""

    header: Header
    tensors: dict[str, np.ndarray]
    fitted: list[dict[str, Any]]  # its directions


@dataclass(slots=True)
class RunState:
    """One process's part of a run, between two steps."""

    config: TrainConfig
    run: RunFolder
    control: Control
    data: FaceData
    recipe: Recipe
    at: TrainProgress
    history: list[dict[str, Any]] = field(default_factory=list)  # one dict an epoch
    directions: list[dict[str, Any]] = field(default_factory=list)
    latent: dict[str, Any] = field(default_factory=dict)
    stored: dict[Path, list[Stored]] = field(default_factory=dict)  # the directions in the run's files
    mark: float = field(default_factory=time.perf_counter)  # until when `at` counts the time
    saved: float = field(default_factory=time.perf_counter)  # when the last checkpoint was written
    waiting: BestModel | None = None

    def spent(self) -> TrainProgress:
        """The progress with the time since the last mark added; the mark moves to now."""
        now = time.perf_counter()
        self.at.seconds += now - self.mark
        self.at.epoch_seconds += now - self.mark
        self.mark = now
        return self.at

    @property
    def family(self) -> Family:
        """Of the model."""
        return family(self.config.family)

    def can(self, ability: Can) -> bool:
        """Whether one can do something with the model."""
        shape = (self.data.images.shape[3], *self.data.images.shape[1:3])
        return ability in self.family.can(self.config.settings, shape)

    @property
    def phase(self) -> Phase:
        """That the present epoch is in."""
        return phase_at(self.family, self.config, self.at.epoch, self.at.ended)

    @property
    def planned(self) -> int:
        """Epochs of the whole run."""
        return planned_epochs(self.family, self.config, self.at.ended)

    def moment(self, epochs_done: float) -> Moment:
        """The moment after so many epochs of the run, for schedules, with its learning rate: each phase has its own schedules."""
        planned, done = self.at.schedule_epochs, self.at.scheduled(epochs_done)
        return Moment(Elapsed(done, float(planned)), learning_rate(self.config, done, planned))

    def instrument(self) -> Any:
        """The model as it is now, for code that needs a loaded one."""
        saved = Checkpoint(self.header(), self.recipe.tensors())
        return home_of(self.config.family).open_instrument(saved, self.recipe.compute)

    def header(self) -> Header:
        """A checkpoint's header as of now, without its training state."""
        return Header(
            id="",
            config=replace(self.config, data=replace(self.config.data, source=short_name(self.config.data.source))),
            image_shape=(self.data.images.shape[3], *self.data.images.shape[1:3]),
            data=data_summary(self.data, self.config.data),
            epoch=self.at.epoch,
            history=self.history,
            latent=self.latent,
            directions=self.directions,
        )

    def close_epoch(self, *, better: bool) -> Iterator[Event]:
        """Write the last checkpoint, and the best where the epoch was better; both wait where `save_minutes` says so.

        Nothing waits beyond the end of the run or of a phase. What waits is lost to a run that is killed, which then goes on from
        what is written: the best model's file is never newer than the last one says.

        Yields and raises as `save` does.
        """
        is_end = is_over(self.config, self.at) or self.phase.name != self.at.phase
        is_due = is_end or time.perf_counter() - self.saved >= 60.0 * self.config.save_minutes
        if better:
            self.weights_must_be_finite()
            tensors = _for_use(self.recipe.tensors())
            # Written now, they needn't be copied; training changes them in place.
            own = tensors if is_due else {name: value.copy() for name, value in tensors.items()}
            self.waiting = BestModel(self.header(), own, list(self.directions))
        if is_due:
            yield from self.save()

    def save(self) -> Iterator[Event]:
        """Write the last checkpoint, after the best model, where that waits.

        Yields:
            That each is written, and which of a person's directions it no longer holds.

        Raises:
            TrainingError: the weights are no longer finite; the old file stays.
            CoreError: a file can't be written.
        """
        self.weights_must_be_finite()
        if self.waiting is not None:  # it has no optimizer state: it is for use, not for resuming
            best, self.waiting = self.waiting, None
            yield from self._write(self.run.best, best.header, best.tensors, best.fitted, {})
        fitted = [] if self.at.step else self.directions  # within an epoch the weights have changed since
        yield from self._write(self.run.last, self.header(), self.recipe.tensors(), fitted, self.spent().to_dict())
        self.saved = time.perf_counter()

    def _write(
        self, path: Path, header: Header, tensors: dict[str, np.ndarray], fitted: Sequence[Stored], training: dict[str, Any]
    ) -> Iterator[Event]:
        ident = checkpoint.weights_id(tensors)
        directions, lost = self.renew(path, [{**values, "checkpoint_id": ident} for values in fitted], ident)
        checkpoint.save(path, replace(header, directions=directions, training=training), tensors)
        self.stored[path] = directions
        is_best = path == self.run.best
        yield CheckpointSaved(str(path.resolve()), is_best, header.epoch)
        if lost:
            yield Log(said_of_lost(lost, "best" if is_best else "last"), matters=True)

    def renew(self, path: Path, fitted: Sequence[Stored], checkpoint_id: str) -> tuple[list[Stored], list[str]]:
        """The directions to write into a file of the run, and the names of a person's that can't stay; see `renewed`."""
        stored = self.stored.get(path, [])
        self.at.labels = {name: label for name, label in (self.at.labels | labels_of(stored)).items() if label}
        return renewed(stored, fitted, self.data.own_attribute, checkpoint_id, self.at.labels)

    def weights_must_be_finite(self) -> None:
        """Raises TrainingError where they aren't."""
        for network in self.recipe.networks.values():
            weights_must_be_finite(network, self.run)

    def go_back(self) -> None:
        """Load the last checkpoint and remove what was recorded after it.

        Raises:
            CheckpointError: it can't be continued.
            TrainingError: the run began with other pictures.
        """
        saved = checkpoint.load(self.run.last, training_state=True)
        if saved.header.data.get("fingerprint") != self.data.fingerprint:
            raise TrainingError(
                "The pictures are not those that this run began with.",
                "Put them back as they were, or start a new run (it can't be continued exactly).",
            )
        split = {"train": len(self.data.split.train), "valid": len(self.data.split.valid)}
        if self.data.own_split and any(saved.header.data.get(part, count) != count for part, count in split.items()):
            raise TrainingError(
                f"The run began with another split of these pictures than {self.data.index.part_from or 'they came with'}.",
                "Start a new run (it can't be continued exactly).",
            )
        if self.data.index.near_copies is not None and not saved.header.data.get("near_copies"):
            raise TrainingError(
                "The run began before near-copies were kept on one side of the split.",
                "Start a new run (it can't be continued exactly).",
            )
        self.at = TrainProgress.from_dict(saved.header.training)
        if self.recipe.phase != self.at.phase:
            self.recipe.begin(self.at.phase)
        self.recipe.load_tensors(saved.tensors)
        self.at.epoch = saved.header.epoch
        resume_stopping(self.at, saved.header.config, self.config)
        self.history = saved.header.history
        self.directions = [values for values in saved.header.directions if values.get("name") == self.data.own_attribute]
        self.stored = {self.run.last: saved.header.directions}
        with contextlib.suppress(CheckpointError):  # there is none yet, or it is damaged: it holds no directions then
            self.stored[self.run.best] = checkpoint.read_header(self.run.best).directions
        self.latent = saved.header.latent
        self.at.closed = False
        self.run.rewind(self.at.epoch, self.history)
        self.run.write_config(self.config)


def _for_use(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Those without which a model can't be used."""
    return {name: value for name, value in tensors.items() if name.startswith((MODEL, OBJECTIVE, PRIOR))}
