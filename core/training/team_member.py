"""What the leader of a team tells the other processes, and how they follow it."""

from __future__ import annotations

import json
from enum import IntEnum
from typing import Any

import safetensors.numpy
import torch

from core import device
from core.config import TrainConfig, loads
from core.data.dataset import FaceData
from core.families.base import Elapsed
from core.team import Team
from core.training.batches import EpochBatches, StepOrder
from core.training.memory import shortage_in_words
from core.training.recipe import Moment, Recipe, home_of
from core.training.usable import load_for


class Word(IntEnum):
    """A command to the followers."""

    SETTINGS = 1  # a config as JSON
    READ = 2  # open the pictures, which the leader has put into the cache
    STATE = 3  # take over weights, optimizer and generators: safetensors
    STEP = 4  # take a step: a StepOrder as JSON
    END = 5
    MEET = 6  # report that you are there
    PHASE = 7  # begin this phase: its name as JSON


def tell(team: Team, word: Word, values: dict[str, Any] | None = None) -> None:
    """Send a word to all followers. Raises TrainingError where one is gone."""
    if team.size > 1:
        team.tell(word, json.dumps(values).encode() if values is not None else b"")


def tell_state(recipe: Recipe) -> None:
    """Send all followers the state of the leader's recipe, with its phase."""
    if recipe.team.size > 1:
        tell(recipe.team, Word.PHASE, {"phase": recipe.phase})
        recipe.team.tell(Word.STATE, safetensors.numpy.save(recipe.tensors()))


def meet(team: Team) -> None:
    """Make sure that all followers are there. Raises TrainingError where one is gone."""
    tell(team, Word.MEET)
    team.meet()


def tell_step(team: Team, now: StepOrder) -> None:
    """Let all followers take a step, at the same time as the leader."""
    if team.size > 1:
        moment = now.moment
        order = [now.epoch, now.step, moment.progress.epochs, moment.progress.planned, moment.learning_rate]
        team.tell(Word.STEP, json.dumps(order).encode())


def follow(team: Team) -> None:
    """Do what the leader says, until it says that the run is over. Writes and prints nothing.

    Raises:
        CoreError: the leader is gone, or the pictures can't be read here.
    """
    follower = _Follower(team)
    with shortage_in_words():
        while True:
            kind, payload = team.hear()
            if kind == Word.END:
                team.part()
                return
            follower.obey(Word(kind), payload)


class _Follower:
    """One process that doesn't lead."""

    config: TrainConfig
    data: FaceData
    recipe: Recipe

    def __init__(self, team: Team) -> None:
        self._team = team
        self._epoch = -1
        self._batches: EpochBatches | None = None

    def obey(self, word: Word, payload: bytes) -> None:
        if word is Word.SETTINGS:
            self.config = loads(payload.decode())
        elif word is Word.READ:
            device.set_threads(self.config.threads, self._team.size)
            self.data = load_for(self.config)
            compute = device.choose(self.config.device, self.config.precision)
            self.recipe = home_of(self.config.family).make_recipe(self.config, self.data, compute, team=self._team)
        elif word is Word.STATE:
            self.recipe.load_tensors(safetensors.numpy.load(payload))
            self._epoch = -1
        elif word is Word.PHASE:
            phase = json.loads(payload)["phase"]
            if self.recipe.phase != phase:
                self.recipe.begin(phase)
        elif word is Word.MEET:
            self._team.meet()
        elif word is Word.STEP:
            self._step(*json.loads(payload))

    def _step(self, epoch: int, step: int, epochs_done: float, planned: float, learning_rate: float) -> None:
        if self._batches is None or epoch != self._epoch:
            self._batches, self._epoch = EpochBatches(self.config, self.data, epoch), epoch
            # For dropout: random numbers that differ from the leader's, but are the same if the run is repeated.
            torch.manual_seed(hash((self.config.seed, self._team.rank, epoch, step)) % 2**63)
        self._batches.step(self.recipe, StepOrder(epoch, step, Moment(Elapsed(epochs_done, planned), learning_rate)))
