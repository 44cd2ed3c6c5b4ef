"""Stands in for `main.py prior --events -`: `python fake_prior.py MODE prior ...`; done, slow (until stopped) or refuse.

Its words are written beside the checkpoint, a line each.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

SECONDS = 60


def main() -> int:
    mode, *words = sys.argv[1:]
    file = Path(words[words.index("--checkpoint") + 1])
    (file.parent / "words.txt").write_text("\n".join(words), encoding="utf-8")
    if mode == "refuse":
        print("labkhand: A prior needs at least 500 training pictures; these are 16.", file=sys.stderr)
        return 3
    print(json.dumps({"event": "progress", "what": "Learning", "done": 800, "total": 2000}), flush=True)
    if mode == "slow":
        time.sleep(SECONDS)
    print(json.dumps({"event": "finished", "checkpoint": str(file), "gain": 3.5}), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
