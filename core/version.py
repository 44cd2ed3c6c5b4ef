"""The program's version, written into all its files; and the message about files of a newer version."""

from __future__ import annotations

import re

VERSION = "0.2.0"
UPDATE = "Update Labkhand."
_NUMBERS = re.compile(r"(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?[-+.\w]{0,20}", re.ASCII)


def is_newer(program: object) -> bool:
    """Whether a version, as a file names it, is later than this program's; False for what isn't a version."""
    theirs, ours = _numbers(program), _numbers(VERSION)
    return theirs is not None and ours is not None and theirs > ours


def is_older(program: object, than: str) -> bool:
    """Whether a version, as a file names it, is earlier than another; a file that names none counts as older."""
    theirs, ours = _numbers(program), _numbers(than)
    return theirs is None or (ours is not None and theirs < ours)


def written_by_newer(what: str, program: object = "") -> str:
    """The sentence about a file of a newer version: "x was written by Labkhand 2.0.0; this is version 0.2.0."

    Args:
        what: the file.
        program: the version that it names; left out of the sentence if it isn't a newer version.
    """
    who = f"Labkhand {program}" if is_newer(program) else "a newer version of Labkhand"
    return f"{what} was written by {who}; this is version {VERSION}."


def _numbers(program: object) -> tuple[int, ...] | None:
    match = _NUMBERS.fullmatch(program) if isinstance(program, str) else None
    return None if match is None else tuple(int(number or 0) for number in match.groups())
