"""`evaluate`: what a model learned, measured on labelled pictures; and how such pictures are framed for it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from core import checkpoint, device
from core.checkpoint import OBJECTIVE, Checkpoint, Header
from core.commands.shared import DONE
from core.commands.terminal import ProgressBar, give, give_json
from core.config import CENTER, FACE
from core.data.dataset import FaceData, load
from core.errors import CheckpointError, DataError
from core.latent import directions
from core.latent.codes import class_numbers, encode_rows
from core.latent.engine import LatentEngine
from core.metrics.directions import auc
from core.objectives import base as objectives
from core.objectives.base import Progress
from core.training.evaluate import evaluate


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a file, a run folder or a shipped model's name")
    parser.add_argument("--data", required=True, metavar="SOURCE", help="the labelled pictures")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(handler=_evaluate)


def load_data(header: Header, source: str, bar: ProgressBar) -> FaceData:
    """A data set framed and split as the checkpoint's own was.

    A box that was cut out of the training files makes no sense in files of another size: those are taken as already
    framed. Where the training pictures were framed by their faces, these are too. A class that the run named but that
    isn't in this data set is passed over.
    """
    config = replace(header.config.data, source=source)
    try:
        data = load(config, bar)
    except DataError:
        other = replace(config, positive="", crop=FACE if config.crop == FACE else CENTER)
        if other == config:
            raise
        data = load(other, bar)
        config = other
    sizes, trained = data.summary()["sizes"], header.data.get("sizes")
    if config.crop not in (CENTER, FACE) and trained and trained["smallest"] == trained["largest"] and sizes != trained:
        data = load(replace(config, crop=CENTER), bar)
    return data


def _evaluate(arguments: argparse.Namespace) -> int:
    path = checkpoint.find(arguments.checkpoint)
    saved = checkpoint.load(path)
    engine = LatentEngine(saved)
    bar = ProgressBar()
    try:
        result = measure(engine, saved, load_data(engine.header, arguments.data, bar), bar)
    finally:
        bar.close()
    if arguments.json:
        give_json(result | {"checkpoint": str(path), "checkpoint_id": engine.id})
    else:
        give(
            f"{result['images']:,} validation pictures\n"
            f"reconstruction {result['reconstruction']:.1f}, KL {result['kl']:.1f}, ELBO {result['elbo']:.1f} nats per image\n"
            f"PSNR {result['psnr']:.2f} dB, SSIM {result['ssim']:.3f}, active units {result['active_units']} of "
            f"{engine.spec.latent_dim}"
        )
        if "total_correlation" in result:
            give(f"total correlation {result['total_correlation']:.2f} nats, as the objective estimates it")
        for name, numbers in result["directions"].items():
            give(f"direction {name}: AUC {numbers['auc']:.3f} over {numbers['held_out']:,} pictures")
    return DONE


def measure(engine: LatentEngine, saved: Checkpoint, data: FaceData, bar: ProgressBar) -> dict[str, Any]:
    """Everything that `evaluate` says, over the validation part."""
    rows, classes = data.split.valid, class_numbers(engine, data)
    objective = objectives.create(saved.header.objective, engine.module)
    try:
        objective.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in saved.part(OBJECTIVE).items()})
    except RuntimeError as error:
        raise CheckpointError(f"The checkpoint's objective can't be read: {error}.") from None
    found = evaluate(
        engine.module,
        objective,
        device.choose("cpu", "fp32"),
        data.images,
        rows,
        progress=Progress(float(saved.header.epoch)),
        labels=classes,
        with_ssim=True,
        told=lambda done, total: bar("Evaluating", done, total),
    )
    scores = {}
    for values in saved.header.directions:
        direction = directions.from_dict(values)
        if direction.name not in (*data.attribute_names(), "smile"):
            continue
        try:
            labels = data.attribute(direction.name)[rows]
        except DataError:
            continue
        known = rows[~np.isnan(labels)]
        codes = encode_rows(engine, data.images, known, None, classes).mean
        scores[direction.name] = {
            "auc": auc(direction.position(codes), labels[~np.isnan(labels)] > 0.5),
            "held_out": len(known),
        }
    return {
        "images": len(rows),
        "reconstruction": found.reconstruction,
        "kl": found.kl,
        "elbo": found.elbo,
        "psnr": found.psnr,
        "ssim": found.ssim,
        "active_units": found.active_units,
        "directions": scores,
        **({} if found.total_correlation is None else {"total_correlation": found.total_correlation}),
    }
