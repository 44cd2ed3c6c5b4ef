"""`pace`: how fast this machine trains with some settings, and how long a run would take; nothing is kept."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.commands.terminal import Bar, ProgressBar, ProgressLines, give, give_json, settings_from_words
from core.config import loads, with_values
from core.errors import DONE, ConfigError
from core.families.registry import DEFAULT, families, family
from core.runs.expected import fit_into, has_its_time, seconds_at
from core.training.new_config import new_config
from core.wording import counted


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="SOURCE", help="the pictures")
    names = [own.name for one in families() for own in one.presets]
    parser.add_argument("--preset", choices=names, help="settings by name; the first by default")
    parser.add_argument("--config", metavar="FILE", help="settings as JSON")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="any setting")
    parser.add_argument("--events", choices=("-",), help="say how far it is on standard output, a JSON line each")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    given = settings_from_words(arguments.set) | ({"data.source": arguments.data} if arguments.data else {})
    if arguments.config:
        try:
            config = with_values(loads(Path(arguments.config).read_text(encoding="utf-8")), given)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"The config file {arguments.config} can't be read: {error}.", "Check the path.") from None
    else:
        config = new_config(arguments.preset or family(DEFAULT).presets[0].name, given)
    if not config.data.source:
        raise ConfigError("No pictures were named.", "Add --data FOLDER, or --data demo or sprites for drawn ones.")
    from core.training.pace import images_per_second  # noqa: PLC0415
    from core.training.usable import load_for  # noqa: PLC0415 - torch takes seconds: settings are checked before

    bar: Bar = ProgressLines() if arguments.events else ProgressBar()
    try:
        data = load_for(config, bar)
    finally:
        bar.close()
    speed, pictures = images_per_second(config, data), len(data.split.train)
    minutes = has_its_time(config)
    seconds = seconds_at(config, pictures, speed)
    chosen = fit_into(config, minutes, pictures, speed) if minutes else {}
    summary = {"images_per_second": round(speed, 2), "train": pictures, "seconds": round(seconds, 1), "epochs": chosen}
    if arguments.events or arguments.json:
        give_json(({"event": "finished"} if arguments.events else {}) | summary)
        return DONE
    taken = f"{counted(config.epochs, 'epoch')} of {pictures:,} take about {seconds / 60.0:,.1f} minutes"
    give(f"{speed:,.1f} pictures a second; {taken}.")
    if chosen:
        give(f"In {minutes:.0f} minutes: {', '.join(f'{path} {epochs}' for path, epochs in chosen.items())}.")
    return DONE
