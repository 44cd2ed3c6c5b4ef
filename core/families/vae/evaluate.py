"""One pass over held-out pictures in evaluation mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from core.data.dataset import batch as read_batch
from core.data.lazy_rows import Pictures
from core.device import Compute
from core.families.base import Elapsed
from core.families.metrics import OBJECT_PSNR
from core.families.vae.networks.base import LatentModule
from core.families.vae.networks.mixture import mixture_of
from core.families.vae.objectives.base import ObjectiveModule
from core.metrics import reconstruction
from core.metrics.fine_detail import DetailSums, FineDetail
from core.metrics.latent import active_units
from core.metrics.log_likelihood import bound, log_weights
from core.progress import Progress, silent
from core.training.batches import BATCH, rounded, to_classes, to_input
from core.training.recipe import JUDGING, Interrupted

NOISE_SEED = 20140416  # of the posterior samples: the same each time, so that epochs can be compared


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Means over pictures; nats per image."""

    loss: float
    reconstruction: float  # -log p(x|z), z one sample of q(z|x) a picture
    kl: float
    psnr: float  # dB, of the decoded posterior mean
    ssim: float  # NaN where it wasn't asked for
    kl_per_dim: np.ndarray  # (D,); it adds up to `kl` where the prior is N(0, I)
    code_mean: np.ndarray  # (D,) of posterior means over pictures
    code_std: np.ndarray  # (D,)
    active_units: int
    psnr_object: float | None = None  # dB, over the pixels that aren't near-white, where it was asked for and there are any
    detail: FineDetail | None = None  # of the decoded posterior means, where it was asked for
    total_correlation: float | None = None  # nats, where the objective estimates it: the mean over batches

    @property
    def elbo(self) -> float:
        return -(self.reconstruction + self.kl)

    def of_object(self) -> dict[str, float]:
        """PSNR without white by its metric's key; nothing where it wasn't asked for."""
        return {} if self.psnr_object is None else {OBJECT_PSNR.key: self.psnr_object}

    def details(self) -> dict[str, float]:
        """The metrics of fine structure; none where they weren't asked for."""
        if self.detail is None:
            return {}
        own = self.detail
        return {"detail": own.ratio, "detail_correlation": own.correlation, "detail_error": own.error}

    def latent(self) -> dict[str, list[float]]:
        """Statistics of the codes for a checkpoint's header, D numbers each."""
        return {
            "kl_per_dim": list(rounded(self.kl_per_dim)),
            "code_mean": list(rounded(self.code_mean)),
            "code_std": list(rounded(self.code_std)),
        }


def evaluate(
    model: LatentModule,
    objective: ObjectiveModule,
    compute: Compute,
    images: Pictures,
    rows: np.ndarray,
    *,
    progress: Elapsed,
    labels: np.ndarray | None = None,
    psnr_rows: int = 0,
    with_ssim: bool = False,
    with_detail: bool = False,
    with_object: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
    report: Progress = silent,
) -> Evaluation:
    """Evaluate a model on rows of a picture array.

    Args:
        model: put into evaluation mode for the pass, and left there.
        objective: likewise.
        compute: device and precision.
        images: (N, H, W, C) uint8.
        rows: which; at least one.
        progress: of the run, for the weight of the KL term in `loss`.
        labels: (N,) class of every picture, for a conditional model.
        psnr_rows: PSNR and SSIM over the first so many of `rows` (spread evenly); 0 = all.
        with_ssim: whether to compute SSIM.
        with_detail: whether to compare fine structure, over the same rows.
        with_object: whether to compute PSNR where the originals aren't near-white, over the same rows.
        cancelled: asked between batches.
        report: told how far, in pictures.

    Raises:
        Interrupted: `cancelled` returned true.
    """
    model.eval()
    objective.eval()
    with torch.inference_mode(), compute.autocast():
        prior = mixture_of(model)
    generator = torch.Generator(compute.device).manual_seed(NOISE_SEED)
    wanted = np.ones(len(rows), bool)
    if psnr_rows and psnr_rows < len(rows):
        wanted[:] = False
        wanted[np.linspace(0, len(rows) - 1, psnr_rows).astype(int)] = True
    sums = {"loss": 0.0, "reconstruction": 0.0, "kl": 0.0}
    quality: list[torch.Tensor] = []
    likeness: list[torch.Tensor] = []
    of_object: list[torch.Tensor] = []
    details = DetailSums() if with_detail else None
    kl_sum = torch.zeros(model.spec.latent_dim, dtype=torch.float64)
    means: list[np.ndarray] = []
    with torch.inference_mode():
        for start in range(0, len(rows), BATCH):
            if cancelled():
                raise Interrupted
            part = rows[start : start + BATCH]
            x = to_input(read_batch(images, part, None), compute.device)
            classes = to_classes(None if labels is None else labels[part], compute.device)
            with compute.autocast():
                posterior = model.encode(x, classes)
                z = posterior.sample(generator)
                terms = objective(x, model.decode_raw(z, classes), posterior, z, progress, prior)
                chosen = torch.from_numpy(wanted[start : start + BATCH]).to(compute.device)
                if bool(chosen.any()):
                    shown = model.decode(posterior.mean[chosen], None if classes is None else classes[chosen])
                    quality.append(reconstruction.psnr(x[chosen], shown).cpu())
                    if details is not None:
                        details.add(shown, x[chosen])
                    if with_object:
                        of_object.append(reconstruction.object_psnr(x[chosen], shown).cpu())
                    if with_ssim:
                        likeness.append(reconstruction.ssim(x[chosen], shown).cpu())
            sums["loss"] += float(terms.loss) * len(part)
            sums["reconstruction"] += float(terms.reconstruction) * len(part)
            sums["kl"] += float(terms.kl) * len(part)
            if terms.total_correlation is not None:
                sums["total_correlation"] = sums.get("total_correlation", 0.0) + float(terms.total_correlation) * len(part)
            kl_sum += terms.kl_per_dim.double().cpu() * len(part)
            means.append(posterior.mean.float().cpu().numpy())
            report(JUDGING, min(start + BATCH, len(rows)), len(rows))
    codes = np.concatenate(means)
    kl_per_dim = (kl_sum / len(rows)).numpy()
    return Evaluation(
        loss=sums["loss"] / len(rows),
        reconstruction=sums["reconstruction"] / len(rows),
        kl=float(kl_per_dim.sum()) if prior is None else sums["kl"] / len(rows),
        psnr=float(torch.cat(quality).mean()),
        ssim=float(torch.cat(likeness).mean()) if with_ssim else float("nan"),
        kl_per_dim=kl_per_dim.astype(np.float32),
        code_mean=codes.mean(axis=0),
        code_std=codes.std(axis=0),
        active_units=active_units(codes),
        psnr_object=_known_mean(of_object),
        detail=details.result() if details is not None else None,
        total_correlation=sums["total_correlation"] / len(rows) if "total_correlation" in sums else None,
    )


def _known_mean(parts: Sequence[torch.Tensor]) -> float | None:
    """The mean of what isn't NaN; None where nothing is."""
    values = torch.cat(list(parts)) if parts else torch.empty(0)
    known = values[~values.isnan()]
    return float(known.mean()) if len(known) else None


def evidence_bounds(
    model: LatentModule,
    objective: ObjectiveModule,
    compute: Compute,
    images: Pictures,
    rows: np.ndarray,
    samples: Sequence[int],
    progress: Progress = silent,
    labels: np.ndarray | None = None,
) -> np.ndarray:
    """Importance-weighted bounds of log p(x) for rows of a picture array; see core.metrics.log_likelihood.

    Args:
        model: put into evaluation mode for the pass, and left there.
        objective: likewise.
        compute: the device; always in fp32.
        images: (N, H, W, C) uint8.
        rows: which.
        samples: numbers of samples, of which the largest is drawn; 1 stands for the ELBO.
        progress: told how far, in samples; may raise Cancelled.
        labels: (N,) classes of all pictures, for a conditional model.

    Returns:
        (len(samples), len(rows)) float64, nats per image.
    """
    model.eval()
    objective.eval()
    generator = torch.Generator(compute.device).manual_seed(NOISE_SEED)
    bounds = np.empty((len(samples), len(rows)))
    text, most = "Estimating log p(x), samples", max(samples)
    total = len(rows) * most
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        x = to_input(read_batch(images, part, None), compute.device)
        classes = to_classes(None if labels is None else labels[part], compute.device)

        def done(count: int, before: int = start * most, pictures: int = len(part)) -> None:
            progress(text, before + count * pictures, total)

        weights = log_weights(model, objective, x, most, generator, done, classes)
        bounds[:, start : start + len(part)] = [bound(weights, count) for count in samples]
    return bounds
