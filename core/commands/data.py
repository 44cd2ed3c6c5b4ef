"""`data`: what a folder holds, and what of it can't be used."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from core.commands.terminal import ProgressBar, give, give_json, say, settings_from_words
from core.config import with_values
from core.data.cache.store import over_limit_note
from core.data.dataset import load
from core.data.folders import PassedOver, passed_over_title
from core.data.sources import preset_for
from core.errors import DONE
from core.wording import counted

SOURCES = "a folder of class folders, a flat one, CelebA's; demo, sprites, mnist:FOLDER, or dSprites' .npz"


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help=SOURCES)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="any setting, e.g. data.crop=center")
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    config = with_values(preset_for("quick", arguments.source), settings_from_words(arguments.set))
    bar = ProgressBar()
    try:
        data = load(config.data, bar)
    finally:
        bar.close()
    if data.over_limit:
        say(over_limit_note(data.images.nbytes))
    summary = data.summary()
    if arguments.json:
        give_json(summary)
    else:
        give(as_text(summary, data.index.passed_over))
    return DONE


def as_text(summary: dict[str, Any], passed_over: Sequence[PassedOver] = ()) -> str:
    """The summary for people."""
    lines = [f"{summary['images']:,} usable pictures"]
    for name, count in summary["classes"].items():
        with_it = "   (with the attribute)" if name and name == summary["positive"] else ""
        unnamed = "one class without a name" if len(summary["classes"]) == 1 else "without a class"
        lines.append(f"  {name or unnamed}: {count:,}{with_it}")
    named = [name for name, count in summary["classes"].items() if name and count]
    if len(named) > 1 and not summary["attribute"] and not summary["factors"]:
        lines.append("  Which class is the one with the attribute? Say so: --set data.positive=CLASS")
    small, large = summary["sizes"]["smallest"], summary["sizes"]["largest"]
    lines.append(f"sizes: {small[0]}x{small[1]} to {large[0]}x{large[1]}")
    lines.append(_split_line(summary))
    if summary["attributes"]:
        lines.append("attributes: " + ", ".join(summary["attributes"]))
    lines += label_lines(summary["labels"])
    if summary["factors"]:
        lines.append("factors: " + ", ".join(f"{name} ({len(values)})" for name, values in summary["factors"].items()))
    if passed_over:
        lines.append(f"{passed_over_title(passed_over)}:")
        lines += [f"  {entry.line}" for entry in passed_over]
    if summary["bad"]:
        lines.append(f"{counted(len(summary['bad']), 'file')} can't be used:")
        lines += [f"  {bad['file']}: {bad['reason']}" for bad in summary["bad"]]
    if summary["duplicates"]:
        lines.append(f"{len(summary['duplicates']):,} groups of identical files:")
        lines += [f"  {' = '.join(group)}" for group in summary["duplicates"]]
    return "\n".join(lines)


def _split_line(summary: dict[str, Any]) -> str:
    split = summary["split"]
    line = f"split: {split['train']:,} training, {split['valid']:,} validation"
    if summary["own_split"]:
        line += f", by {summary['split_from']}" if summary["split_from"] else ", as the pictures came"
    if summary["near_copies"]:
        across = summary["near_copies_across_split"]
        apart = f"{across:,} of the latter are neighbouring views of" if across else "none of the latter is a neighbouring view of"
        line += f"; {apart} a training picture"
    shared = summary["shared_persons"]
    if shared:
        return f"{line}, {shared:,} {'person' if shared == 1 else 'people'} in both parts"
    return line + (", no person in both parts" if split["persons"] else "")


def label_lines(labels: dict[str, Any]) -> list[str]:
    """How the labels were read, for people: rows and pictures that don't fit, words that became numbers, columns left out."""
    lines = []
    if labels["file"]:
        lines.append(
            f"{labels['file']}: rows {labels['rows']:,}, without a picture {labels['rows_without_picture']:,}; "
            f"pictures without a row {labels['pictures_without_row']:,}"
        )
    if labels["rows_repeated"]:
        lines.append(f"  rows that are repeated (the last row about a picture counts): {labels['rows_repeated']:,}")
    if labels["rows_passed_over"]:
        lines.append(f"  rows about pictures that are passed over: {labels['rows_passed_over']:,}")
    lines += [f"  {name}: {words['1']} is 1, {words['0']} is 0" for name, words in labels["words"].items()]
    lines += [f"  not used: {column['column'] or 'a column'}, because {column['reason']}" for column in labels["unused"]]
    if labels["smile_column"]:
        lines.append(f"  {labels['smile_column']} says who smiles: a run ends with the direction smile")
    return lines + [f"  {note}" if labels["file"] else note for note in labels["notes"]]
