"""`series`: runs that are meant to be compared, such as the nine models of the report, trained one after another."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.commands.terminal import say, settings_from_words
from core.commands.training import train
from core.config import TrainConfig
from core.errors import DONE, ConfigError
from core.families.base import Family, RunSet
from core.families.registry import families
from core.files import expanded
from core.runs.listing import read_config, read_summary
from core.runs.queue import plan, set_of_runs
from core.training.new_config import new_config
from core.wording import counted


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    known = {one.name: f"{one.name} ({kind.title}: {len(one.runs)} runs)" for kind in families() for one in kind.sets}
    parser.add_argument("--runs", required=True, metavar="SET", choices=list(known), help=f"which: {', '.join(known.values())}")
    parser.add_argument("--data", required=True, metavar="SOURCE", help="pictures to learn from")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the runs' folders go")
    parser.add_argument("--preset", metavar="NAME", help="the settings that are the same in all; the family's first by default")
    parser.add_argument("--epochs", type=int, metavar="N", help="of each run")
    parser.add_argument("--threads", type=int, metavar="N", help="processor threads; 0 = all cores")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="any setting that the runs share")
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    kind, chosen = _chosen(arguments.runs)
    runs = [(expanded(arguments.out) / end, config) for end, config in set_of_runs(_shared(arguments, kind, chosen), chosen)]
    _must_be_these([(folder, config) for folder, config in runs if folder.exists()])
    for folder, config in runs:
        if not folder.exists():
            plan(folder, config)
    for number, (folder, config) in enumerate(runs, 1):
        if read_summary(folder).state == "finished":
            say(f"{folder.name} is finished.")
            continue
        say(f"{folder.name}, {number} of {len(runs)}: {', '.join(kind.about(config.settings))}")
        code = train.run(_words(folder))
        if code != DONE:
            return code
    say(
        f"{counted(len(runs), 'run')} finished. main.py compare --runs {' '.join(str(folder) for folder, _ in runs)} compares them."
    )
    return DONE


def _chosen(name: str) -> tuple[Family, RunSet]:
    return next((kind, one) for kind in families() for one in kind.sets if one.name == name)


def _shared(arguments: argparse.Namespace, kind: Family, chosen: RunSet) -> TrainConfig:
    """The settings that all runs share.

    Raises:
        ConfigError: a setting that they can't have, or in which they differ.
    """
    given: dict[str, Any] = settings_from_words(arguments.set) | {"data.source": arguments.data}
    given |= {path: value for path in ("epochs", "threads") if (value := getattr(arguments, path)) is not None}
    differ = sorted({path for values in chosen.runs.values() for path in values} & set(given))
    if differ:
        raise ConfigError(f"The runs differ in {differ[0]}.", "Leave it out.")
    names = [one.name for one in kind.presets]
    if arguments.preset not in (None, *names):
        raise ConfigError(f"A {kind.title} has no preset {arguments.preset}.", f"Choose one of: {', '.join(names)}.")
    return new_config(arguments.preset or names[0], given)


def _must_be_these(runs: list[tuple[Path, TrainConfig]]) -> None:
    """Raises ConfigError where a folder holds anything but the run that it is to hold."""
    for folder, config in runs:
        if read_config(folder) != config:
            raise ConfigError(f"{folder} holds something else than this run.", "Choose another --out, or give the same settings.")


def _words(folder: Path) -> argparse.Namespace:
    """What `train` is told to begin a planned run, or to go on with it."""
    parser = argparse.ArgumentParser()
    train.add_arguments("train", parser)
    return parser.parse_args(["--out", str(folder), "--resume"])
