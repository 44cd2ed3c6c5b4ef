"""The page docs/settings.md, made from the settings themselves: `python -m tests.helpers.settings_page` writes it anew."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from core.config import TrainConfig, all_paths, all_settings, get, preset
from core.families.base import Family
from core.families.registry import families, family
from core.runs.differences import COMMON
from core.setting import Setting

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
_HEAD = """# Settings

What `--set` knows, made from the code by `python -m tests.helpers.settings_page`. An option in brackets is the shorter way
to say it. Behind the default stand the presets that have another value; [some sources](data-sets.md) ask for a few more. More
on those of training is [here](command-line.md#training), on objectives and networks [there](objectives.md).
"""
_TIMED = "{presets} choose their epochs [by the time that they take](command-line.md#training), unless somebody says how many."

_COLUMNS = "| setting | does | values | default |\n|---|---|---|---|"


def page() -> str:
    """All of it, in Markdown."""
    every = [path for path in all_settings() if path in COMMON]
    timed = [f"`{own.name}`" for one in families() for own in one.presets if own.minutes]
    parts = [
        _HEAD,
        _TIMED.format(presets=f"{', '.join(timed[:-1])} and {timed[-1]}") + "\n",
        "## Of every run\n",
        _COLUMNS,
        *_rows(families(), every),
        "",
    ]
    for one in families():
        own = [path for path in all_settings(one.name) if path not in COMMON]
        parts += [f"## {one.title} (`--family {one.name}`)\n", one.help + "\n", _COLUMNS, *_rows([one], own), ""]
    return "\n".join(parts)


def _rows(of: Iterable[Family], paths: Iterable[str]) -> Iterator[str]:
    first, *others = of
    plain = TrainConfig(family=first.name, settings=family(first.name).settings())
    names = [own.name for one in (first, *others) for own in one.presets]
    for path in paths:
        known, kind, default = all_settings(first.name)[path], all_paths(first.name)[path], get(plain, path)
        others_have = {name: get(preset(name), path) for name in names if path not in ("preset", "family")}
        differing = [f"`{name}` {_text(value)}" for name, value in others_have.items() if value != default]
        option = f" (`{known.option}`)" if known.option else ""
        defaults = "; ".join([_text(default), *differing])
        yield f"| `{path}`{option} | {_first_sentence(known.help)} | {_values(known, kind)} | {defaults} |"


def _values(known: Setting, kind: type) -> str:
    if known.choices:
        return ", ".join(f"`{value}`" for value in known.choices)
    if kind is bool:
        return "`yes`, `no`"
    if kind is str:
        return "a text"
    unit = f" {known.unit}" if known.unit else ""
    high = f" to {_text(known.high)}" if math.isfinite(known.high) else " and more"
    return f"{_text(known.low)}{high}{unit}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return f"`{value}`" if value else "none"
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
