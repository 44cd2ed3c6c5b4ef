"""What follows an epoch's last step, and what follows a run's last epoch."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import cast

from core import checkpoint
from core.errors import Cancelled, DataError
from core.events import EpochFinished, Event, Log, RunFinished
from core.families.base import Can, completed, number
from core.runs.folder import epoch_numbers
from core.runs.train_progress import CLIPPED
from core.training.recipe import Interrupted, TurningRecipe, home_of
from core.training.state import RunState, end_phase_early, must_be_finite, why_early
from core.training.summaries import final_direction, own_direction
from core.training.team_member import tell_state


def close_epoch(state: RunState) -> Iterator[Event]:
    """Validate, preview, save. If asked to stop meanwhile, the epoch stays open, and resuming closes it."""
    config, at, recipe = state.config, state.at, state.recipe
    kind, home = state.family, home_of(config.family)
    state.weights_must_be_finite()
    epoch, planned = at.epoch + 1, state.planned
    if at.turned != epoch:
        if state.can(Can.TURN_AXES) and cast(TurningRecipe, recipe).turn_axes(state.data, epoch, epoch == planned):
            tell_state(recipe)
        at.turned = epoch
    moment = state.moment(float(epoch))
    try:
        judgement = recipe.judge(state.data.images, state.data.split.valid, moment, lambda: state.control.stopping)
    except Interrupted:
        return
    must_be_finite(judgement.valid.values(), f"the validation of epoch {epoch}", state.run)
    instrument = state.instrument()
    shown = state.run.write_preview(epoch, home.preview(instrument, state.data), best=at.best_epoch)
    direction = own_direction(instrument, state.data) if state.can(Can.DIRECTIONS) else None
    state.spent()
    phase = state.phase
    event = EpochFinished(
        epoch=epoch,
        epochs=planned,
        seconds=at.epoch_seconds,
        images_per_second=at.pictures / at.epoch_seconds,
        train=completed(kind, at.means()) | ({CLIPPED: at.clipped / at.step} if config.gradient_clip else {}),
        valid=completed(kind, judgement.valid),
        learning_rate=moment.learning_rate,
        preview=str(shown.resolve()),
        numbers=dict(judgement.whole),
        per_axis=dict(judgement.per_axis),
        phase=phase.name,
    )
    chooser = kind.metric(phase.best) or kind.best
    state.history = [*state.history, epoch_numbers(event)]
    state.latent = dict(judgement.latent)
    state.directions = [direction.to_dict()] if direction else []
    at.next_epoch()
    value = number(chooser, event.valid)
    better = at.improved(value if chooser.lower_is_better else -value)
    ended = end_phase_early(config, at)
    yield event
    yield from state.close_epoch(better=better)
    if ended:
        yield Log(why_early(at, phase.title))


def finish(state: RunState) -> Iterator[Event]:
    """After the last epoch: fit the direction on all training pictures, for the best model and for the last.

    Where there is no direction, an event says why.
    """
    if state.at.epoch < state.planned:
        yield Log(why_early(state.at))
    fits = state.can(Can.DIRECTIONS)
    attribute = state.data.own_attribute if fits else ""
    why_not = state.data.why_no_attribute if fits else ""
    if attribute:
        yield Log(f"Fitting the direction {attribute!r} on all training pictures.")
        state.spent()
        for path in (state.run.best, state.run.last):
            saved = checkpoint.load(path, training_state=True)
            try:
                model = home_of(state.config.family).open_instrument(saved, state.recipe.compute)
                fitted = [final_direction(model, state.data).to_dict()]
            except DataError as error:
                fitted, why_not = [], f"{error.message} {error.hint}"
            state.stored[path] = saved.header.directions
            directions, _ = state.renew(path, fitted, saved.header.id)  # all are of these weights
            training = {**state.at.to_dict(), "closed": True} if path == state.run.last else {}
            checkpoint.save(path, replace(saved.header, directions=directions, training=training), saved.tensors)
            state.stored[path] = directions
    if why_not:
        yield Log(f"No direction was fitted. {why_not} The command direction fits one for any class or column.")
    note = yield from _complete(state)
    yield RunFinished(False, state.at.epoch, state.spent().seconds, note)


def _complete(state: RunState) -> Generator[Event, None, str]:
    """Let the family add to the best model and to the last what is learned once weights stay; gives why that couldn't be."""
    home, done = home_of(state.config.family), dict[str, checkpoint.Checkpoint]()
    completion = state.family.completes(state.config)
    if completion is None:
        return ""
    yield Log(completion.doing)

    def progress(what: str, done: int, total: int) -> None:
        if state.control.stopping:
            raise Cancelled

    for path in (state.run.best, state.run.last):
        saved = checkpoint.load(path, training_state=True)
        try:
            if saved.header.id not in done:  # the last model may be the best one
                instrument = home.open_instrument(saved, state.recipe.compute)
                done[saved.header.id] = home.complete(saved, instrument, state.data, progress)
        except DataError as error:
            note = f"{completion.unlearnable} {error.message}"  # without its hint: the run is as good as its pictures allow
            yield Log(note)
            return note
        except Cancelled:
            yield Log(completion.left_out)
            return completion.left_out
        complete = done[saved.header.id]
        own = {name: value for name, value in complete.tensors.items() if name not in saved.tensors}
        entries = {name: value for name, value in complete.header.data.items() if name not in saved.header.data}
        training = {**state.at.to_dict(), "closed": True} if path == state.run.last else {}
        header = replace(saved.header, data=saved.header.data | entries, training=training)
        checkpoint.save(path, header, {**saved.tensors, **own})
    return ""
