"""Histories for the coach's rules: runs that were healthy, as numbers, and made-up ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.checkpoint import Header
from core.coach.base import Facts
from core.config import TrainConfig, preset, with_values
from core.events import EpochFinished
from core.runs.history import RunHistory, history_of

Row = tuple[float, ...]
"""Training and validation reconstruction, training and validation KL (nats), PSNR (dB), active units, images/s."""

QUICK_CELEBA: tuple[Row, ...] = (
    (-9809.4, -13810.8, 416.8, 93.4, 17.84, 128, 104),
    (-13065.7, -14867.4, 245.7, 122.9, 18.68, 128, 104),
    (-14352.8, -15490.7, 196.6, 143.5, 19.28, 128, 101),
    (-14698.0, -15725.0, 212.6, 158, 19.5, 128, 96),
    (-15163.6, -16012.4, 199.3, 167.7, 19.86, 128, 103),
    (-15590.7, -16377.8, 203.9, 190.1, 20.27, 128, 103),
    (-15880.4, -16371.2, 204.2, 194, 20.26, 128, 98),
    (-16162.2, -16476.1, 206.9, 200.8, 20.41, 128, 95),
    (-16275.6, -16836.0, 213.1, 201.8, 20.92, 128, 103),
    (-16458.6, -16746.6, 218.1, 211.9, 20.81, 128, 104),
    (-16564.9, -16995.5, 221.6, 214.2, 21.17, 128, 106),
    (-16765.7, -17092.5, 226.1, 223.9, 21.33, 128, 103),
    (-16803.7, -16872.7, 230.1, 219.6, 20.94, 128, 105),
    (-16892.1, -17158.1, 233.6, 226.1, 21.44, 128, 109),
    (-16985.6, -17212.6, 235.8, 230.2, 21.52, 128, 106),
    (-17016.0, -17269.2, 238.2, 236.4, 21.63, 128, 99),
    (-17082.1, -17283.2, 241.2, 236.5, 21.67, 128, 101),
    (-17149.3, -17332.8, 242.6, 237.7, 21.74, 128, 92),
    (-17141.4, -17342.6, 244.1, 242.4, 21.77, 128, 105),
    (-17183.5, -17368.7, 245.7, 243.5, 21.81, 128, 110),
    (-17200.5, -17387.7, 245.8, 241.3, 21.86, 128, 105),
    (-17195.4, -17408.9, 246.3, 242.7, 21.9, 128, 109),
    (-17233.9, -17412.9, 247.2, 243.6, 21.9, 128, 112),
    (-17282.6, -17418.4, 246.8, 242.5, 21.91, 128, 110),
    (-17282.6, -17411.8, 246.7, 242.3, 21.9, 128, 110),
)
"""The preset quick on 4,500 faces of CelebA, 128 px, 25 epochs."""

LONGER_CELEBA: tuple[Row, ...] = (
    (-9808.6, -13777.0, 419, 97.2, 17.85, 128, 80),
    (-13057.3, -14868.0, 251.2, 121.9, 18.67, 128, 77),
    (-13936.2, -15439.8, 219, 139.4, 19.22, 128, 52),
    (-14509.1, -15701.5, 209.6, 150.1, 19.47, 128, 53),
    (-14950.4, -15841.7, 191.6, 160.2, 19.65, 128, 67),
    (-15458.6, -16160.9, 190.5, 181.7, 19.98, 128, 55),
    (-15761.4, -16296.4, 201.2, 187.4, 20.18, 128, 31),
    (-16027.1, -16426.8, 205.9, 197.3, 20.38, 128, 81),
    (-16041.5, -16734.2, 212.3, 196.5, 20.77, 128, 51),
    (-16336.1, -16819.8, 213.8, 206.6, 20.91, 128, 88),
    (-16391.2, -16839.0, 219.2, 210.9, 20.94, 128, 52),
    (-16595.3, -16948.6, 222, 216.8, 21.09, 128, 44),
    (-16638.1, -16782.6, 226.2, 216.2, 20.8, 128, 48),
    (-16746.8, -17072.5, 229.2, 217.8, 21.29, 128, 37),
    (-16849.3, -17134.3, 232.2, 227.1, 21.39, 128, 83),
    (-16874.8, -17194.3, 235.3, 229.1, 21.5, 128, 82),
    (-16960.3, -17198.1, 239, 233.8, 21.52, 128, 85),
    (-17041.8, -17281.1, 241.6, 234.7, 21.65, 128, 91),
    (-17038.5, -17250.1, 243.6, 237.8, 21.62, 128, 45),
    (-17089.5, -17251.6, 245.7, 243.9, 21.61, 128, 71),
    (-17111.4, -17284.3, 247, 242.9, 21.67, 128, 77),
    (-17141.9, -17324.3, 249.2, 243.9, 21.73, 128, 43),
    (-17194.7, -17328.3, 250.2, 245.2, 21.74, 128, 58),
    (-17265.7, -17369.4, 251.5, 245.7, 21.83, 128, 32),
    (-17288.0, -17432.1, 252.8, 247.7, 21.93, 128, 73),
    (-17274.4, -17442.5, 253.5, 247.6, 21.97, 128, 64),
    (-17271.6, -17437.1, 254.5, 249.1, 21.94, 128, 29),
    (-17335.4, -17474.5, 254.7, 248.3, 22.02, 128, 87),
    (-17315.8, -17489.2, 255.5, 249.9, 22.05, 128, 30),
    (-17352.8, -17490.4, 255, 250.8, 22.05, 128, 81),
    (-17339.9, -17500.3, 256.4, 252.2, 22.07, 128, 83),
    (-17352.5, -17502.6, 256.2, 252.3, 22.08, 128, 73),
    (-17368.2, -17493.5, 256.4, 252.9, 22.05, 128, 28),
    (-17353.3, -17503.6, 256.4, 251.7, 22.07, 128, 29),
)
"""The same over 34 epochs, on a machine that did other things besides."""

QUICK_DRAWN: tuple[Row, ...] = (
    (-13820.0, -17322.6, 369.8, 60.1, 18.19, 122, 79),
    (-17493.0, -19236.1, 208.9, 83.3, 19.75, 128, 84),
    (-18885.5, -19756.8, 198.2, 90.7, 20.27, 128, 86),
    (-19277.7, -20195.8, 172.1, 92.4, 20.81, 128, 86),
    (-19944.1, -20471.0, 138.5, 97.1, 21.17, 128, 86),
    (-20138.8, -20467.7, 134, 100, 21.18, 128, 73),
    (-20477.8, -20683.3, 121.2, 104.2, 21.48, 128, 89),
    (-20562.3, -20910.8, 121.5, 106.9, 21.82, 128, 96),
    (-20810.8, -20944.1, 117.9, 108.5, 21.88, 128, 95),
    (-20949.3, -21185.6, 119.2, 112, 22.3, 128, 99),
    (-21068.5, -21044.1, 120.7, 115.6, 22.04, 128, 92),
    (-21166.9, -21300.4, 122.7, 117.9, 22.51, 128, 100),
    (-21225.9, -21393.5, 124.1, 122.3, 22.68, 128, 90),
    (-21294.3, -21445.1, 125.7, 125.4, 22.78, 128, 96),
    (-21387.2, -21468.8, 126.8, 126.1, 22.83, 128, 81),
    (-21496.7, -21525.3, 128.1, 126.7, 22.95, 128, 59),
    (-21496.4, -21569.7, 130.6, 129.1, 23.04, 128, 90),
    (-21535.9, -21579.4, 130.7, 130.1, 23.07, 128, 63),
    (-21594.0, -21643.3, 131.4, 131.2, 23.2, 128, 70),
    (-21609.8, -21671.6, 132.7, 132.3, 23.26, 128, 90),
    (-21634.3, -21683.4, 132.4, 132.9, 23.29, 128, 77),
    (-21664.1, -21698.9, 133.5, 134.1, 23.32, 128, 113),
    (-21660.6, -21716.3, 133.6, 134, 23.37, 128, 90),
    (-21692.0, -21715.6, 133.4, 132.7, 23.37, 128, 85),
    (-21682.6, -21721.9, 133.5, 133.5, 23.38, 128, 97),
)
"""The preset quick on the 4,000 drawn faces, 25 epochs."""

SMILES: dict[str, Any] = {
    "images": 4500,
    "classes": {"non_smile": 2463, "smile": 2037},
    "positive": "smile",
    "train": 3600,
    "valid": 900,
    "copies_across_split": 0,
    "class_looks": {
        "non_smile": {
            "pictures": 1000,
            "brightness": 113.236,
            "brightness_spread": 31.078,
            "sharpness": 16.849,
            "sharpness_spread": 7.828,
        },
        "smile": {
            "pictures": 1000,
            "brightness": 116.955,
            "brightness_spread": 27.487,
            "sharpness": 16.964,
            "sharpness_spread": 7.783,
        },
    },
}
"""What a run on those faces of CelebA says of its pictures."""


def healthy(rows: tuple[Row, ...], epochs: int = 0) -> RunHistory:
    """A history of the first epochs of a run (0 = all of them)."""
    kl_shape = np.linspace(4.5, 0.36, 128)
    return history_of(
        [
            _epoch(number, len(rows), *row[:6], row[6], tuple(kl_shape * row[3] / kl_shape.sum()))
            for number, row in enumerate(rows[: epochs or len(rows)], 1)
        ]
    )


def history_behind(header: Header, epochs: int = 0) -> RunHistory:
    """A history of the first epochs of the run behind a checkpoint (0 = all of them), in all of its phases."""
    kl_shape = np.linspace(4.5, 0.36, 128)  # a checkpoint doesn't keep each axis's own
    return history_of(
        [
            EpochFinished(
                epoch=row["epoch"],
                epochs=len(header.history),
                seconds=row["seconds"],
                images_per_second=row["images_per_second"],
                train={name.removeprefix("train_"): value for name, value in row.items() if name.startswith("train_")},
                valid={name.removeprefix("valid_"): value for name, value in row.items() if name.startswith("valid_")},
                learning_rate=row["learning_rate"],
                preview="",
                numbers={"active_units": float(row["active_units"]), "beta": row["beta"]},
                per_axis={"kl_per_dim": tuple(kl_shape * row["valid_kl"] / kl_shape.sum())},
                phase=row.get("phase", ""),
            )
            for row in header.history[: epochs or len(header.history)]
        ]
    )


def made_up(
    epochs: int = 0,
    *,
    train: np.ndarray,
    valid: np.ndarray,
    kl: Any = 100.0,
    psnr: Any = None,
    active: Any = 128,
    rate: Any = 100.0,
    pictures: int = 3600,
    kl_per_dim: tuple[float, ...] = (),
) -> RunHistory:
    """A history of given negative ELBOs in nats.

    Args:
        epochs: planned; 0 = as many as there are.
        train: (E,) of the training part.
        valid: (E,) of the validation part.
        kl: of both; (E,) or one number.
        psnr: dB; by default it rises as the validation ELBO does.
        active: units.
        rate: images a second.
        pictures: of the training part, for the seconds of an epoch.
        kl_per_dim: of every epoch.
    """
    count = len(train)
    kl, active, rate = (np.broadcast_to(np.asarray(value, float), count) for value in (kl, active, rate))
    psnr = 20.0 - valid / 1000.0 if psnr is None else psnr
    return history_of(
        [
            _epoch(
                at + 1,
                epochs or count,
                float(train[at] - kl[at]),
                float(valid[at] - kl[at]),
                float(kl[at]),
                float(kl[at]),
                float(psnr[at]),
                int(active[at]),
                float(rate[at]),
                kl_per_dim,
                pictures,
            )
            for at in range(count)
        ]
    )


def falling(epochs: int, start: float = 6000.0, end: float = 1000.0, noise: float = 10.0, seed: int = 0) -> np.ndarray:
    """(E,) nats that fall fast and then slowly, as training does."""
    curve = end + (start - end) * np.exp(-np.arange(epochs) / (epochs / 6))
    return curve + noise * np.random.default_rng(seed).standard_normal(epochs)


def facts_of(
    history: RunHistory,
    data: dict[str, Any] | None = None,
    device: str = "",
    precision: str = "",
    precision_setting: str = "auto",
    **settings: Any,
) -> Facts:
    """Facts with settings of `quick` unless others are given; dots in names as double underscores."""
    return Facts(
        history, settings_of(precision=precision_setting, **settings), data if data is not None else SMILES, device, precision
    )


def settings_of(**settings: Any) -> TrainConfig:
    """`quick` with some settings replaced."""
    return with_values(preset("quick"), {name.replace("__", "."): value for name, value in settings.items()})


def _epoch(
    number: int,
    epochs: int,
    train: float,
    valid: float,
    train_kl: float,
    valid_kl: float,
    psnr: float,
    active: float,
    rate: float,
    kl_per_dim: tuple[float, ...],
    pictures: int = 3600,
) -> EpochFinished:
    return EpochFinished(
        epoch=number,
        epochs=epochs,
        seconds=pictures / rate,
        images_per_second=rate,
        train={"loss": train + train_kl, "reconstruction": train, "kl": train_kl},
        valid={"loss": valid + valid_kl, "reconstruction": valid, "kl": valid_kl, "psnr": psnr},
        learning_rate=0.001,
        preview="",
        numbers={"active_units": float(int(active)), "beta": 1.0},
        per_axis={"kl_per_dim": kl_per_dim},
    )
