"""Where a model's codes really lie, learned after its training: a second, small VAE on the codes of its training pictures.

A VAE is trained as if codes were distributed as N(0, I); those of real pictures only have that mean and spread, and between
them lie regions that no picture has. A code drawn from N(0, I) falls there, and its picture is a blend of several: a ghost.
The second stage (Dai & Wipf, arXiv 1903.05789) draws u from N(0, I) of fewer dimensions and decodes it to a code z. What it
can't predict of a code is noise, which is left out; the codes are then spread from their mean until they lie as far from it as
typical samples do. The first stage, and with it every code, reconstruction and direction, stays what it is.

It is stored in the model's file, in half precision, and needs no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core import checkpoint
from core.checkpoint import PRIOR, Checkpoint, Header
from core.config import TrainConfig
from core.errors import CheckpointError
from core.families.registry import family

KEY = "prior"  # in a header's `data`
VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class LearnedPrior:
    """Draws codes as those of real pictures lie.

    Attributes:
        mean: (D,) of the codes.
        spread: (D,) what each coordinate of the last layer's output is multiplied by.
        layers: weights (outputs, inputs) and biases (outputs,) of the second stage's decoder, with SiLU between them.
        gain: by how many nats a code of a validation picture is likelier under it than under a normal distribution of the
            codes' own means and variances, at least (a lower bound).
    """

    mean: np.ndarray
    spread: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    gain: float

    def sample(self, count: int, seed: int) -> np.ndarray:
        """Codes (count, D) float32, the same for the same seed."""
        inputs = self.layers[0][0].shape[1]
        return self.decode(np.random.default_rng(seed).standard_normal((count, inputs), dtype=np.float32))

    def decode(self, u: np.ndarray) -> np.ndarray:
        """u (B, K) -> codes (B, D) float32."""
        values: np.ndarray = np.asarray(u, np.float32)
        for number, (weights, biases) in enumerate(self.layers):
            if number:
                values = values / (1.0 + np.exp(-np.clip(values, -60.0, 60.0)))  # SiLU
            values = values @ weights.T + biases
        return np.asarray(self.mean + self.spread * values, np.float32)


def may_learn(config: TrainConfig) -> bool:
    """Whether a model with these settings can be given a learned prior, as its family says."""
    return family(config.family).may_learn_prior(config)


def is_in(header: Header) -> bool:
    """Whether a model's file says that it has one."""
    entry = header.data.get(KEY)
    return isinstance(entry, dict) and entry.get("model") == header.id


def in_checkpoint(loaded: Checkpoint) -> LearnedPrior | None:
    """The learned prior in a model's file; None where there is none, or one of a version that this program doesn't know.

    Raises:
        CheckpointError: it is damaged.
    """
    entry = loaded.header.data.get(KEY)
    if not isinstance(entry, dict) or entry.get("version") != VERSION or entry.get("model") != loaded.header.id:
        return None
    tensors = {name: np.asarray(value, np.float32) for name, value in loaded.part(PRIOR).items()}
    try:
        layers = tuple((tensors[f"{n}.weight"], tensors[f"{n}.bias"]) for n in range(int(entry["layers"])))
        prior = LearnedPrior(tensors["mean"], tensors["spread"], layers, float(entry["gain"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise _broken(f"it lacks {error}") from None
    width = layers[0][0].shape[-1] if layers else 0
    for weights, biases in layers:
        if weights.ndim != 2 or not width or weights.shape[1] != width or biases.shape != weights.shape[:1]:
            raise _broken("its layers don't fit each other")
        width = len(weights)
    if prior.mean.shape != (width,) or prior.spread.shape != (width,):
        raise _broken("its layers don't fit its codes")
    if not all(np.isfinite(value).all() for value in tensors.values()):
        raise _broken("it holds numbers that are none")
    return prior


def _broken(why: str) -> CheckpointError:
    return CheckpointError(f"The prior in the model's file is damaged: {why}.", "Learn it again: main.py prior.")


def for_checkpoint(prior: LearnedPrior, model_id: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What a model's file stores of its prior: an entry of its header's `data`, and the tensors."""
    tensors = {"mean": prior.mean, "spread": prior.spread}
    for number, (weights, biases) in enumerate(prior.layers):
        tensors |= {f"{number}.weight": weights, f"{number}.bias": biases}
    entry = {"version": VERSION, "model": model_id, "layers": len(prior.layers), "gain": round(prior.gain, 2)}
    return {KEY: entry}, {PRIOR + name: np.asarray(value, np.float16) for name, value in tensors.items()}


def with_prior(loaded: Checkpoint, prior: LearnedPrior) -> Checkpoint:
    """A checkpoint with this prior in place of the one that it has."""
    return checkpoint.with_part(loaded, PRIOR, *for_checkpoint(prior, loaded.header.id))


def keep_in_checkpoint(path: Path, checkpoint_id: str, prior: LearnedPrior) -> bool:
    """Write a prior into its model's file; gives and raises what `core.checkpoint.keep_part` does."""
    return checkpoint.keep_part(path, checkpoint_id, PRIOR, *for_checkpoint(prior, checkpoint_id))
