r"""The face finder's two networks trained again (`core.faces.face_net`), on one thread.

python benchmarks/train_face_finder.py --data ../shared/data

The scout first; then the examiner, on faces as the scout leaves them, on what is beside them, and on what the scout takes for one.
Persons of `celeba`'s held-out quarter and of `photos` take no part.

By default it takes about four minutes of one core, as the shipped weights did, and the losses still fall then. Networks of many
more steps (`--steps 9000 6000 6000`, about half an hour of one core) should find more.
"""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from common import note, parser
from face_scenes import Scenes, material
from safetensors.numpy import load_file, save_file
from sklearn.linear_model import LogisticRegression
from torch import nn

from core.faces import face_net
from core.faces.alignment import Eyes, similarity, to_frame
from core.faces.eye_net import find_eyes
from core.faces.face_net import (
    EXAMINER_STRIDES,
    EXAMINER_WIDTHS,
    HIDDEN,
    SCOUT_STRIDES,
    SCOUT_WIDTHS,
    SCOUTED,
    SIDE,
    STRIDE,
    WEIGHTS,
    WINDOW,
    evened,
    square,
)
from core.faces.finder import SEARCHES, cascade_boxes, estimated, is_near

SCHEDULED = (1300, 900, 700)  # steps over which the rates fall, at least; the shipped weights were stopped before their end
SCENE = 96  # pixels
CELLS = SCENE // STRIDE
SEEN = (17.5, 33.0)  # pixels: the widths of faces that the scout should see
DOUBTFUL = (13.5, 43.0)  # and those beside them that it may see or not
BATCH = 32
POOL = 2048
USES = 5  # times that a scene is seen before another takes its place


def convolutions(widths: tuple[int, ...], strides: tuple[int, ...]) -> nn.ModuleList:
    """3 x 3, each with its BatchNorm."""
    return nn.ModuleList(
        nn.Sequential(nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b))
        for (a, b), stride in zip(pairwise(widths), strides, strict=True)
    )


def folded(convs: nn.ModuleList, name: str) -> dict[str, torch.Tensor]:
    """Their kernels (K, 3, 3, C) and biases with BatchNorm worked in."""
    layers = {}
    for number, block in enumerate(convs):
        if isinstance(block, nn.Conv2d):
            layers |= {f"{name}.conv{number}.weight": block.weight.permute(0, 2, 3, 1), f"{name}.conv{number}.bias": block.bias}
            continue
        conv, norm = block
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        layers[f"{name}.conv{number}.weight"] = (conv.weight * gain[:, None, None, None]).permute(0, 2, 3, 1)
        layers[f"{name}.conv{number}.bias"] = norm.bias - norm.running_mean * gain
    return layers


def half(layers: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    """As the file holds them."""
    return {name: np.ascontiguousarray(value.detach().half().numpy()) for name, value in layers.items()}


class Scout(nn.Module):
    """The same layers as `face_net.scout`."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = convolutions(SCOUT_WIDTHS, SCOUT_STRIDES)
        self.out = nn.Conv2d(SCOUT_WIDTHS[-1], 5, 1)
        nn.init.constant_(self.out.bias, 0.0)
        self.out.bias.data[0] = -3.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, H, W) -> (B, 5, H / 8, W / 8)."""
        for conv in self.convs:
            x = conv(x).relu()
        return self.out(x)

    def layers(self) -> dict[str, np.ndarray]:
        """As the file holds them."""
        return half(
            folded(self.convs, "scout") | {"scout.out.weight": self.out.weight[:, :, 0, 0], "scout.out.bias": self.out.bias}
        )


class Examiner(nn.Module):
    """The same layers as `face_net.examine`, with BatchNorm while it begins to learn."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = convolutions(EXAMINER_WIDTHS, EXAMINER_STRIDES)
        self.hidden = nn.Linear(EXAMINER_WIDTHS[-1] * (SIDE // 16) ** 2, HIDDEN)
        self.out = nn.Linear(HIDDEN, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, SIDE, SIDE) -> (B, 5)."""
        for conv in self.convs:
            x = conv(x).relu()
        return self.out(self.hidden(x.permute(0, 2, 3, 1).flatten(1)).relu())

    def layers(self) -> dict[str, np.ndarray]:
        """As the file holds them."""
        layers = folded(self.convs, "examiner")
        for name in ("hidden", "out"):
            layer = getattr(self, name)
            layers |= {f"examiner.{name}.weight": layer.weight, f"examiner.{name}.bias": layer.bias}
        return half(layers)

    def fold(self, layers: dict[str, np.ndarray]) -> None:
        """Take over the layers of a file, with BatchNorm worked in."""
        self.convs = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride, 1) for (a, b), stride in zip(pairwise(EXAMINER_WIDTHS), EXAMINER_STRIDES, strict=True)
        )
        values = {
            name.removeprefix("examiner."): torch.from_numpy(value).float()
            for name, value in layers.items()
            if name.startswith("examiner.")
        }
        state = {name.replace("conv", "convs.", 1): v.permute(0, 3, 1, 2) if v.ndim == 4 else v for name, v in values.items()}
        self.load_state_dict(state)


def width_of(rng: np.random.Generator) -> float:
    """Of a face in a scene: mostly such as the scout should see."""
    low, high = SEEN if rng.random() < 0.8 else (7.0, 90.0)
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def goal_of(eyes: list[Eyes]) -> np.ndarray:
    """What the scout should answer, (CELLS, CELLS, 5): 1 where a face is, 0 where none, -1 where that is open; and its eyes."""
    x, y = np.meshgrid(*(2 * [np.arange(CELLS) * STRIDE + (STRIDE - 1) / 2.0]))
    goal = np.zeros((CELLS, CELLS, 5), np.float32)
    nearest = np.full((CELLS, CELLS), np.inf)
    for pair in eyes:
        mx, my, width = square(pair)
        away = np.hypot(x - mx, y - my) / width
        inside = (away < 0.5) & (away < nearest)
        if not DOUBTFUL[0] < width < DOUBTFUL[1]:
            continue
        goal[inside & (goal[..., 0] != 1.0), 0] = -1.0
        if SEEN[0] < width < SEEN[1]:
            hit = inside & (away <= max(0.24, float(away.min()) + 1e-6))
            goal[hit, 0] = 1.0
            for place, value in enumerate((*pair.left, *pair.right)):
                goal[hit, 1 + place] = ((value - (x, y)[place % 2]) / SCOUTED)[hit]
        nearest = np.minimum(nearest, away)
    return goal


def train_scout(network: Scout, scenes: Scenes, steps: int, out: Path) -> None:
    """Train it and write its layers."""
    rng = scenes.rng
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, max(steps, SCHEDULED[0]), pct_start=0.1)
    pictures = np.zeros((POOL, SCENE, SCENE), np.float32)
    goals = np.zeros((POOL, CELLS, CELLS, 5), np.float32)
    filled, begin, means = 0, time.perf_counter(), np.zeros(3)

    def fill(place: int) -> None:
        picture, eyes = scenes.scene(SCENE, lambda: width_of(rng))
        pictures[place], goals[place] = evened(picture), goal_of(eyes)

    for step in range(1, steps + 1):
        fresh = BATCH if filled < POOL // 4 else max(1, BATCH // USES)
        places = np.arange(filled, filled + fresh) % POOL
        for place in places:
            fill(int(place))
        filled += fresh
        chosen = rng.integers(0, min(filled, POOL), BATCH)
        chosen[:fresh] = places
        x = torch.from_numpy(pictures[chosen])[:, None]
        goal = torch.from_numpy(goals[chosen])
        answer = network(x).permute(0, 2, 3, 1)
        is_face, is_none = goal[..., 0] > 0.5, (goal[..., 0] > -0.5) & (goal[..., 0] < 0.5)
        logit = answer[..., 0]
        chance = logit.detach().sigmoid()
        each = nn.functional.binary_cross_entropy_with_logits(logit, goal[..., 0].clamp(min=0.0), reduction="none")
        positive = (each * (1 - chance) ** 1.5)[is_face].sum()
        negative = (each * chance**1.5)[is_none].sum()
        off = nn.functional.smooth_l1_loss(answer[..., 1:][is_face], goal[..., 1:][is_face], beta=0.1, reduction="sum")
        count = max(1, int(is_face.sum()))
        loss = (positive + negative + 2.0 * off) / count
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        means += (np.array([float(v.detach()) / count for v in (positive, negative, off)]) - means) * max(0.01, 1 / step)
        if step % 100 == 0 or step == steps:
            passed = time.perf_counter() - begin
            note(f"scout {step}: faces {means[0]:.4f}, others {means[1]:.4f}, eyes {means[2]:.4f}; {filled} scenes, {passed:.0f} s")
            network.eval()
            save_layers(out, network.layers())
            network.train()


def save_layers(out: Path, layers: dict[str, np.ndarray]) -> None:
    """Write some layers, and keep the file's others."""
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file((load_file(out) if out.exists() else {}) | layers, out)


def examined_scene(scenes: Scenes, weighed: list[tuple[np.ndarray, np.ndarray]], side: int) -> None:
    """A scene's windows that the scout points at, as the examiner sees them, with what it should answer, added to a list.

    An answer is 1 or 0 for a face or none, and the eyes (x1, y1, x2, y2) from where they are expected, in units of SIDE / 4.
    """
    rng = scenes.rng
    chance = rng.random()
    if chance < 0.25:
        picture, eyes = scenes.ground(side, 1.6 * side), []  # faces too large to be found
    elif chance < 0.6:
        picture, eyes = scenes.aligned(side)
    else:
        picture, eyes = scenes.scene(side, lambda: float(np.exp(rng.uniform(np.log(18.0), np.log(80.0)))))
    for candidate in face_net.distinct(face_net.scouted(picture, 20.0, -2.0))[:16]:
        x, y, width = square(candidate.eyes)
        told = [
            (np.hypot(x - mx, y - my) / its, width / its, pair) for pair, (mx, my, its) in ((pair, square(pair)) for pair in eyes)
        ]
        near = min(told, key=lambda one: one[0], default=(9.0, 1.0, candidate.eyes))
        is_face = near[0] < 0.3 and 0.65 < near[1] < 1.5
        if not is_face and near[0] < 0.45 and 0.5 < near[1] < 2.0:
            continue
        guess = candidate.eyes
        if rng.random() < 0.5 and is_face:  # as the second round sees it
            guess = jittered(near[2], rng, 0.04)
        weighed.append(window_of(picture, guess, near[2] if is_face else None))


def examined_cut_out(scenes: Scenes, weighed: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """A face near its place, or none: beside a face, larger, smaller, on its head, or something else."""
    rng = scenes.rng
    chance = rng.random()
    rest = WINDOW.eyes(SIDE)
    if chance < 0.6:
        picture, eyes = scenes.cut_out(SIDE, rest)
        weighed.append((picture, answer_of(eyes)))
    elif chance < 0.9:
        side = 2 * SIDE
        middle = Eyes(*((x + SIDE / 2, y + SIDE / 2) for x, y in (rest.left, rest.right)))
        picture, eyes = scenes.cut_out(side, middle)
        x, y, width = square(eyes)
        how = rng.integers(3)
        turn, scale, away = 0.2 * rng.normal(), np.exp(0.2 * rng.normal()), rng.uniform(0.0, 0.3)
        if how == 0:
            away = rng.uniform(0.45, 0.9)
        elif how == 1:
            scale = float(rng.choice([rng.uniform(0.35, 0.55), rng.uniform(1.7, 2.0)]))
        else:
            turn = rng.uniform(1.2, 2 * np.pi - 1.2)
        at = rng.uniform(0, 2 * np.pi)
        half = 0.5 * complex(eyes.right[0] - eyes.left[0], eyes.right[1] - eyes.left[1]) * scale * np.exp(1j * turn)
        down = 0.1 * 2 * 1j * half / 0.38
        centre = complex(x + away * width * np.cos(at), y + away * width * np.sin(at)) - down
        guess = Eyes(((centre - half).real, (centre - half).imag), ((centre + half).real, (centre + half).imag))
        weighed.append(window_of(picture, guess, None))
    else:
        picture = scenes.ground(SIDE, 2.0 * SIDE)
        weighed.append((picture, answer_of(None)))


def jittered(eyes: Eyes, rng: np.random.Generator, share: float) -> Eyes:
    """A little off, in parts of their distance."""
    x1, y1, x2, y2 = np.array([*eyes.left, *eyes.right]) + eyes.distance * share * rng.standard_normal(4)
    return Eyes((x1, y1), (x2, y2))


def window_of(picture: np.ndarray, guess: Eyes, eyes: Eyes | None) -> tuple[np.ndarray, np.ndarray]:
    """What is seen where eyes are guessed, and the answer."""
    matrix = similarity(guess, WINDOW.eyes(SIDE))
    return to_frame(picture, matrix, SIDE), answer_of(eyes.moved(matrix) if eyes else None)


def answer_of(eyes: Eyes | None) -> np.ndarray:
    """(5,)."""
    if eyes is None:
        return np.zeros(5, np.float32)
    rest = WINDOW.eyes(SIDE)
    off = (np.array([*eyes.left, *eyes.right]) - np.array([*rest.left, *rest.right])) / (SIDE / 4.0)
    return np.array([1.0, *off], np.float32)


def train_examiner(network: Examiner, scenes: Scenes, steps: int, out: Path, scouting: bool) -> None:
    """Train it, and write its layers beside the scout's.

    Args:
        network: it is trained further.
        scenes: what it learns from.
        steps: of 128 windows each.
        out: the file.
        scouting: whether it also sees what the scout of `out` points at.
    """
    face_net.WEIGHTS = out
    rng = scenes.rng
    most = 1.5e-3 if scouting else 3e-3
    optimizer = torch.optim.AdamW(network.parameters(), lr=most, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, most, max(steps, SCHEDULED[1 + scouting]), pct_start=0.1)
    batch, pool = 128, 12_000
    windows = np.zeros((pool, SIDE, SIDE), np.uint8)
    goals = np.zeros((pool, 5), np.float32)
    filled, begin, means = 0, time.perf_counter(), np.zeros(3)
    for step in range(1, steps + 1):
        fresh: list[tuple[np.ndarray, np.ndarray]] = []
        wanted = batch if filled < pool // 6 else batch // USES
        while len(fresh) < wanted:
            if scouting:
                examined_scene(scenes, fresh, 112)
            for _ in range(8):
                examined_cut_out(scenes, fresh)
        places = np.arange(filled, filled + len(fresh)) % pool
        windows[places] = [window for window, _ in fresh]
        goals[places] = [goal for _, goal in fresh]
        filled += len(fresh)
        chosen = rng.integers(0, min(filled, pool), batch)
        x = torch.from_numpy(windows[chosen]).float()[:, None]
        goal = torch.from_numpy(goals[chosen])
        flip = torch.from_numpy(rng.random(batch) < 0.5)
        x = torch.where(flip[:, None, None, None], x.flip(3), x)
        goal = torch.where(flip[:, None], goal[:, [0, 3, 4, 1, 2]] * torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0]), goal)
        x = (x - x.mean((2, 3), keepdim=True)) / (x.std((2, 3), keepdim=True, correction=0) + 8.0)
        answer = network(x)
        is_face = goal[:, 0] > 0.5
        said = nn.functional.binary_cross_entropy_with_logits(answer[:, 0], goal[:, 0])
        off = nn.functional.smooth_l1_loss(answer[is_face, 1:], goal[is_face, 1:], beta=0.05)
        loss = said + 1.5 * off
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        wrong = float(((answer[:, 0].detach() > 0) != is_face).float().mean())
        means += (np.array([float(said.detach()), float(off.detach()), wrong]) - means) * max(0.01, 1 / step)
        if step % 100 == 0 or step == steps:
            passed = time.perf_counter() - begin
            note(
                f"examiner {step}: told {means[0]:.4f}, eyes {means[1]:.4f}, wrong {means[2]:.4f}; {filled} windows, {passed:.0f} s"
            )
            network.eval()
            save_layers(out, network.layers())
            network.train()


def fit_evidence(scenes: Scenes, pictures: int, out: Path) -> None:
    """How much each sign of a face counts (`Suspect.evidence`), by logistic regression on training pictures; into the same file."""
    face_net.WEIGHTS = out
    face_net.weights.cache_clear()
    rng = scenes.rng
    signs: list[list[float]] = []
    truth: list[bool] = []
    for _ in range(pictures):
        chance, side = rng.random(), int(rng.integers(160, 300))
        if chance < 0.5:
            picture, eyes = scenes.aligned(side)
        elif chance < 0.75:
            picture, eyes = scenes.scene(side, lambda: float(np.exp(rng.uniform(np.log(22.0), np.log(120.0)))))
        else:
            picture, eyes = scenes.ground(side, 1.6 * side), []
        least = 20 if eyes else 40
        expected = [estimated(box) for box in cascade_boxes(cv2.equalizeHist(picture), *SEARCHES[0], least)]
        for suspect in face_net.suspects(picture, least, expected)[:20]:
            x, y, width = square(suspect.eyes)
            near = [(float(np.hypot(x - mx, y - my)) / its, width / its) for mx, my, its in map(square, eyes)]
            is_face = any(away < 0.35 and 0.65 < size < 1.5 for away, size in near)
            if not is_face and any(away < 0.5 and 0.5 < size < 2.0 for away, size in near):
                continue
            seen = find_eyes(picture, suspect.eyes)
            signs.append(
                [
                    suspect.examined,
                    np.log1p(suspect.hits),
                    suspect.scouted,
                    seen is not None and is_near(seen, suspect.eyes),
                    suspect.expected,
                ]
            )
            truth.append(is_face)
    fitted = LogisticRegression(C=1.0).fit(np.array(signs, float), truth)
    note(f"evidence: {np.round(fitted.coef_[0], 2)} and {fitted.intercept_[0]:.2f}; {sum(truth)} faces of {len(truth)} places")
    save_layers(out, {"evidence.weight": fitted.coef_[0].astype(np.float16), "evidence.bias": fitted.intercept_.astype(np.float16)})


def main() -> None:
    """Run it."""
    options = parser("Train the face finder again.")
    options.add_argument(
        "--data", required=True, metavar="DIR", help="the folder with celeba, celeba_wild, celeba_small, paintings, ..."
    )
    options.add_argument("--out", default=str(WEIGHTS), metavar="FILE", help="where the trained networks go")
    words = "of the scout, and of the examiner before and after it works together with the scout; far more are better"
    options.add_argument("--steps", type=int, nargs=3, default=(900, 300, 200), metavar="N", help=words)
    given = options.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    stock = material(Path(given.data))
    steps = (50, 50, 50) if given.quick else given.steps
    out = Path(given.out)
    torch.manual_seed(0)
    train_scout(Scout(), Scenes(stock, 0), steps[0], out)
    examiner = Examiner()
    train_examiner(examiner, Scenes(stock, 1), steps[1], out, scouting=False)
    examiner.fold(load_file(out))
    train_examiner(examiner, Scenes(stock, 2), steps[2], out, scouting=True)
    fit_evidence(Scenes(stock, 3), 20 if given.quick else 120, out)
    note(f"{time.process_time():.0f} s of processor")


if __name__ == "__main__":
    main()
