"""The settings of a colouriser, each defined once."""

from __future__ import annotations

from dataclasses import dataclass

from core.setting import setting

SMALL, DEEP, RESNET18 = "small", "deep", "resnet18"
ADAM, RMSPROP, SGD = "adam", "rmsprop", "sgd"
MSE, MAE, CLASSES = "mse", "mae", "classes"


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
    encoder: str = setting(
        "",
        "Encoder's weights",
        (
            "A file of your own with the weights of a trained ResNet18, from which the encoder begins: torchvision's, for example. "
            "Nothing in it is run. Without one the weights are random."
        ),
        group="colour",
        file="*.pth *.pt *.safetensors",
        enabled=lambda config: config.settings.network == RESNET18 and not config.start_from,
        shown=lambda config: config.settings.network == RESNET18,
    )
    loss: str = setting(
        MSE,
        "Error",
        (
            "What is minimised: the squared (MSE) or the absolute (MAE) difference of a* and b*. Where several colours are likely, "
            "MSE gives their mean and MAE their median, both duller than any of them: watch the colourfulness in the curves. "
            "Classes: the cross-entropy of 259 classes of colours, which can all be likely at once. Livelier, and further off."
        ),
        choices={MSE: "MSE", MAE: "MAE", CLASSES: "Classes"},
        inherited=True,
        lasting=(CLASSES,),
        telling=True,
    )
    rebalancing: float = setting(
        0.5,
        "Rebalancing",
        (
            "How much more rare colours count than common ones, which are dull: 0 counts all alike, 1 each by the inverse of how "
            "common it is. More is livelier, with more wrong colours."
        ),
        group="colour",
        inherited=True,
        low=0.0,
        high=1.0,
        step=0.1,
        enabled=lambda config: config.settings.loss == CLASSES,
        shown=lambda config: config.settings.loss == CLASSES,
    )
    temperature: float = setting(
        0.38,
        "Temperature",
        (
            "Which colour is taken of all that are likely: 1 takes their mean, as dull as MSE's where nothing is rebalanced, and "
            "near 0 it becomes the likeliest one, with hard edges between colours. It has no part in learning."
        ),
        group="colour",
        inherited=True,
        low=0.05,
        high=1.0,
        step=0.05,
        enabled=lambda config: config.settings.loss == CLASSES,
        shown=lambda config: config.settings.loss == CLASSES,
    )
    points: bool = setting(
        False,
        "Colour points",
        (
            "Learn to take the colours of a few places from a person, too: while it learns, it is shown the true colours of random "
            "places. Without points the model colours as others do."
        ),
        group="colour",
        fixed="colour points",
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
