"""The losses of a CycleGAN (Zhu et al., arXiv 1703.10593, sections 3 and 5.2), each as the paper writes it.

The adversarial one is of least squares (Mao et al., arXiv 1611.04076) instead of a logarithm. Pictures are in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from core.families.cycle_gan.networks import CycleGan

Network = Callable[[Tensor], Tensor]


def adversarial(scores: Tensor) -> Tensor:
    """What a generator minimises of its pictures' scores: their mean square distance from 1, real."""
    return (scores - 1.0).square().mean()


def discriminating(of_real: Tensor, of_translated: Tensor) -> Tensor:
    """What a discriminator minimises: real pictures' scores shall be 1, translated ones' 0. Half of the sum: it learns slower."""
    return 0.5 * ((of_real - 1.0).square().mean() + of_translated.square().mean())


def distance(x: Tensor, y: Tensor) -> Tensor:
    """Mean absolute difference: of the cycle, ||F(G(x)) - x||_1, and of the identity, ||G(y) - y||_1."""
    return (x - y).abs().mean()


def forward_pass(networks: CycleGan, a: Tensor, b: Tensor, *, has_identity: bool) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """What the generators are to minimise, for pictures of both sides.

    A generator sees what it translates and what it shall leave alone in one batch, which is quicker; instance normalisation
    keeps pictures apart.

    Args:
        networks: all four.
        a: pictures of side A, (n, C, H, W) in [-1, 1].
        b: of side B, (m, C, H, W).
        has_identity: whether generators also see pictures of their own goal.

    Returns:
        terms: `gan_ab`, `gan_ba`, `cycle_a`, `cycle_b`, and perhaps `identity_a`, `identity_b`, without their weights.
        as_b: A as B, (n, C, H, W).
        as_a: B as A, (m, C, H, W).
    """
    as_b, same_b = _in_one(networks.to_b, a, b if has_identity else None)
    as_a, same_a = _in_one(networks.to_a, b, a if has_identity else None)
    terms = {
        "gan_ab": adversarial(networks.real_b(as_b)),
        "gan_ba": adversarial(networks.real_a(as_a)),
        "cycle_a": distance(networks.to_a(as_b), a),
        "cycle_b": distance(networks.to_b(as_a), b),
    }
    if same_a is not None and same_b is not None:
        terms |= {"identity_a": distance(same_a, a), "identity_b": distance(same_b, b)}
    return terms, as_b, as_a


def _in_one(generator: Network, source: Tensor, goal: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """What a generator makes of pictures that it translates, and of some that are of its goal already."""
    if goal is None:
        return generator(source), None
    both = generator(torch.cat((source, goal)))
    return both[: len(source)], both[len(source) :]


def total(terms: dict[str, Tensor], cycle_weight: float, identity_weight: float) -> Tensor:
    """The full objective: both adversarial terms, the cycles', and the identities', with their weights."""
    loss = terms["gan_ab"] + terms["gan_ba"] + cycle_weight * (terms["cycle_a"] + terms["cycle_b"])
    if "identity_a" in terms:
        loss = loss + identity_weight * (terms["identity_a"] + terms["identity_b"])
    return loss
