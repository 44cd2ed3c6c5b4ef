"""What all networks with a Gaussian latent share: standardised pixels, bounded variances, a latent whose axes can be turned."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.families.vae.networks.base import LatentModule, LatentSpec
from core.families.vae.networks.mixture import mixture_of

LOG_VAR_BOUND = 10.0


def bounded(log_var: Tensor) -> Tensor:
    """The log-variance bounded smoothly to +-10, in float32, so that nothing overflows; near 0 it is unchanged."""
    return LOG_VAR_BOUND * torch.tanh(log_var.float() / LOG_VAR_BOUND)


class GaussianVAE(LatentModule):
    """The base of the networks: linear layers `to_mean` and `to_log_var` end the encoder, and one begins the decoder.

    A subclass defines those (the decoder's is the first layer of `from_latent`), and `encode` and `decode_raw`.

    Args:
        spec: sizes.
        likelihood: "gaussian" (`decode_raw` gives standardised pixels) or "bernoulli" (logits).
    """

    to_mean: nn.Linear
    to_log_var: nn.Linear
    from_latent: nn.Sequential

    def __init__(self, spec: LatentSpec, likelihood: str) -> None:
        super().__init__()
        self.spec = spec
        self.likelihood = likelihood
        channels = spec.image_shape[0]
        # The assignment's "Normalize": the training pictures' mean and standard deviation, kept with the weights.
        self.register_buffer("pixel_mean", torch.full((channels,), 0.5))
        self.register_buffer("pixel_std", torch.full((channels,), 0.25))

    def standardise(self, x: Tensor) -> Tensor:
        """Pixels in [0, 1] -> zero mean and unit variance over the training pictures, (B, C, H, W)."""
        return (x - self.pixel_mean[:, None, None]) / self.pixel_std[:, None, None]

    def as_compared(self, x: Tensor) -> Tensor:
        """Pixels in [0, 1] on the objective's scale: unchanged for Bernoulli, else standardised."""
        return x if self.likelihood == "bernoulli" else self.standardise(x)

    def to_pixels(self, raw: Tensor) -> Tensor:
        """The network's output as pictures in [0, 1], clamped."""
        if self.likelihood == "bernoulli":
            return torch.sigmoid(raw)
        return (raw * self.pixel_std[:, None, None] + self.pixel_mean[:, None, None]).clamp(0.0, 1.0)

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (B, D) -> pictures (B, C, H, W) in [0, 1]."""
        return self.to_pixels(self.decode_raw(z, labels).float())

    @torch.no_grad()
    def change_latent_basis(self, shift: Tensor, to_new: Tensor, to_old: Tensor, log_var: Tensor) -> list[nn.Parameter]:
        """See LatentModule."""
        first = self.from_latent[0]
        assert isinstance(first, nn.Linear)
        weight = first.weight[:, : self.spec.latent_dim]  # a conditional model appends the classes to the latent
        first.bias.add_(weight @ shift)
        weight.copy_(weight @ to_old)
        self.to_mean.bias.copy_(to_new @ (self.to_mean.bias - shift))
        self.to_mean.weight.copy_(to_new @ self.to_mean.weight)
        self.to_log_var.weight.zero_()
        share = (log_var / LOG_VAR_BOUND).clamp(-0.999, 0.999)
        self.to_log_var.bias.copy_(LOG_VAR_BOUND * torch.atanh(share))
        return [*first.parameters(), *self.to_mean.parameters(), *self.to_log_var.parameters()]

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes from the prior, N(0, I) or the VampPrior, (count, D)."""
        device = self.pixel_mean.device
        noise = torch.randn((count, self.spec.latent_dim), generator=generator, device=device)
        prior = mixture_of(self)
        if prior is None:
            return noise
        return prior.at(torch.randint(len(prior.mean), (count,), generator=generator, device=device), noise)
