"""A training run as a generator of events: one readable loop, the same for the window, the command line and tests."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core import checkpoint, device
from core.checkpoint import MODEL, OBJECTIVE, Checkpoint, Header
from core.config import TrainConfig, checked, to_dict
from core.data import dataset
from core.errors import Cancelled, CoreError, TrainingError
from core.events import CheckpointSaved, EpochFinished, Event, Log, RunFailed, RunFinished, RunStarted, Step
from core.latent.engine import LatentEngine
from core.objectives.base import Progress
from core.training import optim
from core.training.by_products import class_direction, data_summary, preview
from core.training.control import Control
from core.training.evaluate import Interrupted, rounded
from core.training.finite import must_be_finite, weights_must_be_finite
from core.training.lock import RunLock
from core.training.position import Position, Speed
from core.training.run_folder import RunFolder, epoch_numbers
from core.training.step import make_learner

SAVE_SECONDS = 300.0  # between saves within a long epoch

ReadProgress = Callable[[str, int, int], None]


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
    if not resume and (run.last.exists() or run.best.exists()):
        raise TrainingError(f"{folder} already holds a run.", "Add --resume to continue it, or choose another folder.")
    if resume and run.last.exists():
        done = checkpoint.read_header(run.last)
        at = Position.from_dict(done.training)
        if done.epoch >= config.epochs and not at.step and (at.closed or not done.data.get("positive")):
            yield Log(f"The run has finished its {done.epoch} epochs; --epochs may raise the end.")
            yield RunFinished(False, done.epoch, at.seconds)
            return
    with RunLock(run.folder):
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
        if not self.resume:
            self.run.begin(config)
        threads = device.set_threads(config.threads)
        compute = device.choose(config.device, config.precision)

        def told(what: str, done: int, total: int) -> None:
            if self.control.stopping:
                raise Cancelled
            if progress:
                progress(what, done, total)

        try:
            self.data = data = dataset.load(config.data, told)
        except Cancelled:
            if not self.control.stopping:  # the caller's own progress ended it
                raise
            yield Log("Stopped while the pictures were read.")
            yield RunFinished(True, checkpoint.read_header(self.run.last).epoch if self.resume else 0, 0.0)
            return
        self.learner = make_learner(config, data, compute)
        if self.resume:
            self._go_back()
        self.mark = time.perf_counter()
        yield RunStarted(
            run=str(self.run.folder.resolve()),
            config=to_dict(config),
            data=data_summary(data, config.data),
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
        self.at.closed = False
        self.run.rewind(self.at.epoch, self.history)
        self.run.write_config(self.config)

    def _epoch(self) -> Iterator[Event]:
        config, at, control = self.config, self.at, self.control
        order = dataset.epoch_order(self.data.split.train, config.seed, at.epoch)
        flips = np.random.default_rng([config.seed, at.epoch, 1]).random(len(order)) < 0.5
        steps = math.ceil(len(order) / config.batch_size)
        # Batches of nearly one size: a last batch of a few pictures would pull at the weights as hard as a full one.
        batches = np.array_split(np.arange(len(order)), steps)
        speed = Speed()
        saved_at = time.perf_counter()
        while at.step < steps and not control.stopping:
            places = batches[at.step]
            images = dataset.batch(self.data.images, order[places], flips[places] if config.data.mirror else None)
            share = at.epoch + at.step / steps
            terms = self.learner.step(images, Progress(share), self._learning_rate(share))
            numbers = (terms.loss.item(), terms.reconstruction.item(), terms.kl_per_dim.sum().item())
            must_be_finite(numbers, f"step {at.step + 1} of epoch {at.epoch + 1}", self.run)
            at.add(numbers, len(places))
            yield Step(at.epoch + 1, config.epochs, at.step, steps, *numbers, speed.after(len(places)))
            yield from self._obey(speed)
            if time.perf_counter() - saved_at > SAVE_SECONDS:
                yield self._save(self.run.last)
                saved_at = time.perf_counter()
        if at.step >= steps and not control.stopping:
            yield from self._close_epoch()

    def _close_epoch(self) -> Iterator[Event]:
        """Validate, preview, save. Asked to stop meanwhile, it leaves the epoch open: resuming closes it."""
        config, at = self.config, self.at
        weights_must_be_finite(self.learner.model, self.run)
        due = config.whiten_every and (not (at.epoch + 1) % config.whiten_every or at.epoch + 1 == config.epochs)
        if due and at.whitened != at.epoch + 1:
            self.learner.whiten(self.data.images, self.data.split.train)
            at.whitened = at.epoch + 1
        progress = Progress(at.epoch + 1.0)
        try:
            valid = self.learner.evaluate(self.data.images, self.data.split.valid, progress, lambda: self.control.stopping)
        except Interrupted:
            return
        must_be_finite((valid.loss, valid.reconstruction, valid.kl), f"the validation of epoch {at.epoch + 1}", self.run)
        epoch, objective, engine = at.epoch + 1, self.learner.objective, self._engine()
        shown = self.run.write_preview(epoch, *preview(engine, self.data))
        direction = class_direction(engine, self.data)
        self._spent()
        event = EpochFinished(
            epoch=epoch,
            epochs=config.epochs,
            seconds=at.epoch_seconds,
            images_per_second=at.pictures / at.epoch_seconds,
            train=at.means(),
            valid={"loss": valid.loss, "reconstruction": valid.reconstruction, "kl": valid.kl, "psnr": valid.psnr},
            active_units=valid.active_units,
            kl_per_dim=rounded(valid.kl_per_dim),
            beta=objective.beta(progress),
            learning_rate=self._learning_rate(float(epoch)),
            preview=str(shown.resolve()),
        )
        self.history = [*self.history, epoch_numbers(event)]
        self.latent = valid.latent() | {"log_variance": float(objective.log_variance)}
        self.directions = [direction.to_dict()] if direction else []
        at.next_epoch()
        better = at.improved(valid.reconstruction + valid.kl)
        yield event
        if better:
            yield self._save(self.run.best, best=True)
        yield self._save(self.run.last)

    def _finish(self) -> Iterator[Event]:
        """After the last epoch: fit the direction on all training pictures, for the best model and for the last."""
        if self.data.class_attribute:
            yield Log(f"Fitting the direction {self.data.class_attribute!r} on all training pictures.")
            self._spent()
            for path in (self.run.best, self.run.last):
                saved = checkpoint.load(path, training_state=True)
                found = class_direction(LatentEngine(saved, self.learner.compute), self.data, final=True)
                training = {**self.at.to_dict(), "closed": True} if path == self.run.last else {}
                made = [found.to_dict()] if found else []
                checkpoint.save(path, replace(saved.header, directions=made, training=training), saved.tensors)
        yield RunFinished(False, self.at.epoch, self._spent().seconds)

    def _obey(self, speed: Speed) -> Iterator[Event]:
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

    def _engine(self) -> LatentEngine:
        """The model as it is now, for what works on a loaded one."""
        return LatentEngine(Checkpoint(self._header(), self.learner.tensors()), self.learner.compute)

    def _header(self) -> Header:
        return Header(
            id="",
            config=self.config,
            image_shape=self.learner.model.spec.image_shape,
            data=data_summary(self.data, self.config.data),
            epoch=self.at.epoch,
            history=self.history,
            latent=self.latent,
            directions=self.directions,
        )

    def _save(self, path: Path, best: bool = False) -> CheckpointSaved:
        """Write a checkpoint. The best one holds no optimizer state: it is for use, not for going on."""
        weights_must_be_finite(self.learner.model, self.run)
        tensors = self.learner.tensors()
        if best:
            tensors = {name: value for name, value in tensors.items() if name.startswith((MODEL, OBJECTIVE))}
        fitted = [] if self.at.step else self.directions  # within an epoch the weights are others already
        ident = checkpoint.weights_id(tensors)
        header = replace(
            self._header(),
            directions=[{**values, "checkpoint_id": ident} for values in fitted],
            training={} if best else self._spent().to_dict(),
        )
        checkpoint.save(path, header, tensors)
        return CheckpointSaved(str(path.resolve()), best, self.at.epoch)
