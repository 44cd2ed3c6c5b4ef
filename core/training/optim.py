"""The optimizer, its step, and shortening a gradient that is too long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

from core.team import Team


class Optimizer(Protocol):
    """What a recipe needs of one."""

    learning_rate: float

    def zero_grad(self) -> None: ...

    def step(self) -> None: ...

    def tensors(self, network: nn.Module) -> dict[str, Tensor]:
        """Its state, by the names of a network's parameters."""
        ...

    def load_tensors(self, network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
        """Restore the state from `tensors`. Raises RuntimeError where shapes differ."""
        ...


class Adam:
    """Adam (Kingma & Ba, arXiv 1412.6980): torch's own update of all parameters, fused into one kernel where there is one.

    `torch.optim.Adam` gives the same results, bit for bit, but loads torch's compiler on its first call, over a second
    of every start.

    Attributes:
        state: for each parameter that had a gradient, its `step`, `exp_avg` and `exp_avg_sq`.
        learning_rate: of the next step.
    """

    EPS = 1e-8

    def __init__(self, parameters: Iterable[nn.Parameter], learning_rate: float, betas: tuple[float, float] = (0.9, 0.999)) -> None:
        self._parameters = list(parameters)
        self.learning_rate = learning_rate
        self.betas = betas
        self.fused = self._parameters[0].device.type in ("cpu", "cuda")
        self.state: dict[nn.Parameter, dict[str, Tensor]] = {}

    def zero_grad(self) -> None:
        """Clear the gradients."""
        for parameter in self._parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Update every parameter that has a gradient."""
        moved = [parameter for parameter in self._parameters if parameter.grad is not None]
        for parameter in moved:
            if parameter not in self.state:
                self.state[parameter] = {
                    "step": self.counter(torch.zeros((), dtype=torch.float32)),
                    "exp_avg": torch.zeros_like(parameter),
                    "exp_avg_sq": torch.zeros_like(parameter),
                }
        states = [self.state[parameter] for parameter in moved]
        adam(
            [parameter.data for parameter in moved],
            [parameter.grad for parameter in moved if parameter.grad is not None],
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            [state["step"] for state in states],
            fused=self.fused,
            amsgrad=False,
            beta1=self.betas[0],
            beta2=self.betas[1],
            lr=self.learning_rate,
            weight_decay=0.0,
            eps=self.EPS,
            maximize=False,
        )

    def tensors(self, network: nn.Module) -> dict[str, Tensor]:
        """The optimizer's state of each parameter of a network, as `NAME.KIND`."""
        return {
            f"{name}.{kind}": value
            for name, parameter in network.named_parameters()
            for kind, value in self.state.get(parameter, {}).items()
        }

    def load_tensors(self, network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
        """Restore the state from `tensors`. Raises RuntimeError where shapes differ, KeyError where a count is missing."""
        self.state.clear()
        for name, parameter in network.named_parameters():
            kinds = {key.removeprefix(f"{name}."): value for key, value in tensors.items() if key.startswith(f"{name}.")}
            if kinds:
                count = self.counter(kinds.pop("step").reshape(()))
                self.state[parameter] = {"step": count} | {kind: _like(value, parameter) for kind, value in kinds.items()}

    def counter(self, count: Tensor) -> Tensor:
        """A step count on the device that the update needs: the parameters' if fused, else the CPU."""
        return count.to(self._parameters[0].device) if self.fused else count


def _like(value: Tensor, parameter: Tensor) -> Tensor:
    """The value on the parameter's device and in its memory layout (another order of summation would change the last bits)."""
    return torch.empty_like(parameter).copy_(value)


def descend(optimizer: Optimizer, loss: Tensor, weights: list[nn.Parameter], team: Team, longest: float = 0.0) -> bool:
    """A step of an optimizer, along the whole team's gradient.

    Args:
        optimizer: of the weights.
        loss: a number with a gradient.
        weights: the parameters that it moves.
        team: the processes that train together.
        longest: the largest norm allowed of the gradient; 0 = any.

    Returns:
        Whether the gradient was longer.

    Raises:
        TrainingError: the processes don't find each other any more.
    """
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    team.average_gradients(weights)
    clipped = bool(longest) and clip_gradient(weights, longest)
    optimizer.step()
    return clipped


def clip_gradient(weights: Iterable[nn.Parameter], longest: float) -> bool:
    """Shorten the gradient of parameters, all together, to a norm (Pascanu et al., arXiv 1211.5063).

    Args:
        weights: the parameters, after `backward`; their gradients are float32 also where the forward pass ran in bf16.
        longest: the largest norm allowed.

    Returns:
        Whether it was longer.
    """
    return bool(nn.utils.clip_grad_norm_(weights, longest) > longest)
