"""The numbers of several runs as one table: a row for each epoch of each run, every digit kept."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

import numpy as np

from core.training.run_history import RunHistory

TABLES: dict[str, tuple[str, ...]] = {
    "loss": ("train_reconstruction", "valid_reconstruction", "train_kl", "valid_kl", "psnr"),
    "elbo": ("train_elbo", "valid_elbo"),
    "kl_per_dim": ("kl_per_dim",),
    "active_units": ("active_units",),
    "total_correlation": ("train_total_correlation", "valid_total_correlation"),
    "speed": ("images_per_second", "seconds"),
}
"""What a table is of -> its columns after `run` and `epoch`."""


def history_csv(runs: Sequence[tuple[str, RunHistory]], what: str) -> str:
    """A table as CSV: `run`, `epoch`, and the columns of `TABLES[what]`; numbers that are missing are empty.

    KL per dimension becomes a column for each dimension (`kl_0`, `kl_1`...), as many as the largest run has.

    Args:
        runs: name and history of each.
        what: a key of `TABLES`.
    """
    names = TABLES[what]
    width = max((history.kl_per_dim.shape[1] for _, history in runs), default=0) if "kl_per_dim" in names else 0
    heads = [f"kl_{dim}" for dim in range(width)] if width else list(names)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["run", "epoch", *heads])
    for run, history in runs:
        if "kl_per_dim" in names:
            values = np.full((len(history), width), np.nan)
            values[:, : history.kl_per_dim.shape[1]] = history.kl_per_dim
        else:
            values = np.stack([getattr(history, name).astype(np.float64) for name in names], axis=1)
        for epoch, row in zip(history.epoch.tolist(), values.tolist(), strict=True):
            table.writerow([run, epoch, *("" if math.isnan(value) else _plain(value) for value in row)])
    return text.getvalue()


def _plain(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
