"""The family of VAEs, as the program asks for it before torch is loaded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from core.families.base import (
    VALID,
    VECTOR,
    WHOLE,
    Can,
    Chart,
    CodeSpace,
    Completion,
    Family,
    Metric,
    Phase,
    Preset,
    Shape,
)
from core.families.metrics import OBJECT_PSNR, PSNR
from core.families.vae.network_abilities import abilities
from core.families.vae.objective_abilities import objective_abilities
from core.families.vae.settings import PRIOR_PICTURES, VAMP, VaeSettings
from core.families.vae.weights import weights
from core.problems import Problem, Problems

_of_reconstructions = partial(Metric, where=VALID, from_zero=True, optional=True)
METRICS = (
    Metric("loss", "Loss", "nats per image", lower_is_better=True),
    Metric(
        "reconstruction",
        "Reconstruction",
        "nats per image",
        lower_is_better=True,
        meaning="-log p(x|z), nats per picture: lower is closer; a density, so with a Gaussian likelihood it may fall below 0",
    ),
    Metric(
        "kl", "KL", "nats per image", meaning="KL of q(z|x) from the prior, nats per picture: how much the codes tell of a picture"
    ),
    Metric(
        "elbo",
        "ELBO",
        "nats per image",
        lower_is_better=False,
        chooses_best=True,
        bounds_likelihood=True,
        of=lambda part: -(part["reconstruction"] + part["kl"]),
        digits=1,
        meaning="nats per picture: -(reconstruction + KL), whatever beta is; a lower bound of log p(x), higher is better",
    ),
    replace(PSNR, meaning="dB, of pictures reconstructed from their codes, without noise; higher is closer"),
    OBJECT_PSNR,
    Metric(
        "total_correlation",
        "Total correlation",
        "nats",
        optional=True,
        meaning="nats, as the objective estimates it: KL(q(z) || product of q(z_j)); 0 = independent dimensions",
    ),
    Metric(
        "active_units",
        "Active units",
        "dimensions",
        where=WHOLE,
        from_zero=True,
        whole_numbers=True,
        meaning="dimensions whose posterior mean varies over the pictures (variance above 0.01; arXiv 1509.00519)",
    ),
    Metric("beta", "Beta", where=WHOLE),
    _of_reconstructions(
        "detail",
        "Fine detail, over the pictures'",
        digits=2,
        help="How much fine structure reconstructions have: 1 = as much as the pictures",
        meaning="reconstructions' fine structure (difference of Gaussians, 0.7 and 2 pixels) over the pictures'; 1 = as sharp",
    ),
    _of_reconstructions(
        "detail_correlation",
        "Correlation of fine detail",
        lower_is_better=False,
        digits=2,
        help="Correlation of that fine structure with the pictures' own: 1 = the same, 0 = invented",
        meaning="correlation of reconstructions' fine structure with the pictures'; 1 = the same, 0 = invented",
    ),
    _of_reconstructions(
        "detail_error",
        "Error of fine detail",
        lower_is_better=True,
        digits=3,
        help="How far the strength of fine structure, place by place, is from the pictures'",
        meaning="how far the strength of fine structure is from the pictures', place by place, as a share of it; lower is better",
    ),
    Metric("kl_per_dim", "KL per dimension", "nats", where=VALID, per_axis=True),
)
CHARTS = (
    Chart(
        "loss",
        "Loss",
        (
            "What is minimised: reconstruction and KL, in nats per picture. Reconstruction is minus the log of a density: lower is "
            "better, and with a Gaussian likelihood it may fall below 0"
        ),
        ("reconstruction", "kl"),
        ("psnr", "psnr_object"),
    ),
    Chart("elbo", "ELBO", "Minus reconstruction minus KL, whatever beta is: the higher the better", ("elbo",)),
    Chart(
        "kl_per_dim",
        "KL per dimension",
        (
            "What each latent dimension tells of a validation picture, in nats: which become active, and when. With a VampPrior it "
            "is each one's KL from its own marginal of the prior, and they don't add up to the KL"
        ),
        ("kl_per_dim",),
    ),
    Chart(
        "active_units",
        "Active units",
        (
            "How many dimensions have a mean code that varies over the validation pictures, with a variance above 0.01 (Burda et "
            "al., arXiv 1509.00519)"
        ),
        ("active_units",),
    ),
    Chart(
        "total_correlation",
        "Total correlation",
        "How much the latent's dimensions tell of one another, in nats, as the objective estimates it; 0 = nothing",
        ("total_correlation",),
    ),
    Chart(
        "detail",
        "Fine detail",
        (
            "How much fine structure reconstructions of validation pictures have, as a share of the pictures' own, and how much of "
            "it is true: where the first grows and the second falls, details are invented"
        ),
        ("detail", "detail_correlation"),
        ("detail_error",),
    ),
)
PRESETS = (
    Preset(
        "quick",
        "Quick",
        "A good model in about 15 minutes. Start here.",
        {
            "data.mirror": True,
            "epochs": 25,
            "batch_size": 32,
            "learning_rate": 0.0015,
            "whiten_every": 1,
            "prior": "learned",
            "lr_schedule": "cosine",
        },
        minutes=15.0,
    ),
    Preset(
        "sharp",
        "Sharp",
        (
            "Sharper pictures than Quick's, in about twice its time. It trains as Quick does; then, for half as many epochs "
            "more, the decoder alone learns to paint as sharply as the pictures are, judged by a second network. The coach "
            "says when it begins to invent."
        ),
        {
            "model.name": "skip_vae",
            "data.mirror": True,
            "epochs": 25,
            "sharpen_epochs": 12,
            "batch_size": 32,
            "learning_rate": 0.0015,
            "whiten_every": 1,
            "prior": "learned",
            "lr_schedule": "cosine",
        },
        minutes=30.0,
    ),
    Preset(
        "table1",
        "Table 1 (course)",
        "The course's network and settings, word for word. It takes hours.",
        {"model.dropout": 0.1, "epochs": 1000, "batch_size": 128, "learning_rate": 0.0005},
    ),
    # 28 epochs over 95 % of all 737,280 pictures are 306,000 steps; the papers take 300,000.
    Preset(
        "dsprites",
        "dSprites",
        (
            "What the papers on disentangling train: ten dimensions, batches of 64, for grey pictures of 64 px. "
            "300,000 steps are for a graphics card."
        ),
        {
            "data.image_size": 64,
            "data.channels": 1,
            "data.valid_fraction": 0.05,
            "model.name": "burgess_vae",
            "model.latent_dim": 10,
            "objective.likelihood": "bernoulli",
            "objective.beta": 4.0,
            "epochs": 28,
            "batch_size": 64,
            "learning_rate": 0.0001,
        },
    ),
    # The loss is the report's, summed squared error plus KL, times a factor: on standardised pixels, with a variance of 0.5 both
    # weigh the same; 0.05 learns colours in half the steps. Codes then lie unlike N(0, I), whose every sample is the mean fruit:
    # turned axes make samples fruit while it learns (8 s of a core each time, of 2,048 axes), and a learned prior at the end.
    Preset(
        "fruit",
        "Fruit (course)",
        (
            "The network of the course's report that invents fruit, for pictures of 100 px on white. Its 54 million weights "
            "take half an hour, 3 GB of memory, and files of 860 MB."
        ),
        {
            "data.image_size": 100,
            "data.mirror": True,
            "model.name": "fruit_vae",
            "model.latent_dim": 2048,
            "objective.fixed_variance": 0.05,
            "whiten_every": 5,
            "prior": "learned",
            "epochs": 40,
            "batch_size": 32,
            "learning_rate": 0.001,
            "lr_schedule": "cosine",
            "save_minutes": 2.0,
        },
        minutes=30.0,
    ),
)

# What `quick` trains on sprites and digits. Turning the axes would undo that single dimensions stand for single
# factors. At first a run learns only the mean picture (a KL of 0.02), for some hundred steps, depending on the seed:
# beta grows over the first half of the run, and `core.data.sources.epochs_for` makes it long enough.
_BURGESS = {
    "model.name": "burgess_vae",
    "model.latent_dim": 10,
    "objective.beta_schedule": "cyclical",
    "objective.beta_cycles": 1,
    "whiten_every": 0,
    "epochs": 10,
}
SMALLEST = 32  # pixels: the smallest side that the program takes, for sentences

_NETWORKS: Mapping[str, Mapping[str, Any]] = {
    "sprites": _BURGESS,
    "dsprites": _BURGESS,
    "mnist": {"model.name": "mlp_vae", "model.latent_dim": 10, "whiten_every": 0},
}


def _spaces(settings: VaeSettings, shape: Shape) -> Mapping[str, CodeSpace]:
    return {"z": CodeSpace(VECTOR, (settings.model.latent_dim,))}


def _can(settings: VaeSettings, shape: Shape) -> frozenset[Can]:
    always = {Can.ENCODE, Can.DECODE, Can.SAMPLE, Can.LIKELIHOOD, Can.TURN_AXES, Can.DIRECTIONS, Can.MOVE}
    return frozenset(always | ({Can.CLASSES} if abilities(settings.model.name).conditional else set()))


def _takes(settings: VaeSettings, shape: Shape) -> tuple[str, ...]:
    return ("picture", "class") if abilities(settings.model.name).conditional else ("picture",)


def _problems(config: Any) -> Problems:
    return Problems(tuple(_wrong(config)), tuple(_doubtful(config)))


def _wrong(config: Any) -> Iterator[Problem]:
    size, settings = config.data.image_size, config.settings
    network, objective = settings.model.name, settings.objective
    sizes, step = abilities(network).sizes, abilities(network).step
    if size % step:
        near = max(SMALLEST, round(size / step) * step)
        text = "{size} px is no multiple of {step}; {near} is the nearest."
        values = {"size": f"{size}", "step": f"{step}", "near": f"{near}"}
        finest = abilities("fruit_vae").step
        other = "" if size % finest or network == "fruit_vae" else ", or model.name to fruit_vae"
        yield Problem("data.image_size", text, values, f"Set data.image_size to {near}{other}.")
    elif sizes and size not in sizes:
        text = "{network} is made for pictures of {sizes} px, not of {size} px."
        values = {"network": network, "sizes": " or ".join(map(str, sizes)), "size": f"{size}"}
        yield Problem("data.image_size", text, values, f"Use --image-size {sizes[-1]}, or another model.name.")
    if settings.sharpen_epochs and settings.objective.likelihood != "gaussian":
        text = "Sharpening needs a Gaussian likelihood: black-and-white pictures have no shades to lose."
        yield Problem("sharpen_epochs", text, {}, "Use --set sharpen_epochs=0, or objective.likelihood=gaussian.")
    able = objective_abilities(objective.name)
    if settings.whiten_every and able.still_axes:
        text = "{objective} gives each of the latent's axes its meaning, which turning them would destroy."
        yield Problem("whiten_every", text, {"objective": objective.name}, "Use --set whiten_every=0.")
    if settings.prior == VAMP:
        yield from _wrong_with_vamp_prior(settings)
    if objective.free_bits and not able.free_bits:
        text = "{objective} has no KL term, so free bits mean nothing."
        yield Problem("objective.free_bits", text, {"objective": objective.name}, "Use --set objective.free_bits=0.")


def _wrong_with_vamp_prior(settings: VaeSettings) -> Iterator[Problem]:
    network, objective = settings.model.name, settings.objective
    if not objective_abilities(objective.name).any_prior:
        text = "A VampPrior is learned with the objective beta_vae; {objective} is about N(0, I)."
        yield Problem("prior", text, {"objective": objective.name}, "Use --set objective.name=beta_vae, or --set prior=normal.")
    if abilities(network).conditional:
        text = "A VampPrior's pseudo-inputs have no class, which {network} is told of each picture."
        yield Problem("prior", text, {"network": network}, "Use another model.name, or --set prior=normal.")
    if settings.whiten_every:
        text = "Turned axes make the codes fit N(0, I), but a VampPrior fits the codes by itself: never turn them (0)."
        yield Problem("whiten_every", text, {}, "Use --set whiten_every=0, or --set prior=normal.")
    if objective.free_bits:
        text = "Free bits are of each dimension's own KL, and a VampPrior's KL is no sum of those."
        yield Problem("objective.free_bits", text, {}, "Use --set objective.free_bits=0, or --set prior=normal.")


def _doubtful(config: Any) -> Iterator[Problem]:
    objective = config.settings.objective
    if objective.beta_schedule == "linear":
        if objective.beta_warmup_epochs >= config.epochs:
            yield Problem("objective.beta_warmup_epochs", "The run ends before beta has grown to its full value.")
        return
    cycle = config.epochs / objective.beta_cycles
    if cycle < 2:
        text = "A cycle lasts less than two epochs: take fewer cycles or more epochs."
        yield Problem("objective.beta_cycles", text)
    if 0 < config.early_stopping < cycle:
        text = "A cycle of beta lasts {cycle} epochs: the run may end within one."
        yield Problem("early_stopping", text, {"cycle": f"{cycle:.3g}"})


SHARPENING = "sharpening"
# Times as long as an epoch of training, validation included: processor time of the recipe's own steps on one core of an AMD EPYC.
# A step alone takes 3.1 to 3.3 times as long, with `conv_vae` at 64 px and with `skip_vae` at 64 and 128 px.
SHARPENING_PACE = 2.8


def _phases(config: Any) -> tuple[Phase, ...]:
    sharpen = config.settings.sharpen_epochs
    if not sharpen:
        return (Phase("", "", config.epochs),)
    # The first has no name, as the only phase of older runs, which a second one can be added to.
    return Phase("", "training", config.epochs), Phase(
        SHARPENING, "sharpening", sharpen, best="detail_error", setting="sharpen_epochs", pace=SHARPENING_PACE
    )


def _patience_from(config: Any) -> int:
    """Epochs of beta's linear warm-up don't count: while the KL term is weak, the ELBO gets worse for a temporary reason."""
    objective = config.settings.objective
    return math.ceil(objective.beta_warmup_epochs) if objective.beta_schedule == "linear" else 0


def _suits(kind: str, preset: str) -> Mapping[str, Any]:
    """`table1` keeps its likelihood and its network, which the assignment prescribes, and `sharp` those that it needs."""
    if kind not in _NETWORKS or preset in ("table1", "sharp"):
        return {}
    return {"objective.likelihood": "bernoulli"} | (dict(_NETWORKS[kind]) if preset == "quick" else {})


def _implies(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Only the linear schedule of beta has a warm-up; no axes turn under a VampPrior."""
    implied: dict[str, Any] = {"objective.beta_schedule": "linear"} if "objective.beta_warmup_epochs" in given else {}
    return implied | ({"whiten_every": 0} if given.get("prior") == VAMP else {})


def _about(settings: VaeSettings) -> tuple[str, ...]:
    words = (f"latent {settings.model.latent_dim}", f"beta {settings.objective.beta:g}")
    return (*words, f"{settings.pseudo_inputs} pseudo-inputs") if settings.prior == VAMP else words


def _of_object(valid: Mapping[str, float]) -> str:
    return f"without white {valid['psnr_object']:.2f} dB  " if "psnr_object" in valid else ""


def _line(train: Mapping[str, float], valid: Mapping[str, float], whole: Mapping[str, float]) -> str:
    return (
        f"reconstruction {train['reconstruction']:.1f} | {valid['reconstruction']:.1f}  "
        f"kl {train['kl']:.1f} | {valid['kl']:.1f} nats (training | validation)  "
        f"psnr {valid['psnr']:.2f} dB  {_of_object(valid)}active {whole['active_units']:.0f}"
    )


LEARNING_PRIOR = Completion(
    "Learning where the pictures' codes lie, for samples. It takes a minute or two.",
    "Stopped before its prior was learned: samples are drawn from N(0, I). Its menu in the list of runs learns it later, as does "
    "the command prior.",
    "It has no learned prior: its samples are drawn from N(0, I) and may be less like the pictures.",
    "a prior for samples",
    PRIOR_PICTURES,
)


def _completes(config: Any) -> Completion | None:
    return LEARNING_PRIOR if config.settings.prior == "learned" else None


FAMILY = Family(
    name="vae",
    title="VAE",
    help="Encodes a picture as a few numbers that are normally distributed, and decodes them: the family to begin with.",
    settings=VaeSettings,
    presets=PRESETS,
    metrics=METRICS,
    charts=CHARTS,
    rows=("originals", "reconstructions", "samples"),
    home="core.families.vae.recipe",
    spaces=_spaces,
    can=_can,
    takes=_takes,
    problems=_problems,
    phases=_phases,
    completes=_completes,
    may_learn_prior=lambda config: config.settings.prior != VAMP,  # its own is N(0, I), or was learned already
    patience_from=_patience_from,
    suits=_suits,
    implies=_implies,
    # The latent's axes keep their meaning and aren't turned: a few pictures can't tell where codes lie. Beta has its
    # full value at once: a warm-up is for untrained networks.
    fine_tuning={"objective.beta_schedule": "linear", "whiten_every": 0},
    line=_line,
    about=_about,
    weights=weights,
    groups={
        "reconstruction": "Reconstruction",
        "latent": "KL term and latent",
        "network": "Network and regularisation",
    },
    series=("objective.beta", "1, 4, 8"),
)
