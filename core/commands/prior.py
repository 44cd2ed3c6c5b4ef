"""`prior`: where the codes of a data set's pictures lie, learned for a trained model and kept in its checkpoint."""

from __future__ import annotations

import argparse

from core import checkpoint
from core.commands.model_file import must_rest, store
from core.commands.terminal import Bar, ProgressBar, ProgressLines, give, give_json
from core.errors import DONE
from core.evaluate import load_data
from core.latent.engine import LatentEngine
from core.latent.learned_prior import keep_in_checkpoint
from core.latent.prior_fit import learn_prior, must_lack_one


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a file, a run folder or a shipped model's name")
    parser.add_argument("--data", required=True, metavar="SOURCE", help="the pictures: best those that it was trained on")
    parser.add_argument("--more", action="append", default=[], metavar="SOURCE", help="more pictures, of other persons")
    parser.add_argument("--events", choices=("-",), help="say how far it is on standard output, a JSON line each")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    path = checkpoint.find(arguments.checkpoint)
    must_rest(path)
    engine = LatentEngine.load(path)
    must_lack_one(engine)
    bar: Bar = ProgressLines() if arguments.events else ProgressBar()
    try:
        data, *more = (load_data(engine.header, source, bar) for source in (arguments.data, *arguments.more))
        prior = learn_prior(engine, data, bar, more)
    finally:
        bar.close()
    store(path, lambda: keep_in_checkpoint(path, engine.id, prior))
    summary = {"checkpoint": str(path), "id": engine.id, "gain": round(prior.gain, 2)}
    if arguments.events:
        give_json({"event": "finished"} | summary)
    elif arguments.json:
        give_json(summary)
    else:
        give(
            f"Samples of {path} are now drawn where pictures' codes lie: a code of a validation picture is at least "
            f"{prior.gain:.1f} nats likelier there than under a normal distribution."
        )
    return DONE
