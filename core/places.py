"""Where the files that come with the program are, and how the program is started, from the repository or installed."""

from __future__ import annotations

import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
IMPORTED_FROM = _PACKAGE.parent
"""The folder that `core` is imported from: the repository, or `site-packages`."""
IS_INSTALLED = (_PACKAGE / "shipped").is_dir()
"""Whether this is an installed copy; `setup.py` makes that folder, the repository has none."""
COMMAND = "labkhand" if IS_INSTALLED else "python main.py"
"""What a person types to start the program."""


def shipped(folder: str) -> Path:
    """A folder of files that come with the program: "checkpoints", "docs" or "resources"."""
    return (_PACKAGE / "shipped" if IS_INSTALLED else IMPORTED_FROM) / folder


def program() -> list[str]:
    """The command that starts the program in a child process; a subcommand follows.

    An installed one is started as a module, and its environment should hold PYTHONSAFEPATH=1, so that a folder `core` where the
    child happens to run isn't taken for ours.
    """
    return [sys.executable, *(("-m", "core") if IS_INSTALLED else (str(IMPORTED_FROM / "main.py"),))]
