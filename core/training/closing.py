"""What follows an epoch's last step, and what follows a run's last epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from core import checkpoint
from core.errors import DataError
from core.events import EpochFinished, Event, Log, RunFinished
from core.latent.engine import LatentEngine
from core.training import stopping
from core.training.by_products import final_direction, own_direction, preview
from core.training.evaluate import Interrupted, rounded
from core.training.finite import must_be_finite
from core.training.following import tell_state
from core.training.run_folder import epoch_numbers
from core.training.run_state import RunState


def close_epoch(state: RunState) -> Iterator[Event]:
    """Validate, preview, save. Asked to stop meanwhile, it leaves the epoch open: resuming closes it."""
    config, at, learner = state.config, state.at, state.learner
    state.weights_must_be_finite()
    epoch = at.epoch + 1
    due = config.settings.whiten_every and (not epoch % config.settings.whiten_every or epoch == config.epochs)
    if due and at.whitened != epoch:
        learner.whiten(state.data.images, state.data.split.train)
        tell_state(learner)
        at.whitened = epoch
    progress = state.progress(float(epoch))
    try:
        valid = learner.evaluate(state.data.images, state.data.split.valid, progress, lambda: state.control.stopping)
    except Interrupted:
        return
    must_be_finite((valid.loss, valid.reconstruction, valid.kl), f"the validation of epoch {epoch}", state.run)
    correlation = {} if valid.total_correlation is None else {"total_correlation": valid.total_correlation}
    engine = state.engine()
    shown = state.run.write_preview(epoch, *preview(engine, state.data), best=at.best_epoch)
    direction = own_direction(engine, state.data)
    state.spent()
    event = EpochFinished(
        epoch=epoch,
        epochs=config.epochs,
        seconds=at.epoch_seconds,
        images_per_second=at.pictures / at.epoch_seconds,
        train=at.means() | ({"clipped": at.clipped / at.step} if config.gradient_clip else {}),
        valid={"loss": valid.loss, "reconstruction": valid.reconstruction, "kl": valid.kl, "psnr": valid.psnr} | correlation,
        active_units=valid.active_units,
        kl_per_dim=rounded(valid.kl_per_dim),
        beta=learner.objective.beta(progress),
        learning_rate=state.learning_rate(float(epoch)),
        preview=str(shown.resolve()),
    )
    state.history = [*state.history, epoch_numbers(event)]
    state.latent = valid.latent() | {"log_variance": float(learner.objective.log_variance)}
    state.directions = [direction.to_dict()] if direction else []
    at.next_epoch()
    better = at.improved(valid.reconstruction + valid.kl)
    yield event
    if better:
        yield state.save(best=True)
    yield state.save()


def finish(state: RunState) -> Iterator[Event]:
    """After the last epoch: fit the direction on all training pictures, for the best model and for the last.

    Where there is none, it says why.
    """
    if state.at.epoch < state.config.epochs:
        yield Log(stopping.why(state.at))
    attribute, why_not = state.data.own_attribute, state.data.why_no_attribute
    if attribute:
        yield Log(f"Fitting the direction {attribute!r} on all training pictures.")
        state.spent()
        for path in (state.run.best, state.run.last):
            saved = checkpoint.load(path, training_state=True)
            try:
                made = [final_direction(LatentEngine(saved, state.learner.compute), state.data).to_dict()]
            except DataError as error:
                made, why_not = [], f"{error.message} {error.hint}"
            training = {**state.at.to_dict(), "closed": True} if path == state.run.last else {}
            checkpoint.save(path, replace(saved.header, directions=made, training=training), saved.tensors)
    if why_not:
        yield Log(f"No direction was fitted. {why_not} The command direction fits one for any class or column.")
    yield RunFinished(False, state.at.epoch, state.spent().seconds)
