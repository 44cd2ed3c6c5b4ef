"""What the subcommands share: how an error is reported, and `--set` words."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from core.errors import ConfigError, CoreError, for_terminal


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
