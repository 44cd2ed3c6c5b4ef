"""The family of colourisers, as the program asks for it before torch is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.families.base import VALID, Chart, Family, Metric, Preset, RunSet
from core.families.colouriser.settings import ADAM, CLASSES, DEEP, MAE, MSE, RESNET18, RMSPROP, SGD, SMALL, ColouriserSettings
from core.families.without_codes import no_spaces, only_translates, refused
from core.problems import Problem, Problems

STRIDE = 8  # of all networks: a picture's side is a multiple of it
SLOWEST_SGD = 0.01  # learning rate below which SGD hardly moves
METRICS = (
    Metric(
        "loss",
        "Loss",
        lower_is_better=True,
        from_zero=True,
        meaning=(
            "what was minimised: the squared or absolute error of a* and b*, each as a share of 110; of classes, their "
            "cross-entropy in nats"
        ),
    ),
    Metric(
        "ab_error",
        "Error of the colours",
        "Lab units",
        lower_is_better=True,
        from_zero=True,
        chooses_best=True,
        digits=2,
        help="How far a* and b* are from the pictures' own, on average",
        meaning="mean absolute error of a* and b*; lower is closer, and a difference of 2 can just be seen",
    ),
    Metric(
        "mean_colour_error",
        "Error of the mean colour",
        "Lab units",
        where=VALID,
        from_zero=True,
        digits=2,
        help="The same error, if each pixel gets the mean colour of the training pictures",
        meaning="mean absolute error of the training pictures' mean colour: what a model has to come below",
    ),
    Metric(
        "psnr",
        "PSNR in colour",
        "dB",
        lower_is_better=False,
        where=VALID,
        digits=2,
        help="How close coloured pictures come to the originals, whose lightness they have",
        meaning="dB, of coloured pictures against the originals, whose lightness they have; higher is closer",
    ),
    Metric(
        "colourfulness",
        "Colourfulness",
        "of the originals'",
        where=VALID,
        from_zero=True,
        digits=2,
        help="Mean chroma of the coloured pictures as a share of the originals'",
        meaning="mean chroma as a share of the originals'; 1 is as colourful, less is duller",
    ),
    Metric(
        "pointed_error",
        "Error with 5 points",
        "Lab units",
        lower_is_better=True,
        where=VALID,
        from_zero=True,
        optional=True,
        digits=2,
        help="The error of the colours, if the true colours of 5 random places are given",
        meaning="mean absolute error of a* and b*, if the true colours of 5 random places are given",
    ),
    Metric(
        "out_of_gamut",
        "Out of gamut",
        "share of the pixels",
        where=VALID,
        from_zero=True,
        digits=4,
        help="How many pixels got a colour that no screen shows at their lightness, and were clamped to the nearest",
        meaning="share of the pixels whose colour no screen can show at their lightness",
    ),
)
CHARTS = (
    Chart("loss", "Loss", "What is minimised, over pixels of training and of validation pictures", ("loss",)),
    Chart(
        "ab_error",
        "Error of the colours",
        (
            "How far a* and b* are from the pictures' own, on average, in units of Lab; a difference of 2 can just be seen. The "
            "mean colour of the training pictures, given to each pixel, is what a model has to come below"
        ),
        ("ab_error",),
        ("mean_colour_error", "pointed_error"),
    ),
    Chart(
        "psnr",
        "PSNR in colour",
        "How close coloured validation pictures come to the originals, whose lightness they have",
        ("psnr",),
    ),
    Chart(
        "colourfulness",
        "Colourfulness",
        (
            "Mean chroma of the coloured validation pictures as a share of the originals'. Both errors prefer dull colours where "
            "they are unsure, so it mostly stays below 1"
        ),
        ("colourfulness",),
        ("out_of_gamut",),
    ),
)


def _preset(name: str, title: str, help: str, network: str, minutes: float, epochs: int, **more: Any) -> Preset:
    values = more | {
        "network": network,
        "data.image_size": 64,
        "data.mirror": True,
        "batch_size": 32,
        "epochs": epochs,
        "lr_schedule": "cosine",
    }
    return Preset(name, title, help, values, minutes)


PRESETS = (
    _preset("colour", "Colour", "The small network at 64 px: about 10 minutes. Start here.", SMALL, 10.0, 20),
    _preset("colour_resnet18", "ResNet18", "Half of ResNet18 at 64 px: about 40 minutes, closer colours.", RESNET18, 40.0, 20),
    _preset(
        "colour_vivid",
        "Vivid",
        "ResNet18 at 64 px that learns classes of colours, and takes colour points: about 50 minutes, livelier colours.",
        RESNET18,
        50.0,
        20,
        loss=CLASSES,
        rebalancing=0.3,
        temperature=0.7,
        points=True,
    ),
    _preset("colour_deep", "Deep", "The deep network at 64 px: about 2 hours; quick on a graphics card.", DEEP, 120.0, 20),
)


def _run(network: str, optimizer: str, rate: float, loss: str = MSE) -> dict[str, Any]:
    return {"network": network, "optimizer": optimizer, "learning_rate": rate, "loss": loss}


NINE = RunSet(
    "nine",
    "Report's nine",
    (
        "Nine runs that differ in network, optimizer, learning rate and error, as in the course report on colourisation; all else "
        "is as in the form, the epochs too. SGD has a learning rate of 0.1, without which it hardly moves"
    ),
    {
        "small-rmsprop": _run(SMALL, RMSPROP, 0.001),
        "small-rmsprop-fast": _run(SMALL, RMSPROP, 0.004),
        "small-adam": _run(SMALL, ADAM, 0.001),
        "small-sgd": _run(SMALL, SGD, 0.1),
        "deep-rmsprop": _run(DEEP, RMSPROP, 0.001),
        "deep-adam": _run(DEEP, ADAM, 0.001),
        "resnet18-adam": _run(RESNET18, ADAM, 0.001),
        "small-adam-mae": _run(SMALL, ADAM, 0.001, MAE),
        "deep-adam-mae": _run(DEEP, ADAM, 0.001, MAE),
    },
)
NO_POINTS = "Train one that does: main.py train --family colouriser --set points=true."
INSTEAD = "It turns grey pictures into coloured ones, without codes in between: main.py colourise --checkpoint RUN --input PHOTO"


def _problems(config: Any) -> Problems:
    wrong, doubtful = [], []
    if config.data.channels != 3:
        wrong.append(
            Problem("data.channels", "A colouriser learns from colours, and these pictures are to be grey.", hint="Leave it at 3.")
        )
    if config.data.image_size % STRIDE:
        text = "The picture size must be a multiple of {stride}, since the network halves it three times."
        wrong.append(Problem("data.image_size", text, {"stride": str(STRIDE)}, "Choose 64 or 96, for example."))
    if config.settings.encoder and config.settings.network != RESNET18:
        text = "The encoder's weights are a ResNet18's, and the network is another one."
        wrong.append(Problem("encoder", text, hint="Choose ResNet18, or leave the file out."))
    if config.settings.encoder and config.start_from:
        doubtful.append(Problem("encoder", "The run starts from a model, whose encoder it has: the file isn't read."))
    if config.settings.optimizer == SGD and config.learning_rate < SLOWEST_SGD:
        text = "With {optimizer} a learning rate below 0.01 hardly moves the network."
        doubtful.append(Problem("learning_rate", text, {"optimizer": SGD}))
    return Problems(tuple(wrong), tuple(doubtful))


def _line(train: Mapping[str, float], valid: Mapping[str, float], whole: Mapping[str, float]) -> str:
    return (
        f"error {train['ab_error']:.2f} | {valid['ab_error']:.2f} Lab units (training | validation), "
        f"{valid['mean_colour_error']:.2f} by the mean colour  psnr {valid['psnr']:.2f} dB  "
        f"colourfulness {100.0 * valid['colourfulness']:.0f} %"
    )


def _about(settings: ColouriserSettings) -> tuple[str, ...]:
    names = {SMALL: "small network", DEEP: "deep network", RESNET18: "ResNet18"}
    loss = "classes" if settings.loss == CLASSES else settings.loss.upper()
    return (names[settings.network], loss, *(("colour points",) if settings.points else ()))


FAMILY = Family(
    name="colouriser",
    title="Colouriser",
    help="Gives grey pictures colours: it sees how light each place is, and says which colour belongs there.",
    settings=ColouriserSettings,
    presets=PRESETS,
    metrics=METRICS,
    charts=CHARTS,
    rows=("grey", "coloured", "originals"),
    home="core.families.colouriser.recipe",
    spaces=no_spaces,
    can=only_translates,
    problems=_problems,
    needs_colour=True,
    about=_about,
    line=_line,
    without=refused(INSTEAD),
    groups={"colour": "Colours", "network": "Optimizer"},
    series=("network", "small, resnet18"),
    sets=(NINE,),
)
