"""The command line as a module: `python -m core train ...` is `python main.py train ...`. It never opens a window."""

from __future__ import annotations

import sys

from core.cli import run
from core.device_count import give_cores_away

if __name__ == "__main__":
    give_cores_away()
    sys.exit(run(sys.argv[1:]))
