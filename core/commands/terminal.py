"""A command and its terminal: progress bars and errors for people, results and progress for programs, and `--set` words."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import Any, Protocol

from core.errors import ConfigError, CoreError, for_terminal
from core.events import finite
from core.files import to_json

WIDTH = 28
LINES_SECONDS = 0.1


class Bar(Protocol):
    """Shows progress."""

    def __call__(self, what: str, done: int, total: int) -> None: ...

    def close(self) -> None: ...


class ProgressLines:
    """Reports progress as JSON lines, ten a second at most: {"event": "progress", "what", "done", "total"}."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.perf_counter()
        if now - self._last >= LINES_SECONDS or (total and done >= total):
            self._last = now
            give_json({"event": "progress", "what": what, "done": done, "total": total})

    def close(self) -> None:
        """There is nothing to close."""


class ProgressBar:
    """A bar on standard error if that is a terminal, nothing otherwise. Call it with what, done, total (0 = unknown)."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = 0.0
        self._open = False

    def __call__(self, what: str, done: int, total: int) -> None:
        if not self._shown:
            return
        now = time.perf_counter()
        finished = bool(total) and done >= total
        if now - self._last < 0.1 and not finished:
            return
        self._last = now
        filled = WIDTH * done // total if total else 0
        count = f"{done:,} of {total:,}" if total else f"{done:,}"
        sys.stderr.write(f"\r{what} [{'=' * filled}{' ' * (WIDTH - filled)}] {count}\x1b[K")
        if finished:
            sys.stderr.write("\n")
        self._open = not finished
        sys.stderr.flush()

    def close(self) -> None:
        """End an unfinished bar's line."""
        if self._open:
            sys.stderr.write("\n")
            self._open = False


def say(text: str) -> None:
    """A line for people, on standard error."""
    print(text, file=sys.stderr, flush=True)


def give(text: str) -> None:
    """A result, on standard output."""
    print(text, flush=True)


def give_json(value: Any) -> None:
    """A result as one JSON object; NaN becomes null."""
    give(to_json(finite(value)))


def say_error(error: CoreError) -> None:
    """One sentence, one hint, on standard error."""
    print(for_terminal(error), file=sys.stderr)


def silence() -> None:
    """Discard what is left to flush after the reader of standard output went away."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def settings_from_words(words: Sequence[str]) -> dict[str, str]:
    """`--set key.path=value` words as a dict.

    Raises:
        ConfigError: a word without "=".
    """
    settings = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise ConfigError(f"--set {word!r} has no value.", "Write --set key.path=value, for example data.limit=500.")
        settings[key.strip()] = value.strip()
    return settings
