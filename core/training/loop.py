"""A training run as a generator of events: one readable loop, the same for the window, the command line and tests."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from core import checkpoint, device, events
from core.checkpoint import Checkpoint, Header
from core.config import TrainConfig, checked, parse_epochs, to_dict
from core.data import dataset
from core.errors import CoreError, TrainingError
from core.events import CheckpointSaved, EpochFinished, Event, Log, RunFailed, RunFinished, RunStarted, Step
from core.latent.engine import LatentEngine
from core.metrics.directions import fit_and_score
from core.objectives.base import Progress
from core.training import optim
from core.training.control import Control
from core.training.evaluate import Evaluation, Interrupted, evaluate
from core.training.lock import RunLock
from core.training.run_folder import RunFolder, epoch_numbers
from core.training.step import make_learner
from core.training.whitening import whiten

PREVIEWED = 8  # validation pictures in a preview
PSNR_PICTURES = 512  # validation pictures whose PSNR an epoch reports at most; `evaluate` takes all
DIRECTION_PICTURES = 512  # of each part, for the direction of a run that still goes on; at the end all are used
SAVE_SECONDS = 300.0  # between saves within a long epoch
SPEED_SECONDS = 3.0  # the window over which a step's images_per_second is taken

ReadProgress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Position:
    """Where a run is. With the learner's tensors it is all that going on exactly needs."""

    epoch: int = 0  # epochs finished
    step: int = 0  # steps done in the present epoch
    sums: dict[str, float] = field(default_factory=lambda: {"loss": 0.0, "reconstruction": 0.0, "kl": 0.0})
    pictures: int = 0  # that went into the sums
    epoch_seconds: float = 0.0  # spent in the present epoch so far
    seconds: float = 0.0  # spent in all
    best_epoch: int = 0
    best_loss: float = math.inf  # validation reconstruction + KL
    schedule_epochs: int = 0  # the planned length when the run began
    whitened: int = 0  # the last epoch after which the latent's axes were turned

    def to_dict(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self.__slots__}
        values["best_loss"] = None if math.isinf(self.best_loss) else self.best_loss
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Position:
        made = cls(**values)
        if made.best_loss is None:
            made.best_loss = math.inf
        return made


def train(
    config: TrainConfig,
    folder: Path,
    control: Control | None = None,
    *,
    resume: bool = False,
    progress: ReadProgress | None = None,
) -> Iterator[Event]:
    """Train, and say what happens.

    Args:
        config: the settings; for a resumed run as its config.json has them, but with `epochs` perhaps raised.
        folder: the run folder.
        control: how the run is stopped, paused and asked.
        resume: continue from the last checkpoint, exactly; before the first one, start anew.
        progress: told how far the pictures are read.

    Yields:
        Events, in order. A failure that a person can mend comes as RunFailed, the last one.

    Raises:
        TrainingError: the folder already holds a run, or another process trains in it. Nothing has happened then.
    """
    control = control or Control()
    run = RunFolder(folder)
    checked(config)
    if not resume and run.last.exists():
        raise TrainingError(f"{folder} already holds a run.", "Add --resume to continue it, or choose another folder.")
    with RunLock(run.folder):
        if resume and run.last.exists():
            done = checkpoint.read_header(run.last)
            if done.epoch >= config.epochs and not done.training.get("step"):
                yield Log(f"The run has finished its {done.epoch} epochs; --epochs may raise the end.")
                yield RunFinished(False, done.epoch, float(done.training.get("seconds", 0.0)))
                return
        run.write_config(config)
        try:
            for event in _Run(config, run, control, resume).events(progress):
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

    def __init__(self, config: TrainConfig, run: RunFolder, control: Control, resume: bool) -> None:
        self.config = config
        self.run = run
        self.control = control
        self.resume = resume and run.last.exists()
        self.history: list[dict[str, Any]] = []
        self.directions: list[dict[str, Any]] = []
        self.latent: dict[str, Any] = {}
        self.at = Position(schedule_epochs=config.epochs)

    def events(self, progress: ReadProgress | None) -> Iterator[Event]:
        config = self.config
        threads = device.set_threads(config.threads)
        compute = device.choose(config.device, config.precision)
        self.data = data = dataset.load(config.data, progress)
        self.learner = make_learner(config, data, compute)
        if self.resume:
            self._go_back()
        self.mark = time.perf_counter()
        yield RunStarted(
            run=str(self.run.folder.resolve()),
            config=to_dict(config),
            data=self._data_summary(),
            device=compute.device.type,
            precision=compute.precision,
            parameters=self.learner.parameters,
            threads=threads,
            epoch=self.at.epoch,
            pid=os.getpid(),
        )
        while self.at.epoch < config.epochs and not self.control.stopping:
            yield from self._epoch()
        if self.control.stopping and self.at.epoch < config.epochs:
            yield self._save(self.run.last)
            yield RunFinished(True, self.at.epoch, self._spent().seconds)
            return
        yield from self._finish()

    def _go_back(self) -> None:
        """Load the last checkpoint and forget what was recorded after it."""
        saved = checkpoint.load(self.run.last, training_state=True)
        if saved.header.data.get("fingerprint") != self.data.fingerprint:
            raise TrainingError(
                "The pictures are not those that this run began with.",
                "Put them back as they were, or start a new run (it can't be continued exactly).",
            )
        self.learner.load_tensors(saved.tensors)
        self.at = Position.from_dict(saved.header.training)
        self.at.epoch = saved.header.epoch
        self.history = saved.header.history
        self.directions = saved.header.directions
        self.latent = saved.header.latent
        self.run.rewind(self.at.epoch, self.history)

    def _epoch(self) -> Iterator[Event]:
        config, at, control = self.config, self.at, self.control
        order = dataset.epoch_order(self.data.split.train, config.seed, at.epoch)
        flips = np.random.default_rng([config.seed, at.epoch, 1]).random(len(order)) < 0.5
        steps = math.ceil(len(order) / config.batch_size)
        # Batches of nearly one size: a last batch of a few pictures would pull at the weights as hard as a full one.
        batches = np.array_split(np.arange(len(order)), steps)
        speed = _Speed()
        saved_at = time.perf_counter()
        while at.step < steps and not control.stopping:
            places = batches[at.step]
            images = dataset.batch(self.data.images, order[places], flips[places] if config.data.mirror else None)
            share = at.epoch + at.step / steps
            terms = self.learner.step(images, Progress(share), self._learning_rate(share))
            numbers = (terms.loss.item(), terms.reconstruction.item(), terms.kl_per_dim.sum().item())
            if not all(math.isfinite(number) for number in numbers):
                raise TrainingError(
                    f"The loss became {numbers[0]} at step {at.step + 1} of epoch {at.epoch + 1}; the last good "
                    "checkpoint is kept.",
                    "Lower the learning rate, or use fp32.",
                )
            for key, number in zip(at.sums, numbers, strict=True):
                at.sums[key] += number * len(places)
            at.pictures += len(places)
            at.step += 1
            rate = speed.after(len(places))
            yield Step(at.epoch + 1, config.epochs, at.step, steps, numbers[0], numbers[1], numbers[2], rate)
            yield from self._obey(speed)
            if time.perf_counter() - saved_at > SAVE_SECONDS:
                yield self._save(self.run.last)
                saved_at = time.perf_counter()
        if at.step >= steps and not control.stopping:
            yield from self._close_epoch()

    def _close_epoch(self) -> Iterator[Event]:
        """Validate, preview, save. Asked to stop meanwhile, it leaves the epoch open: resuming closes it."""
        config, at = self.config, self.at
        if at.epoch + 1 in parse_epochs(config.whiten_epochs) and at.whitened != at.epoch + 1:
            learner = self.learner
            for parameter in whiten(learner.model, learner.compute, self.data.images, self.data.split.train):
                learner.optimizer.state.pop(parameter, None)  # it was gathered along other axes
            at.whitened = at.epoch + 1
        progress = Progress(at.epoch + 1.0)
        try:
            valid = self._evaluate(progress)
        except Interrupted:
            return
        epoch = at.epoch + 1
        preview = self.run.write_preview(epoch, *self._preview())
        self._spent()
        event = EpochFinished(
            epoch=epoch,
            epochs=config.epochs,
            seconds=at.epoch_seconds,
            images_per_second=at.pictures / at.epoch_seconds,
            train={key: total / at.pictures for key, total in at.sums.items()},
            valid={"loss": valid.loss, "reconstruction": valid.reconstruction, "kl": valid.kl, "psnr": valid.psnr},
            active_units=valid.active_units,
            kl_per_dim=tuple(round(float(v), 5) for v in valid.kl_per_dim),
            beta=self.learner.objective.beta(progress),  # type: ignore[operator]
            learning_rate=self._learning_rate(float(epoch)),
            preview=str(preview.resolve()),
        )
        self.history = [*self.history, epoch_numbers(event)]
        self.latent = {
            "kl_per_dim": [round(float(v), 5) for v in valid.kl_per_dim],
            "code_mean": [round(float(v), 5) for v in valid.code_mean],
            "code_std": [round(float(v), 5) for v in valid.code_std],
            "log_variance": float(self.learner.objective.log_variance),  # type: ignore[arg-type]
        }
        at.epoch, at.step, at.pictures, at.epoch_seconds = epoch, 0, 0, 0.0
        at.sums = dict.fromkeys(at.sums, 0.0)
        loss = valid.reconstruction + valid.kl
        better = loss < at.best_loss
        if better:
            at.best_loss, at.best_epoch = loss, epoch
        self.directions = self._quick_direction()
        yield event
        if better:
            yield self._save(self.run.best, best=True)
        yield self._save(self.run.last)

    def _finish(self) -> Iterator[Event]:
        """After the last epoch: fit the direction of the best model on all training pictures."""
        if self.data.class_attribute:
            yield Log(f"Fitting the direction {self.data.class_attribute!r} on all training pictures.")
            for path in (self.run.best, self.run.last):
                engine = LatentEngine.load(path, self.learner.compute)
                direction = fit_and_score(engine, self.data, self.data.class_attribute)
                checkpoint.with_directions(path, [direction.to_dict()])
        yield RunFinished(False, self.at.epoch, self._spent().seconds)

    def _obey(self, speed: _Speed) -> Iterator[Event]:
        """Do what was asked between two steps."""
        for refused in self.control.take_refused():
            yield Log(refused)
        threads = self.control.take_threads()
        if threads is not None:
            device.set_threads(threads)
        if self.control.take_snapshot():
            yield self._save(self.run.last)
        if self.control.paused and not self.control.stopping:
            yield self._save(self.run.last)
            yield Log("Paused.")
            self.control.wait_while_paused()
            self.mark = time.perf_counter()
            speed.restart()
            if not self.control.stopping:
                yield Log("Going on.")

    def _spent(self) -> Position:
        """The position with the time since the last mark added; the mark moves to now."""
        now = time.perf_counter()
        self.at.seconds += now - self.mark
        self.at.epoch_seconds += now - self.mark
        self.mark = now
        return self.at

    def _learning_rate(self, epochs_done: float) -> float:
        return optim.learning_rate(self.config, epochs_done / self.at.schedule_epochs)

    def _evaluate(self, progress: Progress) -> Evaluation:
        return evaluate(
            self.learner.model,
            self.learner.objective,
            self.learner.compute,
            self.data.images,
            self.data.split.valid,
            progress=progress,
            psnr_rows=PSNR_PICTURES,
            cancelled=lambda: self.control.stopping,
        )

    def _engine(self) -> LatentEngine:
        """The model as it is now, for what works on a loaded one."""
        return LatentEngine(Checkpoint(self._header(), self.learner.tensors()), self.learner.compute)

    def _preview(self) -> tuple[np.ndarray, np.ndarray]:
        """Some validation pictures, always the same, and what the model makes of them."""
        rows = self.data.split.valid
        chosen = rows[np.linspace(0, len(rows) - 1, min(PREVIEWED, len(rows))).astype(int)]
        originals = np.asarray(self.data.images[chosen])
        engine = self._engine()
        return originals, engine.decode(engine.encode(originals).mean)

    def _quick_direction(self) -> list[dict[str, Any]]:
        """The class direction from a few pictures, so that a model can be explored while its run goes on."""
        if not self.data.class_attribute:
            return []
        try:
            found = fit_and_score(self._engine(), self.data, self.data.class_attribute, limit=DIRECTION_PICTURES)
        except CoreError:  # too few pictures of a class in the sample, or no difference yet: there is none so far
            return []
        return [found.to_dict()]

    def _header(self) -> Header:
        return Header(
            id="",
            config=self.config,
            image_shape=self.learner.model.spec.image_shape,  # type: ignore[union-attr, arg-type]
            data=self._data_summary(),
            epoch=self.at.epoch,
            history=self.history,
            latent=self.latent,
            directions=self.directions,
        )

    def _save(self, path: Path, best: bool = False) -> CheckpointSaved:
        """Write a checkpoint. The best one holds no optimizer state: it is for use, not for going on."""
        tensors = self.learner.tensors()
        if any(not np.isfinite(value).all() for name, value in tensors.items() if name.startswith(checkpoint.MODEL)):
            raise TrainingError(
                "The weights are no longer finite; the last good checkpoint is kept.", "Lower the learning rate, or use fp32."
            )
        header = replace(self._header(), training=self._spent().to_dict())
        if best:
            model = {k: v for k, v in tensors.items() if k.startswith((checkpoint.MODEL, checkpoint.OBJECTIVE))}
            ident = checkpoint.weights_id(model)
            named = [{**values, "checkpoint_id": ident} for values in self.directions]
            checkpoint.save(path, replace(header, training={}, directions=named), model)
        else:
            ident = checkpoint.weights_id(tensors)
            named = [{**values, "checkpoint_id": ident} for values in self.directions] if not self.at.step else []
            checkpoint.save(path, replace(header, directions=named), tensors)
        return events.CheckpointSaved(str(path.resolve()), best, self.at.epoch)

    def _data_summary(self) -> dict[str, Any]:
        data = self.data
        return {
            "name": data.index.name,
            "images": len(data.images),
            "classes": data.counts(),
            "positive": data.index.positive,
            "train": len(data.split.train),
            "valid": len(data.split.valid),
            "fingerprint": data.fingerprint,
            "split_seed": self.config.data.split_seed,
            "persons": data.index.persons is not None,
            "sizes": data.summary()["sizes"],
        }


class _Speed:
    """Pictures a second over the last few seconds."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._marks = [(time.perf_counter(), 0)]

    def after(self, pictures: int) -> float:
        now = time.perf_counter()
        self._marks.append((now, self._marks[-1][1] + pictures))
        while len(self._marks) > 2 and now - self._marks[0][0] > SPEED_SECONDS:
            self._marks.pop(0)
        (first, before), (last, after) = self._marks[0], self._marks[-1]
        return (after - before) / max(last - first, 1e-9)
