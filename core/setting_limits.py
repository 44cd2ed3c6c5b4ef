"""What settings may be, by dotted path: words to choose from, numbers within bounds."""

from __future__ import annotations

from core.model_abilities import ABILITIES
from core.objective_abilities import OBJECTIVES

CHOICES: dict[str, tuple[str, ...]] = {
    "model.name": tuple(ABILITIES),
    "objective.name": tuple(OBJECTIVES),
    "objective.likelihood": ("gaussian", "bernoulli"),
    "objective.variance": ("fixed", "optimal"),
    "objective.beta_schedule": ("linear", "cyclical"),
    "lr_schedule": ("constant", "linear", "cosine"),
    "precision": ("auto", "fp32", "bf16"),
    "device": ("auto", "cpu", "cuda", "mps"),
    "preset": ("quick", "table1", "dsprites"),
}

KINDS: dict[type, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}

RANGES: dict[str, tuple[float, float]] = {  # inclusive
    "data.image_size": (32, 512),
    "data.channels": (1, 3),
    "data.limit": (0, 1e12),
    "data.valid_fraction": (0.01, 0.9),
    "data.split_seed": (0, 2**32 - 1),
    "model.latent_dim": (1, 4096),
    "model.kernel_size": (3, 4),
    "model.dropout": (0.0, 0.9),
    "model.hidden_units": (1, 8192),
    "model.hidden_layers": (1, 8),
    "objective.fixed_variance": (1e-6, 1e6),
    "objective.beta": (0.0, 1e6),
    "objective.beta_warmup_epochs": (0.0, 1e6),
    "objective.beta_cycles": (1, 10_000),
    "objective.free_bits": (0.0, 1e3),
    "objective.capacity": (0.0, 1e5),
    "objective.capacity_epochs": (0.0, 1e6),
    "objective.capacity_weight": (0.0, 1e6),
    "objective.gamma": (0.0, 1e6),
    "objective.discriminator_units": (1, 8192),
    "objective.discriminator_rate": (1e-8, 10.0),
    "objective.dip_weight": (0.0, 1e6),
    "epochs": (1, 1_000_000),
    "batch_size": (1, 65536),
    "learning_rate": (1e-8, 10.0),
    "whiten_every": (0, 1_000_000),
    "lr_warmup_epochs": (0.0, 1e6),
    "gradient_clip": (0.0, 1e9),
    "ema_decay": (0.0, 0.99999),
    "early_stopping": (0, 1_000_000),
    "seed": (0, 2**32 - 1),
    "threads": (0, 1024),
    "processes": (1, 64),
}
