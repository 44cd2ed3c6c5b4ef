"""`families`: the kinds of models that there are, and what each can do; no torch is loaded for it."""

from __future__ import annotations

import argparse
import json
from typing import Any

from core.commands.terminal import give
from core.config import TrainConfig, preset
from core.errors import DONE
from core.families.base import Family
from core.families.registry import families


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="a JSON list on standard output, an object for each")
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.json:
        give(json.dumps([described(one) for one in families()]))
        return DONE
    for one in families():
        own = described(one)
        spaces = ", ".join(f"{name} ({' × '.join(map(str, space['shape']))})" for name, space in own["spaces"].items())
        give(f"{one.name}: {one.title}. {one.help}")
        give(f"  codes {spaces or 'none'}; can {', '.join(own['can'])}; presets {', '.join(own['presets'])}")
    return DONE


def described(one: Family) -> dict[str, Any]:
    """A family for JSON; what depends on settings is that of its first preset."""
    config: TrainConfig = preset(one.presets[0].name)
    shape = (config.data.channels, config.data.image_size, config.data.image_size)
    spaces = one.spaces(config.settings, shape)
    return {
        "name": one.name,
        "title": one.title,
        "takes": list(one.takes(config.settings, shape)),
        "spaces": {
            name: {"kind": space.kind, "shape": list(space.shape)} | ({"entries": space.entries} if space.entries else {})
            for name, space in spaces.items()
        },
        "can": sorted(one.can(config.settings, shape)),
        "metrics": [
            {
                "key": metric.key,
                "title": metric.title,
                "unit": metric.unit,
                "lower_is_better": metric.lower_is_better,
                "per_axis": metric.per_axis,
            }
            for metric in one.metrics
        ],
        "presets": [own.name for own in one.presets],
    }
