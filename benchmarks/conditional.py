"""Does a conditional model draw what it is asked for? Its samples of each class, named by a classifier that is trained here.

- `right`: share of the samples that the classifier names as the class they were asked for; `right_by_class` likewise.
- `classifier_accuracy`: of the classifier on the validation pictures, which it never saw.
"""

from __future__ import annotations

import time

import numpy as np
import torch
from common import note, parser, report
from torch import nn

from core import checkpoint
from core.data.dataset import FaceData, batch
from core.errors import ConfigError
from core.evaluate import load_data
from core.latent.code import Given
from core.latent.data_codes import given_by
from core.latent.engine import LatentEngine

SAMPLES = 1000  # of each class
EPOCHS = 4
BATCH = 128
WIDTHS = (32, 64)


class Classifier(nn.Module):
    """Logits of grey or coloured pictures, (B, classes)."""

    def __init__(self, channels: int, side: int, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((channels, *WIDTHS), WIDTHS, strict=False):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        flat = WIDTHS[-1] * (side // 4) ** 2
        layers += [nn.Flatten(), nn.Dropout(0.3), nn.Linear(flat, 128), nn.ReLU(), nn.Linear(128, classes)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (B, C, H, W) in [0, 1]."""
        return self.layers(x)

    def names(self, pictures: np.ndarray) -> np.ndarray:
        """The class of each picture, uint8 (N, H, W, C) -> (N,)."""
        self.eval()
        with torch.inference_mode():
            parts = [self(to_input(pictures[start : start + 500])).argmax(dim=1) for start in range(0, len(pictures), 500)]
        return torch.cat(parts).numpy()


def to_input(pictures: np.ndarray) -> torch.Tensor:
    """uint8 (B, H, W, C) -> float32 (B, C, H, W) in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255.0


def train(data: FaceData, labels: np.ndarray, classes: int, epochs: int) -> Classifier:
    """A classifier of the training part; the same each time."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    side, channels = data.config.image_size, data.config.channels
    classifier = Classifier(channels, side, classes)
    optimizer = torch.optim.Adam(classifier.parameters(), 1e-3)
    for epoch in range(epochs):
        begun, total = time.perf_counter(), 0.0
        classifier.train()
        order = rng.permutation(data.split.train)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            answers = classifier(to_input(batch(data.images, rows)))
            loss = nn.functional.cross_entropy(answers, torch.from_numpy(labels[rows]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        note(f"classifier, epoch {epoch + 1} of {epochs}: loss {total / len(order):.4f}, {time.perf_counter() - begun:.1f} s")
    return classifier


def main() -> None:
    """Run it."""
    options = parser("Does a conditional model draw what it is asked for?")
    options.add_argument("--checkpoint", required=True, metavar="C", help="a conditional model")
    options.add_argument("--data", required=True, metavar="SOURCE", help="what it was trained on, such as mnist:FOLDER")
    given = options.parse_args()
    engine = LatentEngine.load(checkpoint.find(given.checkpoint))
    if not engine.classes:
        raise ConfigError(f"{given.checkpoint} isn't conditional.", "Train one with --set model.name=conditional_vae.")
    data = load_data(engine.header, given.data, lambda *_: None)
    labels = given_by(engine, data).classes
    assert labels is not None
    classifier = train(data, labels, len(engine.classes), 1 if given.quick else EPOCHS)
    valid = data.split.valid
    accuracy = float((classifier.names(batch(data.images, valid)) == labels[valid]).mean())
    count = 50 if given.quick else SAMPLES
    by_class = {}
    for number, name in enumerate(engine.classes):
        pictures = engine.decode(engine.sample(count, seed=number), Given(np.full(count, number)))
        by_class[name] = round(float((classifier.names(pictures) == number).mean()), 4)
    result = {
        "right": round(float(np.mean(list(by_class.values()))), 4),
        "right_by_class": by_class,
        "classifier_accuracy": round(accuracy, 4),
        "samples": count * len(engine.classes),
        "validation_pictures": len(valid),
    }
    report(result, given.json)


if __name__ == "__main__":
    main()
