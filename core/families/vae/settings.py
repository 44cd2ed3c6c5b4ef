"""The settings of a VAE, each defined once: the network, what is minimised, and how the latent's axes are turned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.families.vae.network_abilities import abilities
from core.families.vae.objective_abilities import objective_abilities
from core.setting import setting

VAMP = "vamp"  # the prior that is a mixture of posteriors
PRIOR_PICTURES = 500  # training pictures from which on a prior is learned: fewer tell nothing of where the codes of others lie


def _has_convolutions(config: Any) -> bool:
    return abilities(config.settings.model.name).convolutions


def _is_dense(config: Any) -> bool:
    return abilities(config.settings.model.name).dense


def _is_its_own(path: str) -> Callable[[Any], bool]:
    """Whether a setting belongs to the chosen objective only."""
    return lambda config: path in objective_abilities(config.settings.objective.name).settings


def _is_gaussian(config: Any) -> bool:
    likelihood: str = config.settings.objective.likelihood
    return likelihood == "gaussian"


def _has_fixed_variance(config: Any) -> bool:
    return _is_gaussian(config) and config.settings.objective.variance == "fixed"


def _has_beta(config: Any) -> bool:
    return objective_abilities(config.settings.objective.name).beta


def _has_free_bits(config: Any) -> bool:
    objective = config.settings.objective
    return objective_abilities(objective.name).free_bits or objective.free_bits > 0


def _may_turn(config: Any) -> bool:
    settings = config.settings
    is_still = objective_abilities(settings.objective.name).still_axes or settings.prior == VAMP
    return not is_still or settings.whiten_every > 0


def _has_pseudo_inputs(config: Any) -> bool:
    prior: str = config.settings.prior
    return prior == VAMP


def _is_cyclical(config: Any) -> bool:
    return _has_beta(config) and config.settings.objective.beta_schedule == "cyclical"


def _is_linear(config: Any) -> bool:
    return _has_beta(config) and config.settings.objective.beta_schedule == "linear"


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """The network."""

    name: str = setting(
        "conv_vae",
        "Network",
        (
            "The convolutional network is that of the course assignment. With a linear shortcut around it, the latent also sees "
            "and paints a coarse picture directly: pictures come out sharper in the same time, and the file "
            "is larger. Burgess is the small network of the papers on disentangling, for pictures of 32 or 64"
            " px. Fruit is that of the course's report on fruit, for 100 px; nearly all of its weights lie in its "
            "linear layers. The fully connected one is for digits; conditional, it is also told each picture's class "
            "and can be asked for pictures of one."
        ),
        group="network",
        choices={
            "conv_vae": "Convolutional (Table 1 of the course)",
            "skip_vae": "Convolutional with a linear shortcut",
            "burgess_vae": "Burgess",
            "fruit_vae": "Fruit (course)",
            "mlp_vae": "Fully connected",
            "conditional_vae": "Conditional",
        },
        fixed="network",
        telling=True,
    )
    latent_dim: int = setting(
        128,
        "Latent size",
        (
            "How many numbers describe a picture, and how many sliders there can be. Fewer give simpler, "
            "blurrier pictures; of too many most stay unused."
        ),
        low=1,
        high=4096,
        step=16,
        fixed="latent size",
        telling=True,
        option="--latent-dim",
    )
    hidden_layers: int = setting(
        2,
        "Hidden layers",
        (
            "How many layers lie between picture and latent, and as many back. Two are enough for digits; "
            "more where the training reconstructions stay blurred."
        ),
        group="network",
        low=1,
        high=8,
        fixed="hidden layers",
        shown=_is_dense,
    )
    hidden_units: int = setting(
        512,
        "Hidden units",
        ("Width of each hidden layer. Wider learns finer strokes and takes longer; narrower where it memorises its few pictures."),
        group="network",
        unit="units",
        low=1,
        high=8192,
        step=64,
        fixed="hidden units",
        shown=_is_dense,
    )
    dropout: float = setting(
        0.0,
        "Dropout",
        ("Share of channels left out at random in training. A little helps when validation gets worse than training."),
        group="network",
        low=0.0,
        high=0.9,
        step=0.05,
        inherited=True,
        shown=_has_convolutions,
    )
    kernel_size: int = setting(
        4,
        "Kernel size",
        "Side of each convolution, in pixels. 4 avoids the chequered pattern that 3 can leave.",
        group="network",
        low=3,
        high=4,
        choices={"4": "4 × 4", "3": "3 × 3"},
        fixed="kernel size",
        shown=_has_convolutions,
    )


@dataclass(frozen=True, slots=True)
class ObjectiveConfig:
    """What is minimised."""

    name: str = setting(
        "beta_vae",
        "Objective",
        (
            "What is added to the reconstruction. The VAE has the KL term, weighted with beta: the usual one. The others are"
            " for latents whose dimensions are to mean one thing each: beta-TCVAE and FactorVAE penalise the "
            "total correlation alone and keep sharper pictures, annealed capacity lets factors in one by one,"
            " DIP-VAE draws covariances to zero."
        ),
        group="latent",
        choices={
            "beta_vae": "VAE (beta-VAE unless beta is 1)",
            "capacity_vae": "Annealed capacity",
            "beta_tcvae": "Beta-TCVAE",
            "factor_vae": "FactorVAE",
            "dip_vae_i": "DIP-VAE-I",
            "dip_vae_ii": "DIP-VAE-II",
        },
        inherited=True,
        telling=True,
        paces=True,
    )
    capacity: float = setting(
        25.0,
        "Capacity",
        (
            "How many nats of KL the latent is led to. 25 for dSprites, as in the paper; more where "
            "reconstructions stay blurred at the end, less where dimensions mix."
        ),
        group="latent",
        unit="nats",
        low=0.0,
        high=100000.0,
        inherited=True,
        shown=_is_its_own("objective.capacity"),
    )
    capacity_epochs: float = setting(
        10.0,
        "Capacity grows over",
        (
            "The capacity grows from 0 over that many epochs. Longer lets factors in one after the other; the"
            " paper takes 100,000 steps, which are 9 epochs of all of dSprites."
        ),
        group="latent",
        unit="epochs",
        low=0.0,
        high=1000000.0,
        shown=_is_its_own("objective.capacity_epochs"),
    )
    capacity_weight: float = setting(
        1000.0,
        "Capacity weight",
        (
            "Weight of the KL's distance from the capacity (gamma in the paper). Lower it where the KL in the"
            " curves leaps around the capacity; raise it where the KL doesn't follow."
        ),
        group="latent",
        low=0.0,
        high=1000000.0,
        step=100,
        inherited=True,
        shown=_is_its_own("objective.capacity_weight"),
    )
    gamma: float = setting(
        35.0,
        "Gamma (γ)",
        (
            "Weight of FactorVAE's total correlation, beside beta on the KL, which the paper leaves at 1. "
            "Above 10 for tidy dimensions; the paper's best on dSprites is 35. Lower it where reconstructions"
            " suffer."
        ),
        group="latent",
        low=0.0,
        high=1000000.0,
        inherited=True,
        shown=_is_its_own("objective.gamma"),
    )
    discriminator_units: int = setting(
        1000,
        "Discriminator width",
        (
            "Units in each of the six hidden layers of FactorVAE's discriminator, 1,000 in the paper. Fewer "
            "train faster on a processor and tell the total correlation less exactly."
        ),
        group="latent",
        unit="units",
        low=1,
        high=8192,
        step=100,
        inherited=True,
        shown=_is_its_own("objective.discriminator_units"),
    )
    discriminator_rate: float = setting(
        0.0001,
        "Discriminator rate",
        (
            "Learning rate of FactorVAE's discriminator. Raise it where the total correlation stays at 0 from"
            " the start: then the discriminator can't keep up with the encoder."
        ),
        group="latent",
        low=1e-08,
        high=10.0,
        step=0,
        inherited=True,
        shown=_is_its_own("objective.discriminator_rate"),
    )
    dip_weight: float = setting(
        10.0,
        "DIP weight",
        (
            "Weight of the covariances between the latent's dimensions. More draws them further apart, at the"
            " cost of the reconstruction; the paper tries 1 to 500."
        ),
        group="latent",
        low=0.0,
        high=1000000.0,
        inherited=True,
        shown=_is_its_own("objective.dip_weight"),
    )
    likelihood: str = setting(
        "gaussian",
        "Likelihood",
        ("How a pixel is thought to spread around its reconstruction. Gaussian suits photos, Bernoulli black-and-white drawings."),
        group="reconstruction",
        choices={"gaussian": "Gaussian", "bernoulli": "Bernoulli"},
        fixed="likelihood",
        telling=True,
    )
    variance: str = setting(
        "fixed",
        "Variance",
        (
            "The variance of the Gaussian. Optimal follows the reconstruction error (sigma-VAE) and balances "
            "reconstruction and KL by itself; fixed is the classic one."
        ),
        group="reconstruction",
        choices={"optimal": "Optimal", "fixed": "Fixed"},
        inherited=True,
        enabled=_is_gaussian,
    )
    fixed_variance: float = setting(
        1.0,
        "Fixed variance",
        ("The variance of a pixel, on pixels scaled to variance 1. Smaller gives sharper pictures and a larger KL."),
        group="reconstruction",
        low=1e-06,
        high=1000000.0,
        step=0.1,
        inherited=True,
        enabled=_has_fixed_variance,
    )
    beta: float = setting(
        1.0,
        "Beta (β)",
        (
            "Weight of the KL term, of beta-TCVAE's total correlation alone. Above 1 the dimensions get "
            "tidier and the pictures blurrier; below 1 the pictures get sharper and samples worse."
        ),
        low=0.0,
        high=1000000.0,
        step=0.1,
        inherited=True,
        telling=True,
        option="--beta",
        enabled=_has_beta,
    )
    beta_schedule: str = setting(
        "linear",
        "Beta schedule",
        (
            "How beta comes to its full value. Linear: once, over the warm-up below. Cyclical: from 0 again "
            "and again, which makes inactive dimensions active; try it where few are active."
        ),
        group="latent",
        choices={"linear": "Linear", "cyclical": "Cyclical"},
        enabled=_has_beta,
    )
    beta_warmup_epochs: float = setting(
        0.0,
        "Beta warm-up",
        ("Beta grows from 0 over that many epochs. Keeps dimensions from going silent at the start; 0 starts with all of it."),
        group="latent",
        unit="epochs",
        low=0.0,
        high=1000000.0,
        zero="Off",
        enabled=_is_linear,
    )
    beta_cycles: int = setting(
        4,
        "Beta cycles",
        (
            "How many cycles the run has. In the first half of each beta grows from 0 to its full value, in "
            "the second it stays there. More for longer runs; a cycle should last several epochs."
        ),
        group="latent",
        low=1,
        high=10000,
        enabled=_is_cyclical,
    )
    free_bits: float = setting(
        0.0,
        "Free bits",
        (
            "So many nats of KL in each dimension cost nothing, so that no dimension is made inactive. "
            "Try 0.05 to 0.5 where few dimensions are active; samples may get worse. The KL in the curves "
            "stays the true one."
        ),
        group="latent",
        unit="nats",
        low=0.0,
        high=1000.0,
        step=0.05,
        zero="Off",
        inherited=True,
        enabled=_has_free_bits,
    )


@dataclass(frozen=True, slots=True)
class VaeSettings:
    """All of them."""

    model: ModelConfig = field(default_factory=ModelConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    whiten_every: int = setting(
        0,
        "Turn latent axes",
        (
            "Every so many epochs, the last included, the latent's axes are turned to where the codes lie; "
            "reconstructions stay the same. Samples soon look like the data and the first dimensions tell the"
            " most. The course's own way is never."
        ),
        group="latent",
        unit="epochs",
        low=0,
        high=1000000,
        zero="Never",
        enabled=_may_turn,
    )
    prior: str = setting(
        "normal",
        "Prior",
        (
            "Where samples are drawn from. N(0, I) is what training assumes; much of it lies between pictures, so that samples are "
            "blends of several. Learned: at the run's end a second, small VAE learns where the pictures' codes really lie, in a "
            "minute or two. Nothing else changes by it. VampPrior: learned all along, as a mixture of the codes of made-up "
            "pictures, the pseudo-inputs; it takes the place of N(0, I) in training, too."
        ),
        group="latent",
        choices={"normal": "N(0, I)", "learned": "Learned at the end", VAMP: "VampPrior"},
        may_change=True,
        lasting=(VAMP,),
    )
    pseudo_inputs: int = setting(
        64,
        "Pseudo-inputs",
        (
            "How many made-up pictures the VampPrior is a mixture of. Each is encoded in every step, so that as many as the batch "
            "size double the encoder's work; the paper takes 500 for digits. More where samples look too much alike."
        ),
        group="latent",
        low=1,
        high=1000,
        step=16,
        inherited=True,
        shown=_has_pseudo_inputs,
        paces=True,
    )
    pseudo_inputs_start: str = setting(
        "pictures",
        "Pseudo-inputs start as",
        (
            "What the pseudo-inputs are at first. Training pictures, chosen by chance, mean something from the first step on, and "
            "are soon others than those. Dark noise shows nobody: the paper's own way, which takes longer."
        ),
        group="latent",
        choices={"pictures": "Training pictures", "noise": "Dark noise"},
        inherited=True,
        shown=_has_pseudo_inputs,
    )
    sharpen_epochs: int = setting(
        0,
        "Sharpening",
        (
            "So many epochs after the others in which only the decoder goes on learning: to be taken for a photo by a "
            "second network that judges patches of its pictures. Codes, sliders and directions stay what they are. Such an "
            "epoch takes nearly three times as long as the others. Too many, and it invents details."
        ),
        group="reconstruction",
        unit="epochs",
        low=0,
        high=100000,
        zero="Not at all",
        may_change=True,
        shown=_is_gaussian,
    )
