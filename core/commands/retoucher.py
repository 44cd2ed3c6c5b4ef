"""`retoucher`: trains the network that makes a model's edits look photographed, and stores it in the model's file."""

from __future__ import annotations

import argparse
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from core import checkpoint, device
from core.commands.model_file import must_rest, store
from core.commands.terminal import Bar, ProgressBar, ProgressLines, give, give_json, say
from core.errors import DONE, CheckpointError, ConfigError
from core.evaluate import load_data
from core.export.images import grid, save_picture
from core.files import write_whole
from core.latent.direction_file import find_direction
from core.latent.engine import LatentEngine
from core.retouch.network import composed
from core.retouch.retoucher import LEAST_STRENGTH, MOST_STRENGTH, Retoucher, keep_in_checkpoint
from core.training.retouching.learn import BATCH, PICTURES, RetoucherTraining
from core.training.retouching.material import Material, gather

SAVED_EVERY = 8000  # pictures
PREVIEWED_EVERY = 1600
SHOWN = 8  # faces in a preview
LIGHT = "0.7,1"  # of the shades that it learns: at their full strength they are the first that looks painted
SHADE = "1.1,0"  # by eye and by how many faces then smile


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a file, a run folder or a shipped model's name")
    parser.add_argument("--data", required=True, metavar="SOURCE", help="the labelled pictures that the model was trained on")
    parser.add_argument("--more", default=[], action="append", metavar="SOURCE", help="more faces, framed alike; may be repeated")
    parser.add_argument("--attribute", default="smile", metavar="NAME", help="the direction to be learned; smile by default")
    parser.add_argument("--pictures", type=int, default=PICTURES, metavar="N", help=f"faces to look at; {PICTURES:,} by default")
    parser.add_argument("--state", default="", metavar="FILE", help="save the state of training there, and resume from it")
    parser.add_argument(
        "--preview", default="", metavar="FILE", help="a picture that shows how far it is: faces, and edited by 100 %%"
    )
    parser.add_argument(
        "--out", default="", metavar="FILE", help="write the model with its retoucher there (.safetensors), not into C"
    )
    parser.add_argument("--events", choices=("-",), help="say how far it is on standard output, a JSON line each")
    parser.add_argument(
        "--strength",
        default="1,1",
        metavar="MORE,LESS",
        help="how strongly 100 %% and -100 %% are applied, as multiples of what it learned; 1,1 by default",
    )
    parser.add_argument(
        "--light",
        default=LIGHT,
        metavar="MORE,LESS",
        help=f"the same for the shades that it learns to put beside a mouth, whatever --strength is; {LIGHT} by default",
    )
    parser.add_argument(
        "--shade",
        default=SHADE,
        metavar="MORE,LESS",
        help=f"how much of the shades that the model itself draws comes in addition, 0 to 3; {SHADE} by default",
    )
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="of the processor; all by default")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of everything drawn; 0 by default")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    if not BATCH <= arguments.pictures <= 10_000_000:
        raise ConfigError(
            f"--pictures is {arguments.pictures}.", f"Write a number from {BATCH} to 10,000,000, for example {PICTURES}."
        )
    strengths = _factors("--strength", arguments.strength, LEAST_STRENGTH)
    lights, shades = (_factors(f"--{name}", getattr(arguments, name), 0.0) for name in ("light", "shade"))
    if not 0 <= arguments.threads <= 1024:
        raise ConfigError(f"--threads is {arguments.threads}.", "Write how many, for example 2; 0 is all.")
    if arguments.out and not arguments.out.lower().endswith(checkpoint.SUFFIX):
        raise ConfigError(f"--out is {arguments.out}.", f"Give it a name that ends in {checkpoint.SUFFIX}.")
    path = checkpoint.find(arguments.checkpoint)
    if not arguments.out:
        must_rest(path)
    if arguments.threads:
        device.set_threads(arguments.threads)
    state = Path(arguments.state).expanduser() if arguments.state else None
    kept = _kept(state)
    engine = LatentEngine.load(path)
    direction = find_direction(engine.header, arguments.attribute)
    if lost := replaced_by(engine.retoucher, direction.name):
        stays = f"{path.name} stays as it is." if arguments.out else "--out FILE would leave this file as it is."
        say(f"{path.name} retouches {lost}. The new retoucher, for {direction.name!r}, takes the place of that one. {stays}")
    bar: Bar = ProgressLines() if arguments.events else ProgressBar()
    begun = time.perf_counter()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to end, it keeps what it has learned, as after Ctrl+C
    try:
        data = load_data(engine.header, arguments.data, bar)
        others = [load_data(engine.header, source, bar) for source in arguments.more]
        material = gather(engine, direction, data, others, bar)
        training = RetoucherTraining(material, arguments.pictures, arguments.seed)
        if kept is not None:
            training.load(kept)
            training.total = max(arguments.pictures, training.seen)
        _learn(training, material, bar, state, Path(arguments.preview).expanduser() if arguments.preview else None)
    finally:
        bar.close()
    target = Path(arguments.out).expanduser() if arguments.out else path
    strain = training.strain_bounds()
    retoucher = Retoucher(training.averaged, (direction.name,), material.bounds, strengths, strain, lights, shades)
    store(target, lambda: keep_in_checkpoint(path, engine.id, retoucher, target), path)
    minutes = (time.perf_counter() - begun) / 60.0
    summary: dict[str, Any] = {
        "checkpoint": str(target),
        "attribute": direction.name,
        "faces": len(material.labels),
        "pictures": training.seen,
        "minutes": round(minutes, 1),
    }
    if arguments.events:
        give_json({"event": "finished"} | summary)
    elif arguments.json:
        give_json(summary)
    else:
        count = f"{training.seen:,} pictures of {len(material.labels):,} faces, {minutes:.0f} minutes"
        give(f"{target} retouches {direction.name!r} now ({count}).")
    return DONE


def replaced_by(retoucher: Retoucher | None, name: str) -> str:
    """The directions, quoted, that a model no longer retouches once it has a retoucher for another one; "" for none."""
    return ", ".join(repr(one) for one in (retoucher.directions if retoucher is not None else ()) if one != name)


def _factors(option: str, text: str, least: float) -> tuple[float, float]:
    """Both numbers of an option such as --strength, from `least` on. Raises ConfigError."""
    try:
        more, less = (float(part) for part in text.split(","))
    except ValueError:
        more = less = -1.0
    if not (least <= more <= MOST_STRENGTH and least <= less <= MOST_STRENGTH):
        raise ConfigError(f"{option} is {text}.", f"Write two numbers from {least:g} to {MOST_STRENGTH:g}, for example 1.4,1.")
    return more, less


def _learn(training: RetoucherTraining, material: Material, bar: Bar, state: Path | None, preview: Path | None) -> None:
    """Train to the end; when interrupted, save what is needed to go on to `state`, if that is given."""
    saved = previewed = training.seen
    try:
        for report in training.run():
            bar("Learning to retouch", report.seen, report.total)
            if preview is not None and report.seen - previewed >= PREVIEWED_EVERY:
                save_picture(preview, _preview(training, material), {})
                previewed = report.seen
                if isinstance(bar, ProgressLines):
                    give_json({"event": "preview", "file": str(preview)})
            if state is not None and report.seen - saved >= SAVED_EVERY:
                _keep(state, training)
                saved = report.seen
    except KeyboardInterrupt:
        bar.close()
        if state is not None:
            _keep(state, training)
            say(f"What was learned is kept in {state}; the same command goes on from there.")
        raise
    if state is not None:
        _keep(state, training)
    if preview is not None:
        save_picture(preview, _preview(training, material), {})


def _preview(training: RetoucherTraining, material: Material) -> np.ndarray:
    """Some faces, and the same ones edited by 100 %: those with the attribute lose it, the others gain it."""
    rows = np.linspace(0, len(material.labels) - 1, SHOWN).astype(int)
    none = np.zeros(SHOWN, bool)
    with torch.inference_mode():
        faces = material.faces(rows, none)
        layers = training.averaged(faces, material.changes(rows, none, 1 - material.labels[rows]))
        both = torch.stack([faces, composed(faces, layers, torch.ones(SHOWN))])
    pixels = both.clamp(0.0, 1.0).mul(255.0).round().to(torch.uint8).permute(0, 1, 3, 4, 2).numpy()
    return grid(list(pixels))


def _keep(state: Path, training: RetoucherTraining) -> None:
    tensors = training.tensors()
    write_whole(state, lambda beside: save_file(tensors, beside))


def _kept(state: Path | None) -> dict[str, np.ndarray] | None:
    if state is None or not state.exists():
        return None
    try:
        return dict(load_file(state))
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{state} can't be read ({error}).", "Give another file as --state, or delete it.") from None
