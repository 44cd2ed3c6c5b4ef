"""How a retoucher learns: against a critic that knows real faces of the wanted class, with small penalties on its changes.

Hinge losses (Lim & Ye, arXiv 1705.02894); real faces labelled with the wrong class count as fakes, so that the critic
learns the class (Reed et al., arXiv 1605.05396); real faces and fakes are augmented alike before it sees them (Zhao et
al., arXiv 2006.10738). No loss uses a classifier that could later measure the result.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.errors import CheckpointError
from core.retouch.network import SIDE, Layers, RetouchNet, acting, composed, pulled, strain
from core.training.optim import Adam
from core.training.retouching.critic import Critic
from core.training.retouching.material import Material

BATCH = 16
PICTURES = 130_000  # seen in training by default
RATE, CRITIC_RATE = 1.5e-4, 6e-4
BETAS = (0.0, 0.99)
FALLS_FROM, FALLS_TO = 0.5, 0.03  # share of the training after which the learning rates fall, and to which share
FULL_SHARE, PART_SHARE = 0.65, 0.25  # of the faces edited by 100 %, and by less; the others by more
LEAST, MOST = 0.2, 1.3  # range of amounts in training
SAME_SHARE = 0.1  # of faces whose goal is their own class
LIKE = 200.0  # penalty on the squared difference, over 4 pixels, from the model's drawing, so that the mouth is in its place
ROUGH = 4.0  # penalty on the squared gradient of the motion (pixels per pixel), summed in units of the critic's view
AREA, AREA_FROM, AREA_OVER = 3.0, 3000, 9000  # penalty on painting; it rises after AREA_FROM pictures, over AREA_OVER more
CLOSES = 0.35  # of that penalty, when removing an attribute: closed lips over all the teeth of a broad smile
OUTSIDE = 5.0  # times the penalty on painting outside that view
FAR, NEAR = 6.0, (0.5, 0.7)  # penalty on painting where a change is less than those shares of its largest
LIGHT = 12.0  # penalty on the squared added light, in units of the critic's view
SIZE = 0.01  # penalty on the squared motion, in pixels
TINT = 1.5  # penalty on painting in another colour than is there
MOTLEY = 3.0  # penalty on colours that change between neighbouring painted pixels: without it teeth get many colours
DEAD = 0.03  # penalty on a mask's logit below -4, from which it would never recover
JUDGED = 600  # faces at most, for measuring how edits strain them
STRAINED = (0.88, 0.94)  # quantiles of the faces: up to the first all of an edit is kept, from the second on none
STRAIN_WIDTH = 0.14  # between both at least
SHIFT = 4  # pixels: largest shift of a face, either way, before the critic sees it
WORST = 1.0  # weight of the least real places, which have no effect in a mean over all places
WRONG = 1.0  # weight of real faces labelled with the wrong class
REMEMBERS = 0.999  # decay of the weights' average; less at the beginning


@dataclass(frozen=True, slots=True)
class RetouchProgress:
    """The progress of a retoucher's training.

    Attributes:
        seen: pictures so far.
        total: that it will see.
        numbers: means since the last report: "critic", "retoucher" (its losses), "unlike" (LIKE's share of them), "painted" (share
            of the view's inner part), "moved" (the longest motion, in pixels of the frame).
    """

    seen: int
    total: int
    numbers: Mapping[str, float]


class RetoucherTraining:
    """A retoucher, its critic and both optimizers; `tensors` gives all that is needed to resume.

    Args:
        material: what it learns from.
        total: pictures that it will see; the learning rates follow from it.
        seed: of everything drawn.
    """

    def __init__(self, material: Material, total: int = PICTURES, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.total = total
        self.seen = 0
        self._material = material
        self._random = np.random.default_rng(seed)
        view = material.view
        self._net, self.averaged, self._critic = (
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            for network in (RetouchNet(view), RetouchNet(view), Critic(2, view))
        )
        self.averaged.load_state_dict(self._net.state_dict())
        self.averaged.requires_grad_(False)
        self._optimizer = Adam(self._net.parameters(), RATE, BETAS)
        self._critic_optimizer = Adam(self._critic.parameters(), CRITIC_RATE, BETAS)
        self._inner = torch.zeros(1, 1, SIDE, SIDE)
        self._inner[..., view.inner[0], view.inner[1]] = 1.0

    def run(self, every: int = 800) -> Iterator[RetouchProgress]:
        """Train to the end, yielding a report after every so many pictures. One may stop at any report, and call this again."""
        sums: dict[str, float] = {}
        steps = 0
        while self.seen < self.total:
            for name, value in self._step().items():
                sums[name] = sums.get(name, 0.0) + value
            steps += 1
            if steps * BATCH >= every or self.seen >= self.total:
                yield RetouchProgress(self.seen, self.total, {name: value / steps for name, value in sums.items()})
                sums, steps = {}, 0

    def strain_bounds(self) -> tuple[float, float]:
        """Bounds of an edit's strain, above which faces get less of it, and none; computed from training faces."""
        rows = np.linspace(0, len(self._material.labels) - 1, min(JUDGED, len(self._material.labels))).astype(int)
        strains = []
        with torch.inference_mode():
            for start in range(0, len(rows), BATCH):
                part = rows[start : start + BATCH]
                plain = np.zeros(len(part), bool)
                others = 1 - self._material.labels[part]
                layers = self.averaged(self._material.faces(part, plain), self._material.changes(part, plain, others))
                strains.append(strain(layers))
        low, high = np.quantile(torch.cat(strains).numpy(), STRAINED)
        return float(low), float(max(high, low + STRAIN_WIDTH))

    def tensors(self) -> dict[str, np.ndarray]:
        """Everything that `load` needs."""
        parts = {f"net.{k}": v for k, v in self._net.state_dict().items()}
        parts |= {f"averaged.{k}": v for k, v in self.averaged.state_dict().items()}
        parts |= {f"critic.{k}": v for k, v in self._critic.state_dict().items()}
        parts |= {f"adam.{k}": v for k, v in self._optimizer.tensors(self._net).items()}
        parts |= {f"critic_adam.{k}": v for k, v in self._critic_optimizer.tensors(self._critic).items()}
        plain = {name: value.detach().contiguous().numpy().copy() for name, value in parts.items()}
        return plain | {"seen": np.array(self.seen), "total": np.array(self.total)}

    def load(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Resume from `tensors`; random numbers then differ from those of an uninterrupted training.

        Raises:
            CheckpointError: they aren't such a state.
        """

        def part(prefix: str) -> dict[str, Tensor]:
            return {k.removeprefix(prefix): torch.from_numpy(v.copy()) for k, v in tensors.items() if k.startswith(prefix)}

        try:
            self._net.load_state_dict(part("net."))
            self.averaged.load_state_dict(part("averaged."))
            self._critic.load_state_dict(part("critic."))
            self._optimizer.load_tensors(self._net, part("adam."))
            self._critic_optimizer.load_tensors(self._critic, part("critic_adam."))
            self.seen, self.total = (tensors[name].astype(int).item() for name in ("seen", "total"))
        except (KeyError, RuntimeError, ValueError, TypeError) as error:
            raise CheckpointError(f"This is no state of a retoucher's training ({error}).", "Begin it anew.") from None
        self._random = np.random.default_rng(self.seen)

    def _step(self) -> dict[str, float]:
        left = 1.0 - self.seen / self.total
        share = max(FALLS_TO, min(1.0, left / (1.0 - FALLS_FROM)))
        self._optimizer.learning_rate, self._critic_optimizer.learning_rate = RATE * share, CRITIC_RATE * share
        random, material = self._random, self._material
        rows, mirrored = random.integers(0, len(material.labels), BATCH), random.random(BATCH) < 0.5
        goals = np.where(random.random(BATCH) < SAME_SHARE, material.labels[rows], 1 - material.labels[rows])
        amounts = _amounts(random)
        faces = _last(tinted(material.faces(rows, mirrored)))
        changes = _last(material.changes(rows, mirrored, goals))
        layers = self._net(faces, changes)
        edited = composed(faces, layers, amounts)
        wanted = torch.from_numpy(goals)
        counts = (amounts == 1.0).float()  # an edit by less than 100 % belongs to no class
        critic_loss = self._judge(edited.detach(), wanted, counts)
        self._critic.requires_grad_(False)
        scores = self._critic(varied(edited), wanted, counts)
        pleases = (scores * self._critic.weights()).sum(1).mean() + WORST * self._critic.worst(scores)
        prices, unlike, painted = self._prices(faces, changes, layers, edited, counts, wanted)
        loss = prices - pleases
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        self._critic.requires_grad_(True)
        self.seen += BATCH
        self._average()
        moved = layers.flow.detach().abs().amax((1, 2, 3)).mean()
        numbers = {"critic": critic_loss, "retoucher": loss.detach(), "unlike": unlike, "painted": painted, "moved": moved}
        return {name: float(value) for name, value in numbers.items()}

    def _judge(self, edited: Tensor, wanted: Tensor, counts: Tensor) -> Tensor:
        """One step of the critic; its loss."""
        rows = self._random.integers(0, len(self._material.labels), BATCH)
        real = _last(tinted(self._material.faces(rows, self._random.random(BATCH) < 0.5)))
        labels = torch.from_numpy(self._material.labels[rows])
        half = BATCH // 2
        shown = varied(torch.cat([real, real[:half], edited]))
        classes = torch.cat([labels, 1 - labels[:half], wanted])
        scores = self._critic(shown, classes, torch.cat([torch.ones(BATCH + half), counts]))
        weights = self._critic.weights()
        ours, wrong, theirs = scores[:BATCH], scores[BATCH : BATCH + half], scores[BATCH + half :]
        loss = ((F.relu(1.0 - ours) * weights).sum(1)).mean() + ((F.relu(1.0 + theirs) * weights).sum(1)).mean()
        loss = loss + WRONG * (F.relu(1.0 + wrong) * weights * self._critic.of_class()).sum(1).mean()
        self._critic_optimizer.zero_grad()
        loss.backward()
        self._critic_optimizer.step()
        return loss.detach()

    def _prices(
        self, faces: Tensor, changes: Tensor, layers: Layers, edited: Tensor, counts: Tensor, wanted: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The penalties on the layers, LIKE's part of them, and the painted share of the view's inner part."""
        view = float(self._inner.sum())
        flow, mask = layers.flow, layers.mask
        slopes = (flow[..., 1:] - flow[..., :-1]).square().sum(1).mean() + (flow[..., 1:, :] - flow[..., :-1, :]).square().sum(
            1
        ).mean()
        area = (mask * (self._inner + OUTSIDE * (1.0 - self._inner))).sum((1, 2, 3))
        area = (area * torch.where(wanted == 1, 1.0, CLOSES)).mean() / view
        far = (mask * (1.0 - acting(changes, *NEAR))).sum((1, 2, 3)).mean() / view
        size = (flow.square().sum(1) * (1.0 - 0.7 * self._inner[:, 0])).mean()
        other = layers.colour - pulled(faces, flow)
        covered = mask.detach()
        tint = (covered * _chroma(other).abs()).sum((1, 2, 3)).mean() / view
        chroma = _chroma(layers.colour)
        motley = ((chroma[..., 1:] - chroma[..., :-1]).abs() * covered[..., 1:]).sum((1, 2, 3)).mean() / view
        motley = motley + ((chroma[..., 1:, :] - chroma[..., :-1, :]).abs() * covered[..., 1:, :]).sum((1, 2, 3)).mean() / view
        dead = F.relu(-layers.logit - 4.0).square().mean()
        small = F.avg_pool2d(self._inner, 4)
        unlike = F.avg_pool2d(edited - faces, 4) - F.avg_pool2d(changes, 2)
        unlike = ((unlike.square().mean(1, keepdim=True) * small).sum((1, 2, 3)) * counts).mean() / small.sum()
        dear = AREA * min(1.0, max(0.0, (self.seen - AREA_FROM) / AREA_OVER))
        prices = (
            ROUGH * slopes * SIDE * SIDE / view
            + dear * area
            + LIKE * unlike
            + FAR * far
            + LIGHT * layers.light.square().sum((1, 2, 3)).mean() / view
            + SIZE * size
            + TINT * tint
            + MOTLEY * motley
            + DEAD * dead
        )
        return prices, LIKE * unlike.detach(), (covered.sum((1, 2, 3)) / view).mean()

    @torch.no_grad()
    def _average(self) -> None:
        steps = self.seen / BATCH
        keeps = min(REMEMBERS, (steps + 1.0) / (steps + 10.0))
        for average, value in zip(self.averaged.parameters(), self._net.parameters(), strict=True):
            average.lerp_(value, 1.0 - keeps)


def _chroma(colours: Tensor) -> Tensor:
    """Colours (B, 3, H, W) minus their grey."""
    return colours - colours.mean(1, keepdim=True)


def tinted(faces: Tensor) -> Tensor:
    """Faces (B, 3, H, W) with random changes of saturation, brightness and contrast, as between cameras."""
    count = len(faces)

    def around(width: float, channels: int = 1) -> Tensor:
        return width * (2.0 * torch.rand(count, channels, 1, 1) - 1.0)

    faces = faces + _chroma(faces) * around(0.3)
    return ((faces - 0.45) * (1.0 + around(0.15)) * (1.0 + around(0.05, 3)) + 0.45 + around(0.06)).clamp(0.0, 1.0)


def varied(faces: Tensor) -> Tensor:
    """Faces brighter, darker, in slightly other colours, and shifted: the critic shall learn faces, not files."""
    count = len(faces)

    def around(width: float, channels: int = 1) -> Tensor:
        return width * (2.0 * torch.rand(count, channels, 1, 1) - 1.0)

    faces = (faces - 0.45) * (1.0 + around(0.15)) * (1.0 + around(0.06, 3)) + 0.45 + around(0.12)
    shifts = torch.randint(-SHIFT, SHIFT + 1, (count, 2)).tolist()
    turned = (torch.rand(count) < 0.5).tolist()
    return torch.stack([_shifted(face, down, right, turn) for face, (down, right), turn in zip(faces, shifts, turned, strict=True)])


def _shifted(face: Tensor, down: int, right: int, turn: bool) -> Tensor:
    """A face (C, H, W) moved by some pixels, and mirrored where `turn` says so."""
    moved = torch.roll(face, (down, right), (1, 2))
    return moved.flip(2) if turn else moved


def _amounts(random: np.random.Generator) -> Tensor:
    """Mostly 100 %, sometimes less, rarely more; (BATCH,)."""
    drawn = random.random(BATCH)
    less, more = random.uniform(LEAST, 1.0, BATCH), random.uniform(1.0, MOST, BATCH)
    return torch.from_numpy(np.where(drawn < FULL_SHARE, 1.0, np.where(drawn < FULL_SHARE + PART_SHARE, less, more))).float()


def _last(faces: Tensor) -> Tensor:
    return faces.contiguous(memory_format=torch.channels_last)


def minutes_left(begun: float, now: float, seen_before: int, report: RetouchProgress) -> float:
    """How many minutes are left, going by the pace since `begun` (both in seconds); NaN before the first report."""
    done = report.seen - seen_before
    return (now - begun) / 60.0 * (report.total - report.seen) / done if done else math.nan
