"""One optimised training step, and everything of it that a checkpoint must hold to go on exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.checkpoint import MODEL, OBJECTIVE
from core.config import TrainConfig
from core.data.dataset import FaceData, standardisation
from core.device import Compute
from core.errors import CheckpointError
from core.models.base import LatentModule, LatentSpec, create
from core.objectives.base import ObjectiveModule, Progress, Terms
from core.objectives.base import create as create_objective
from core.training.evaluate import Evaluation, evaluate, to_input
from core.training.optim import make_optimizer
from core.training.whitening import whiten

PSNR_PICTURES = 512  # validation pictures whose PSNR an epoch reports at most; `evaluate` takes all
OPTIMIZER = "optimizer."
GENERATOR = "generator."


@dataclass(slots=True)
class Learner:
    """Model, objective, optimizer and the generator of the posterior's noise."""

    model: LatentModule
    objective: ObjectiveModule
    optimizer: torch.optim.Adam
    generator: torch.Generator
    compute: Compute

    def step(self, images: np.ndarray, progress: Progress, learning_rate: float) -> Terms:
        """One step on uint8 pictures (B, H, W, C); the terms are those before the step."""
        self.model.train()
        self.objective.train()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        x = to_input(images, self.compute.device)
        with self.compute.autocast():
            posterior = self.model.encode(x)
            z = posterior.sample(self.generator)
            decoded = self.model.decode_raw(z)
        terms: Terms = self.objective(x, decoded, posterior, z, progress)
        self.optimizer.zero_grad(set_to_none=True)
        terms.loss.backward()
        self.optimizer.step()
        return terms

    def evaluate(self, images: np.ndarray, rows: np.ndarray, progress: Progress, cancelled: Callable[[], bool]) -> Evaluation:
        """The model as it is now over held-out rows. Raises Interrupted once `cancelled` says so."""
        return evaluate(
            self.model,
            self.objective,
            self.compute,
            images,
            rows,
            progress=progress,
            psnr_rows=PSNR_PICTURES,
            cancelled=cancelled,
        )

    def whiten(self, images: np.ndarray, rows: np.ndarray) -> None:
        """Turn the latent's axes to where the codes of the training rows lie; one picture alone has no axes."""
        if len(rows) > 1:
            for parameter in whiten(self.model, self.compute, images, rows):
                self.optimizer.state.pop(parameter, None)  # it was gathered along other axes

    @property
    def parameters(self) -> int:
        return sum(p.numel() for p in self.model.parameters())

    def tensors(self) -> dict[str, np.ndarray]:
        """Everything that training changes, by its name in a checkpoint."""
        found: dict[str, Tensor] = {MODEL + k: v for k, v in self.model.state_dict().items()}
        found |= {OBJECTIVE + k: v for k, v in self.objective.state_dict().items()}
        for name, parameter in self.model.named_parameters():
            for kind, value in self.optimizer.state.get(parameter, {}).items():
                found[f"{OPTIMIZER}{name}.{kind}"] = value
        found[GENERATOR + "noise"] = self.generator.get_state()
        found[GENERATOR + "global"] = torch.get_rng_state()  # dropout draws from it
        if self.compute.device.type == "cuda":
            found[GENERATOR + "cuda"] = torch.cuda.get_rng_state(self.compute.device)
        return {name: value.detach().cpu().contiguous().numpy() for name, value in found.items()}

    def load_tensors(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Go back to where `tensors` was taken.

        Raises:
            CheckpointError: tensors are missing or of other shapes.
        """
        state = {name: torch.from_numpy(np.array(value)) for name, value in tensors.items()}
        try:
            self.model.load_state_dict(_part(state, MODEL))
            self.objective.load_state_dict(_part(state, OBJECTIVE))
            for name, parameter in self.model.named_parameters():
                kinds = _part(state, f"{OPTIMIZER}{name}.")
                if kinds:
                    self.optimizer.state[parameter] = {
                        kind: self._counter(value) if kind == "step" else _like(value, parameter) for kind, value in kinds.items()
                    }
            self.generator.set_state(state[GENERATOR + "noise"])
            torch.set_rng_state(state[GENERATOR + "global"])
            if self.compute.device.type == "cuda" and GENERATOR + "cuda" in state:
                torch.cuda.set_rng_state(state[GENERATOR + "cuda"], self.compute.device)
        except (RuntimeError, KeyError) as error:
            raise CheckpointError(f"The checkpoint can't be continued: {error}.", "Start a new run.") from None

    def _counter(self, value: Tensor) -> Tensor:
        """Adam's step count: where the optimizer is fused it lives on the device, else on the processor."""
        count = value.reshape(())
        return count.to(self.compute.device) if self.optimizer.defaults["fused"] else count


def _part(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def _like(value: Tensor, parameter: Tensor) -> Tensor:
    """The value on the parameter's device and in its memory layout (sums of another order would differ in a bit)."""
    return torch.empty_like(parameter).copy_(value)


def make_learner(config: TrainConfig, data: FaceData, compute: Compute) -> Learner:
    """A fresh learner with seeded weights, standardised on the training part."""
    torch.manual_seed(config.seed)
    spec = LatentSpec(config.model.latent_dim, (data.images.shape[3], *data.images.shape[1:3]))
    model = create(config.model, spec, config.objective.likelihood)
    mean, std = standardisation(data.images, data.split.train)
    model.set_standardisation(torch.from_numpy(mean), torch.from_numpy(std))
    model = model.to(compute.device)
    objective = create_objective(config.objective, model).to(compute.device)
    generator = torch.Generator(compute.device).manual_seed(config.seed + 1)
    return Learner(model, objective, make_optimizer(model, config), generator, compute)
