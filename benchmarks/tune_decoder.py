r"""Tunes the decoder of a finished model, so that its edits are seen: the encoder, and with it every code, stays as it is.

The decoder goes on learning to rebuild the training pictures, and besides:

- the rebuilt picture is to have the features that a small classifier sees in the original (Hou et al., Deep Feature Consistent
  VAE, arXiv 1610.00291): pixels alone are content with a mouth that is neither open nor closed;
- a face moved along the direction to where faces with the attribute lie on average, or those without, is to be read so by that
  classifier (as AttGAN's attribute classification constraint, He et al., arXiv 1711.10678), and its upper part is to stay.

That classifier, the reader, sees the training part alone, in grey: colours are left to the pixels. The judge of `edit_fidelity`
is another one. How the `faces` before the present one was made, once `shipped_models.py` had written it from its run (the present
one isn't tuned; its card has its commands):

    python benchmarks/tune_decoder.py checkpoints/faces.safetensors runs/tuned.safetensors --data ../shared/data/celeba
    python benchmarks/shipped_models.py runs/tuned.safetensors faces --data ../shared/data/celeba --method visible --balance male
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from common import note, parser, report
from face_judge import known_loss
from torch import Tensor, nn
from torch.nn import functional as F

from core import checkpoint
from core.checkpoint import MODEL
from core.data.dataset import FaceData
from core.evaluate import load_data
from core.families.vae.networks.base import LatentModule
from core.families.vae.networks.registry import create
from core.latent.directions import Direction, from_dict
from core.latent.engine import LatentEngine
from core.photo.edit import GAIN_KEY

READ = ("smile", "male", "mouth_open", "eyeglasses")  # of these the columns that the data set has
FACE = (24 / 128, 120 / 128, 16 / 128, 112 / 128)  # top, bottom, left, right of what the reader looks at, as shares of the frame
SIDE = 48  # pixels of what it sees
WIDTHS = (1, 32, 64, 96, 128)  # channels of its blocks
UPPER = 56 / 128  # of the frame's rows: what an edit of the mouth leaves alone
GREY = (0.299, 0.587, 0.114)
DECODER = ("from_latent", "decoder", "coarse_from_latent")  # layers that learn
BATCH, READER_BATCH = 32, 64
RATE, READER_RATE = 5e-4, 4e-3
WARM_UP = 100  # steps
FEATURES, EDITS, STAYS = 0.03, 0.03, 3.0  # weights beside the mean squared error of standardised pixels
GAIN = 1.4  # of `faces`' edits on photos, chosen by the parts of edit_fidelity on training faces; another model needs its own
MARGIN = 1.5  # logit from which on an edit is clear enough


class Reader(nn.Module):
    """A small classifier of framed faces; its inner features are what rebuilt pictures are compared by."""

    def __init__(self, names: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ELU())
            for before, after in pairwise(WIDTHS)
        )
        self.head = nn.Sequential(nn.Dropout(0.4), nn.Linear(WIDTHS[-1], 64), nn.ELU(), nn.Dropout(0.2), nn.Linear(64, names))

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Pictures (B, C, S, S) in [0, 1] -> logits (B, names), and the features of the last three blocks."""
        size = x.shape[-1]
        top, bottom, left, right = (round(part * size) for part in FACE)
        face = x[:, :, top:bottom, left:right]
        grey = (face * x.new_tensor(GREY)[:, None, None]).sum(1, keepdim=True) if x.shape[1] == 3 else face
        seen = F.adaptive_avg_pool2d(grey, SIDE)
        h = (seen - seen.mean((1, 2, 3), keepdim=True)) / (seen.std((1, 2, 3), keepdim=True) + 0.03)
        features = []
        for number, block in enumerate(self.blocks):
            h = block(F.avg_pool2d(h, 2) if number else h)
            features.append(h)
        return self.head(h.mean((2, 3))), features[1:]


def varied(x: Tensor) -> Tensor:
    """Pictures (B, C, S, S) moved, turned, mirrored, blurred and made noisy by chance."""
    count = len(x)
    angle, scale = torch.randn(count) * 0.07, torch.exp(torch.randn(count) * 0.06)
    side = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    rows = torch.stack([scale * angle.cos() * side, -scale * angle.sin(), scale * angle.sin() * side, scale * angle.cos()], 1)
    matrix = torch.cat([rows.view(count, 2, 2), torch.randn(count, 2, 1) * 0.025], 2)
    x = F.grid_sample(x, F.affine_grid(matrix, list(x.shape), align_corners=False), padding_mode="border", align_corners=False)
    if torch.rand(()) < 0.5:
        sigma = 0.3 + 1.6 * float(torch.rand(()))
        kernel = torch.exp(-(torch.arange(-4.0, 5.0) ** 2) / (2 * sigma**2))
        row = (kernel / kernel.sum()).expand(x.shape[1], 1, 1, 9)
        x = F.conv2d(F.conv2d(x, row, padding=(0, 4), groups=len(row)), row.transpose(2, 3), padding=(4, 0), groups=len(row))
    return x + torch.randn_like(x) * 0.025 * torch.rand(())


def columns(data: FaceData, names: list[str], rows: np.ndarray) -> Tensor:
    """Labels (N, names): 0, 1, NaN where unknown."""
    return torch.from_numpy(np.stack([data.attribute(name)[rows] for name in names], axis=1).astype(np.float32))


def train_reader(pictures: Tensor, labels: Tensor, epochs: int) -> Reader:
    """A reader trained on uint8 pictures (N, C, S, S); its weights are frozen afterwards."""
    reader = Reader(labels.shape[1]).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(reader.parameters(), READER_RATE, weight_decay=0.03)
    steps = epochs * math.ceil(len(pictures) / READER_BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, READER_RATE, total_steps=steps)
    for epoch in range(epochs):
        begun, total = time.perf_counter(), 0.0
        for rows in torch.randperm(len(pictures)).split(READER_BATCH):
            logits, _ = reader(varied(pictures[rows].float() / 255.0))
            loss = known_loss(logits, labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        note(f"reader, epoch {epoch + 1} of {epochs}: loss {total / len(pictures):.3f}, {time.perf_counter() - begun:.0f} s")
    return reader.eval().requires_grad_(False)


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """The training pictures, and the posteriors of each and of its mirror image (axis 1)."""

    pictures: Tensor  # uint8 (N, C, S, S)
    means: Tensor  # (N, 2, D)
    spreads: Tensor  # (N, 2, D), standard deviations

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures in [0, 1], half of them mirrored, and codes drawn from their posteriors."""
        turned = torch.rand(len(rows)) < 0.5
        x = self.pictures[rows].float() / 255.0
        means, spreads = (both[rows, turned.long()] for both in (self.means, self.spreads))
        return torch.where(turned[:, None, None, None], x.flip(3), x), means + spreads * torch.randn_like(means)


def material(engine: LatentEngine, pictures: np.ndarray) -> Material:
    """Of uint8 pictures (N, S, S, C)."""
    both = [engine.encode(np.ascontiguousarray(one)) for one in (pictures, pictures[:, :, ::-1])]
    means = torch.from_numpy(np.stack([codes.mean for codes in both], axis=1))
    spreads = torch.from_numpy(np.exp(np.stack([codes.log_var for codes in both], axis=1) / 2))
    return Material(torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous(), means, spreads)


def edited(model: LatentModule, reader: Reader, z: Tensor, before: Tensor, direction: Direction, column: int) -> Tensor:
    """What moved faces lack: how far the reader misses the attribute, and how far the upper part strays. A scalar."""
    unit = torch.from_numpy(np.asarray(direction.unit, np.float32))
    wanted = torch.rand(len(z)) < 0.5
    place = torch.where(wanted, float(direction.mean_with), float(direction.mean_without))
    after = model.to_pixels(model.decode_raw(z + (place - z @ unit)[:, None] * unit))  # type: ignore[operator]
    logits, _ = reader(varied(after))
    missing = F.relu(MARGIN - torch.where(wanted, 1.0, -1.0) * logits[:, column]).mean()
    upper = round(UPPER * after.shape[2])
    return EDITS * missing + STAYS * F.mse_loss(after[:, :, :upper], before.detach()[:, :, :upper])


def tune(model: LatentModule, reader: Reader, given: Material, direction: Direction, column: int, epochs: int) -> None:
    """Train the decoder's layers in place. BatchNorm's statistics stay: what is trained is what is used."""
    model.eval().requires_grad_(False)
    learning = [value for name, value in model.named_parameters() if name.split(".")[0] in DECODER]
    for value in learning:
        value.requires_grad_(True)
    optimizer = torch.optim.Adam(learning, RATE)
    steps = epochs * (len(given.pictures) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / steps))
    )
    for epoch in range(epochs):
        begun, sums = time.perf_counter(), np.zeros(3)
        for rows in torch.randperm(len(given.pictures)).split(BATCH)[: steps // epochs]:
            x, z = given.batch(rows)
            raw = model.decode_raw(z)
            pixels = F.mse_loss(raw, model.standardise(x))  # type: ignore[operator]
            picture = raw * model.pixel_std[:, None, None] + model.pixel_mean[:, None, None]  # type: ignore[index]
            both = varied(torch.cat([picture, x], 1)).chunk(2, 1)  # moved and blurred alike: no fine texture pleases
            seen, wanted = (reader(one)[1] for one in both)
            features = torch.stack([F.mse_loss(a, b) / b.var() for a, b in zip(seen, wanted, strict=True)]).mean()
            half = len(z) // 2
            edits = edited(model, reader, z[:half], picture[:half], direction, column)
            optimizer.zero_grad()
            (pixels + FEATURES * features + edits).backward()
            optimizer.step()
            schedule.step()
            sums += [pixels.item(), features.item(), edits.item()]
        pixel, feature, edit = sums / (steps // epochs)
        told = f"pixels {pixel:.4f}, features {feature:.4f}, edits {edit:.4f} (weighted)"
        note(f"epoch {epoch + 1} of {epochs}: {told}, {time.perf_counter() - begun:.0f} s")


def main() -> None:
    """Tune one model's decoder and write it beside."""
    options = parser("Tune a model's decoder for edits.")
    options.add_argument("checkpoint", help="a model that holds the direction; a shipped model's name or a file")
    options.add_argument("out", help="the .safetensors file to write")
    options.add_argument("--data", required=True, metavar="SOURCE", help="what the model was trained on")
    options.add_argument(
        "--attribute",
        default="smile",
        metavar="NAME",
        help="the direction, of something about the mouth: the upper face is held still; smile by default",
    )
    options.add_argument("--epochs", type=int, default=6, help="of the decoder; 6 by default")
    options.add_argument("--reader-epochs", type=int, default=14, help="14 by default")
    given = options.parse_args()
    epochs, reader_epochs, most = (1, 1, 160) if given.quick else (given.epochs, given.reader_epochs, None)
    torch.manual_seed(0)
    begun = time.perf_counter()
    saved = checkpoint.load(checkpoint.find(given.checkpoint))
    engine = LatentEngine(saved)
    directions = {values["name"]: from_dict(values) for values in saved.header.directions}
    if given.attribute not in directions or engine.classes or saved.header.settings.objective.likelihood != "gaussian":
        options.error("it wants a model with that direction, a Gaussian decoder and no classes")
    direction = directions[given.attribute]
    data = load_data(engine.header, given.data, lambda *_: None)
    known = {name.lower() for name in data.attribute_names()}
    if given.attribute not in known:
        options.error(f"the pictures have no label {given.attribute!r}")
    names = [name for name in dict.fromkeys((given.attribute, *READ)) if name in known]
    train, valid = data.split.train[:most], data.split.valid[:most]
    pictures = material(engine, data.images[train])
    reader = train_reader(pictures.pictures, columns(data, names, train), reader_epochs)
    model = create(saved.header.settings.model, engine.spec, saved.header.settings.objective.likelihood)
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in saved.part(MODEL).items()})
    tune(model, reader, pictures, direction, names.index(given.attribute), epochs)
    weights = {MODEL + name: value.numpy() for name, value in model.state_dict().items()}
    header = replace(saved.header, directions=[], data=saved.header.data | {GAIN_KEY: GAIN})
    checkpoint.save(Path(given.out), header, dict(saved.tensors) | weights)
    with torch.inference_mode():
        shown = torch.from_numpy(data.images[valid]).permute(0, 3, 1, 2).split(READER_BATCH)
        said = torch.cat([reader(part.float() / 255.0)[0] for part in shown]) > 0
    right = (said == (columns(data, names, valid) > 0.5)).float().mean(0)
    shares = {name: round(float(share), 4) for name, share in zip(names, right, strict=True)}
    report({"reader_accuracy": shares, "minutes": round((time.perf_counter() - begun) / 60, 1), "out": given.out}, given.json)


if __name__ == "__main__":
    main()
