"""The family of CycleGANs, as the program asks for it before torch is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.families.base import VALID, Chart, Family, Metric, Preset, Shape
from core.families.cycle_gan.settings import PLAIN, RESIDUAL, TRANSPOSED, CycleGanSettings
from core.families.without_codes import no_spaces, only_translates, refused
from core.problems import Problem, Problems

STRIDE = 4  # of a generator: a picture's side is a multiple of it
FLIPS = "flips"
SIDES = "sides"  # in a checkpoint's header: what A and B are called
LETTERS = ("A", "B")


def _both(key: str, title: str, of_b: str, help: str, meaning: str) -> tuple[Metric, Metric]:
    """The same number of either direction: its keys end in the first side's letter, or in both."""
    first, second = ("_ab", "_ba") if of_b == "ab" else ("_a", "_b")
    names = ("A to B", "B to A") if of_b == "ab" else ("A", "B")
    return (
        Metric(f"{key}{first}", f"{title}, {names[0]}", lower_is_better=True, from_zero=True, help=help, meaning=meaning),
        Metric(f"{key}{second}", f"{title}, {names[1]}", lower_is_better=True, from_zero=True, help=help, meaning=meaning),
    )


def _of_held_out(key: str, title: str, unit: str, digits: int, help: str, meaning: str, **more: Any) -> Metric:
    return Metric(key, title, unit, lower_is_better=False, where=VALID, digits=digits, help=help, meaning=meaning, **more)


_READ = "How many held-out pictures a reader takes for the other side once they are translated"
_READ_MEANING = "percent of held-out pictures that a reader which never saw the model takes for the other side; higher is better"
_PSNR = "How close held-out pictures come to themselves once they are translated and translated back"
_PSNR_MEANING = "dB, of held-out pictures translated and translated back against themselves; higher is closer"
_LEVELS = "The same, if translations are rounded to the 256 levels of a file in between"
_LEVELS_MEANING = "dB, the same with translations rounded to the 256 levels of a file in between: without loss, as PNG keeps them"
_JPEG = "The same, if translations are saved as JPEG in between: far less means that they hide what they came from"
_JPEG_MEANING = (
    "dB, the same with translations saved as JPEG of quality 75 in between; far less means that they hide their originals"
)
_IDENTITY = "Mean absolute difference of a picture and what the generator of its own side makes of it, in [-1, 1]"

METRICS = (
    Metric(
        "loss",
        "Loss",
        lower_is_better=True,
        from_zero=True,
        meaning="of both generators: adversarial terms, cycles and identities with their weights; it says little about quality",
    ),
    *_both(
        "gan",
        "Adversarial",
        "ab",
        "Mean square distance of translated pictures' scores from 1, real",
        "adversarial loss of a generator; 0.25 where the discriminator can't decide, 1 where it is sure",
    ),
    *_both(
        "cycle",
        "Cycle",
        "a",
        "Mean absolute difference of a picture and what comes back of it, in [-1, 1]",
        "mean absolute difference of pictures and what comes back of them, in [-1, 1]; lower is closer",
    ),
    *(
        Metric(f"identity_{side}", f"Identity, {side.upper()}", "", True, from_zero=True, optional=True, help=_IDENTITY)
        for side in "ab"
    ),
    *_both(
        "discriminator",
        "Discriminator",
        "a",
        "How far a discriminator's scores are from 1 for real pictures and from 0 for translated ones",
        "loss of a discriminator; 0.25 where it can't decide, 0 where it always can",
    ),
    _of_held_out("psnr_a", "Cycle PSNR, A", "dB", 2, _PSNR, _PSNR_MEANING),
    _of_held_out("psnr_b", "Cycle PSNR, B", "dB", 2, _PSNR, _PSNR_MEANING),
    _of_held_out("levels_a", "Cycle PSNR through 8 bits, A", "dB", 2, _LEVELS, _LEVELS_MEANING, optional=True),
    _of_held_out("levels_b", "Cycle PSNR through 8 bits, B", "dB", 2, _LEVELS, _LEVELS_MEANING, optional=True),
    _of_held_out("jpeg_a", "Cycle PSNR through JPEG, A", "dB", 2, _JPEG, _JPEG_MEANING),
    _of_held_out("jpeg_b", "Cycle PSNR through JPEG, B", "dB", 2, _JPEG, _JPEG_MEANING),
    _of_held_out("flip_ab", "Read as B", "%", 1, _READ, _READ_MEANING, from_zero=True),
    _of_held_out("flip_ba", "Read as A", "%", 1, _READ, _READ_MEANING, from_zero=True),
    _of_held_out(FLIPS, "Read as the other side", "%", 1, _READ, _READ_MEANING, from_zero=True, chooses_best=True),
    _of_held_out(
        "read_right",
        "Originals read rightly",
        "%",
        1,
        "How many held-out originals the reader takes for their own side",
        "percent of held-out originals that the reader takes for their own side: how far it can be trusted",
        from_zero=True,
    ),
    _of_held_out(
        "changed_a",
        "Change, A to B",
        "",
        4,
        "Mean absolute difference of a picture and its translation, in [-1, 1]",
        "mean absolute difference of pictures and their translations, in [-1, 1]; near 0 nothing is translated",
        from_zero=True,
    ),
    _of_held_out(
        "changed_b",
        "Change, B to A",
        "",
        4,
        "Mean absolute difference of a picture and its translation, in [-1, 1]",
        "mean absolute difference of pictures and their translations, in [-1, 1]; near 0 nothing is translated",
        from_zero=True,
    ),
)
CHARTS = (
    Chart(
        "flips",
        "Read as the other side",
        (
            "How many held-out pictures a simple reader, which learned on the training pictures and knows nothing of the model, "
            "takes for the other side once they are translated. The losses don't tell whether a CycleGAN gets better; this does"
        ),
        ("flip_ab", "flip_ba"),
        (FLIPS, "read_right"),
        shares_axis=True,
    ),
    Chart(
        "psnr",
        "Cycle PSNR",
        (
            "How close held-out pictures come to themselves once they are translated and translated back. Where it falls far "
            "through the 8 bits of a file, or through JPEG, translations hide their originals in differences that nobody sees"
        ),
        ("psnr_a", "psnr_b"),
        ("levels_a", "levels_b", "jpeg_a", "jpeg_b"),
        shares_axis=True,
    ),
    Chart(
        "adversarial",
        "Adversarial loss",
        "How far translated pictures are from passing as real: 0.25 where a discriminator can't decide. It won't fall to 0",
        ("gan_ab", "gan_ba"),
        shares_axis=True,
    ),
    Chart(
        "discriminator",
        "Discriminators' loss",
        "0.25 where a discriminator can't tell real pictures from translated ones, 0 where it always can",
        ("discriminator_a", "discriminator_b"),
        shares_axis=True,
    ),
    Chart(
        "cycle",
        "Cycle loss",
        "Mean absolute difference of a picture and what comes back of it, of values from -1 to 1",
        ("cycle_a", "cycle_b"),
        ("loss",),
        shares_axis=True,
    ),
    Chart(
        "identity",
        "Identity loss",
        "Mean absolute difference of a picture and what the generator into its own side makes of it, of values from -1 to 1",
        ("identity_a", "identity_b"),
        ("changed_a", "changed_b"),
        shares_axis=True,
    ),
)
_EVERY = {"batch_size": 2, "learning_rate": 2e-4, "lr_schedule": "late", "data.mirror": True}
_EAGER = {"learning_rate": 4e-4, "cycle_weight": 1.0, "identity_weight": 0.1}
"""Where there is time for thousands of pairs instead of hundreds of thousands: with the paper's weights it copies for longer."""
PRESETS = (
    Preset(
        "cyclegan",
        "CycleGAN",
        "A light one at 64 px: about 2 hours on two cores. Start here.",
        _EVERY | {"data.image_size": 64, "epochs": 20, "ema_decay": 0.998} | _EAGER,
        120.0,
    ),
    Preset(
        "cyclegan_paper",
        "As in the paper",
        "256 px and 9 blocks: for a graphics card; a processor takes weeks.",
        _EVERY
        | {
            "data.image_size": 256,
            "epochs": 200,
            "width": 64,
            "blocks": 9,
            "output": PLAIN,
            "upsampling": TRANSPOSED,
            "judge_width": 64,
            "judge_layers": 3,
            "epoch_pairs": 0,
        },
    ),
)
INSTEAD = "It turns pictures of one side into the other, without codes: main.py translate --checkpoint RUN --input PHOTO"


def sides_in(data: Mapping[str, Any]) -> tuple[str, str]:
    """What A and B are called, by the `data` of a checkpoint's header; A and B where it says nothing that makes sense."""
    match data.get(SIDES):
        case [str(first), str(second)] if first and second and first != second:
            return first, second
    return LETTERS


def _takes(settings: CycleGanSettings, shape: Shape) -> tuple[str, ...]:
    return ("a", "b")


def _problems(config: Any) -> Problems:
    wrong, doubtful = [], []
    own: CycleGanSettings = config.settings
    if config.data.image_size % STRIDE:
        text = "The picture size must be a multiple of {stride}, since a generator halves it twice."
        wrong.append(Problem("data.image_size", text, {"stride": str(STRIDE)}, "Choose 64 or 128, for example."))
    if config.data.image_size // 2**own.judge_layers < 4:
        text = "A discriminator of {layers} layers needs larger pictures."
        values = {"layers": str(own.judge_layers)}
        wrong.append(Problem("judge_layers", text, values, "Choose fewer layers, or a larger picture size."))
    if config.batch_size % 2:
        text = "A step takes as many pictures of A as of B, so the batch size must be even."
        wrong.append(Problem("batch_size", text, hint="Choose 2: one picture of each side."))
    if config.processes > 1:
        wrong.append(Problem("processes", "A CycleGAN trains in one process.", hint="Start it without torchrun."))
    if own.side_a.strip() and own.side_a.strip() == own.side_b.strip():
        text = "Both sides are {side}: there is nothing to translate."
        wrong.append(Problem("side_b", text, {"side": own.side_a.strip()}, "Name two kinds of pictures, or only one of them."))
    if config.batch_size > 16:
        text = "CycleGANs are trained with 1 to 8 pictures of each side; more of them take fewer, larger steps."
        doubtful.append(Problem("batch_size", text))
    if own.cycle_weight == 0.0:
        text = "Without the cycle nothing keeps the picture that is translated: any picture of the other side will do."
        doubtful.append(Problem("cycle_weight", text))
    if own.identity_weight == 0.0 and own.output != RESIDUAL:
        text = "Without the identity loss colours may turn into their opposites."
        doubtful.append(Problem("identity_weight", text))
    return Problems(tuple(wrong), tuple(doubtful))


def _epoch_pictures(config: Any, pictures: int) -> int:
    pairs = config.settings.epoch_pairs
    return min(2 * pairs, pictures) if pairs else pictures


def _line(train: Mapping[str, float], valid: Mapping[str, float], whole: Mapping[str, float]) -> str:
    return (
        f"read as the other side {valid['flip_ab']:.0f} % (A to B), {valid['flip_ba']:.0f} % (B to A)  "
        f"cycle psnr {valid['psnr_a']:.1f}, {valid['psnr_b']:.1f} dB  loss {train['loss']:.2f}  "
        f"discriminators {train['discriminator_a']:.2f}, {train['discriminator_b']:.2f}"
    )


def _about(settings: CycleGanSettings) -> tuple[str, ...]:
    named = [name or "the others" for name in (settings.side_a, settings.side_b)]
    sides = [" ⇄ ".join(named)] if settings.side_a or settings.side_b else []
    return (*sides, f"{settings.width} channels", f"{settings.blocks} blocks")


FAMILY = Family(
    name="cycle_gan",
    title="CycleGAN",
    help="Turns pictures of one kind into another and back (faces that don't smile into smiling ones), learned without pairs.",
    settings=CycleGanSettings,
    presets=PRESETS,
    metrics=METRICS,
    charts=CHARTS,
    rows=("a", "a_to_b", "a_back", "a_changed", "b", "b_to_a", "b_back", "b_changed"),
    home="core.families.cycle_gan.recipe",
    spaces=no_spaces,
    can=only_translates,
    takes=_takes,
    problems=_problems,
    sides=lambda settings: (settings.side_a, settings.side_b),
    epoch_pictures=_epoch_pictures,
    about=_about,
    line=_line,
    without=refused(INSTEAD),
    groups={"generators": "Generators", "discriminators": "Discriminators", "losses": "Losses"},
    series=("identity_weight", "0, 5"),
)
