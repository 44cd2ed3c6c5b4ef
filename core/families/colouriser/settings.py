"""The settings of a colouriser, each defined once."""

from __future__ import annotations

from dataclasses import dataclass

from core.setting import setting

SMALL, DEEP, RESNET18 = "small", "deep", "resnet18"
ADAM, RMSPROP, SGD = "adam", "rmsprop", "sgd"
MSE, MAE = "mse", "mae"


@dataclass(frozen=True, slots=True)
class ColouriserSettings:
    """The network that sees a picture's lightness, and how it learns the colours that belong to it."""

    network: str = setting(
        SMALL,
        "Architecture",
        (
            "Small: up to 32 channels, 30,000 weights, minutes on a processor. Deep: up to 512 channels, 3.9 million weights, some "
            "40 times the work. ResNet18: the first half of that network, 0.95 million weights, 10 times the work of small."
        ),
        choices={SMALL: "Small", DEEP: "Deep", RESNET18: "ResNet18"},
        fixed="network",
        telling=True,
    )
    loss: str = setting(
        MSE,
        "Error",
        (
            "What is minimised: the squared (MSE) or the absolute (MAE) difference of a* and b*. Where several colours are likely, "
            "MSE gives their mean and MAE their median, both duller than any of them: watch the colourfulness in the curves."
        ),
        choices={MSE: "MSE", MAE: "MAE"},
        inherited=True,
        telling=True,
    )
    optimizer: str = setting(
        ADAM,
        "Optimizer",
        (
            "How steps follow from gradients. Adam and RMSprop size each weight's step by its own gradients. SGD doesn't: with "
            "errors as small as these it takes learning rates of 0.05 to 0.1, and at 0.001 it hardly moves."
        ),
        choices={ADAM: "Adam", RMSPROP: "RMSprop", SGD: "SGD"},
        group="network",
        telling=True,
    )
    momentum: float = setting(
        0.9,
        "Momentum",
        "The share of the last step that SGD keeps in the next one. 0 is plain gradient descent.",
        group="network",
        low=0.0,
        high=0.999,
        step=0.05,
        enabled=lambda config: config.settings.optimizer == SGD,
        shown=lambda config: config.settings.optimizer == SGD,
    )
