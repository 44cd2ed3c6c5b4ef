"""`direction`: an attribute's direction, fitted on labelled pictures and kept in the checkpoint or in a file of its own."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from core import checkpoint
from core.commands.model_file import must_rest, store
from core.commands.terminal import ProgressBar, give, give_json
from core.errors import DONE, ConfigError
from core.evaluate import load_data
from core.families.base import Can
from core.latent.direction_file import SUFFIX, called_as_in, keep_in_checkpoint, write_direction
from core.latent.direction_fit import METHODS, chosen_method
from core.latent.directions import Direction
from core.latent.instrument import load_instrument, must
from core.metrics.direction_quality import fit_and_score
from core.wording import percent

SHOWN_SHARE = 0.01  # of a direction: smaller shares aren't mentioned


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a file, a run folder or a shipped model's name")
    parser.add_argument("--data", required=True, metavar="SOURCE", help="the labelled pictures")
    parser.add_argument("--attribute", required=True, metavar="NAME", help="smile, a class, or a column of labels.csv")
    parser.add_argument("--method", choices=METHODS, help="mean (default), balanced by a column, logistic, or visible")
    parser.add_argument("--balance", default="", metavar="COLUMN", help="what must not change along with it, e.g. male")
    parser.add_argument(
        "--keep", default="", metavar="NAME,...", help="what must stay as it is: brightness, sharpness, pose, attributes"
    )
    parser.add_argument("--out", default="", metavar="FILE", help="write the direction there (.json), not into the checkpoint")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    method = chosen_method(arguments.method or "", arguments.balance)
    if arguments.out and not arguments.out.lower().endswith(SUFFIX):
        raise ConfigError(f"--out is {arguments.out}.", f"Give it a name that ends in {SUFFIX}.")
    path = checkpoint.find(arguments.checkpoint)
    if not arguments.out:
        must_rest(path)
    engine = load_instrument(path)
    must(engine.header, Can.MOVE, "have directions")
    bar = ProgressBar()
    try:
        direction = fit_and_score(
            engine,
            load_data(engine.header, arguments.data, bar),
            arguments.attribute,
            method=method,
            balance=arguments.balance,
            keep=[word.strip() for word in arguments.keep.split(",") if word.strip()],
            thorough=True,
            progress=bar,
        )
    finally:
        bar.close()
    if arguments.out:
        write_direction(Path(arguments.out), direction)
    else:
        store(path, lambda: _write(path, direction))
    if arguments.json:
        give_json(direction.to_dict() | {"attribute": direction.name, "checkpoint": str(path)})
    else:
        give(describe(direction))
    return DONE


def _write(path: Path, direction: Direction) -> bool:
    """Write a direction into its checkpoint; False if a run has meanwhile written other weights."""
    direction = called_as_in(checkpoint.read_header(path), direction)
    return keep_in_checkpoint(path, direction.checkpoint_id, {direction.name: direction})


def describe(direction: Direction) -> str:
    """How far a direction can be trusted, in words."""
    balanced = f", balanced by {direction.balance}" if direction.balance else ""
    kept = f", keeping {', '.join(direction.kept)}" if direction.kept else ""
    score = (
        f"held-out AUC {direction.auc:.3f} over {direction.held_out:,} validation pictures (0.5 = chance, 1 = perfect)"
        if np.isfinite(direction.auc)
        else "no held-out score: the validation part has only one kind"
    )
    steady = f"stability {direction.stability:.2f} (mean cosine between fits on resampled pictures; 1 = always the same)"
    shares = ", ".join(
        f"{name} {percent(100.0 * share)}"
        for name, share in sorted(direction.shares.items(), key=lambda one: -one[1])
        if share >= SHOWN_SHARE
    )
    return (
        f"{direction.name}: {direction.method}{balanced}{kept}, from {direction.source}\n  {score}\n  {steady}\n"
        f"  of it is {shares or 'nothing else that is known'} (--keep NAME takes that out)\n"
        f"  with it {direction.mean_with:+.2f}, without {direction.mean_without:+.2f} along the direction"
    )
