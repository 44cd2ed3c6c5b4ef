"""Numbers in sentences."""

from __future__ import annotations


def counted(count: int, thing: str = "picture") -> str:
    """ "1 picture", "1,203 pictures"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
