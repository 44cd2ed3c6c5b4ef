"""Labkhand: explore what a variational autoencoder learns from faces.

Without a subcommand the window opens; with one the program works on the command line and never imports Qt.
"""

from __future__ import annotations

import sys


def main(arguments: list[str]) -> int:
    """Run the window or a subcommand; gives the exit code."""
    from core.cli import SUBCOMMANDS, run, wants_help  # noqa: PLC0415 - cheap: no torch, no Qt
    from core.device_count import give_cores_away  # noqa: PLC0415

    give_cores_away()
    if (arguments and arguments[0] in SUBCOMMANDS) or wants_help(arguments):
        return run(arguments)
    from explorer.start import start  # noqa: PLC0415 - only the window needs Qt

    return start(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
