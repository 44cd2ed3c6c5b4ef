"""The whole program: the window without a subcommand, the command line with one.

`python main.py`, `python -m explorer` and the installed command `labkhand` start here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from core.cli import SUBCOMMANDS, run, wants_help
from core.device_count import give_cores_away


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the window or a subcommand, which never imports Qt; gives the exit code.

    Args:
        arguments: without the program's name; those of this process if None.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    give_cores_away()
    if (words and words[0] in SUBCOMMANDS) or wants_help(words):
        return run(words)
    from explorer.start import start  # noqa: PLC0415 - only the window needs Qt

    return start(words)


if __name__ == "__main__":
    sys.exit(main())
