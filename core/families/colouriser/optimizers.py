"""RMSprop and SGD beside the Adam of `core.training.optim`, with its interface; torch's own classes load a compiler."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from core.families.colouriser.settings import ADAM, RMSPROP, ColouriserSettings
from core.training.optim import Adam, Optimizer


class OneMemory(ABC):
    """An optimizer that keeps one tensor for each parameter.

    Attributes:
        learning_rate: of the next step.
        memory: for each parameter that had a gradient, that tensor.
    """

    KIND: ClassVar[str]  # name of that tensor

    def __init__(self, parameters: Iterable[nn.Parameter], learning_rate: float) -> None:
        self._parameters = list(parameters)
        self.learning_rate = learning_rate
        self.memory: dict[nn.Parameter, Tensor] = {}

    def zero_grad(self) -> None:
        """Clear the gradients."""
        for parameter in self._parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Update every parameter that has a gradient."""
        for parameter in self._parameters:
            if parameter.grad is not None:
                if parameter not in self.memory:
                    self.memory[parameter] = torch.zeros_like(parameter)
                self.move(parameter, parameter.grad, self.memory[parameter])

    @abstractmethod
    def move(self, parameter: Tensor, gradient: Tensor, memory: Tensor) -> None:
        """Update one parameter and its memory in place."""

    def tensors(self, network: nn.Module) -> dict[str, Tensor]:
        """The state of each parameter of a network, as `NAME.KIND`."""
        named = network.named_parameters()
        return {f"{name}.{self.KIND}": self.memory[one] for name, one in named if one in self.memory}

    def load_tensors(self, network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
        """Restore the state from `tensors`. Raises RuntimeError where shapes differ."""
        self.memory.clear()
        for name, parameter in network.named_parameters():
            if (value := tensors.get(f"{name}.{self.KIND}")) is not None:
                self.memory[parameter] = torch.empty_like(parameter).copy_(value)


class RmsProp(OneMemory):
    """RMSprop (Hinton, lecture 6e of "Neural networks for machine learning", 2012) with the constants of Keras."""

    KIND = "square_avg"
    DECAY, EPS = 0.9, 1e-7

    def move(self, parameter: Tensor, gradient: Tensor, memory: Tensor) -> None:
        """Divide the gradient by the root of its mean square."""
        memory.mul_(self.DECAY).addcmul_(gradient, gradient, value=1.0 - self.DECAY)
        parameter.addcdiv_(gradient, memory.sqrt().add_(self.EPS), value=-self.learning_rate)


class Sgd(OneMemory):
    """Gradient descent with momentum (Polyak 1964), as torch's SGD."""

    KIND = "momentum"

    def __init__(self, parameters: Iterable[nn.Parameter], learning_rate: float, momentum: float) -> None:
        super().__init__(parameters, learning_rate)
        self.momentum = momentum

    def move(self, parameter: Tensor, gradient: Tensor, memory: Tensor) -> None:
        """Add the gradient to what is left of the steps before."""
        memory.mul_(self.momentum).add_(gradient)
        parameter.add_(memory, alpha=-self.learning_rate)


def make_optimizer(network: nn.Module, settings: ColouriserSettings, learning_rate: float) -> Optimizer:
    """The optimizer that the settings ask for."""
    if settings.optimizer == ADAM:
        return Adam(network.parameters(), learning_rate)
    if settings.optimizer == RMSPROP:
        return RmsProp(network.parameters(), learning_rate)
    return Sgd(network.parameters(), learning_rate, settings.momentum)
