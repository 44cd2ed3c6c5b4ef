"""Stands in for `main.py pace --events -`: `python fake_pace.py FOLDER SPEED pace ...`; SPEED 0 refuses, below 0 it takes a minute.

Its words are added to FOLDER/words.txt, a line a call.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

SECONDS = 60


def main() -> int:
    folder, speed, *words = sys.argv[1:]
    with (Path(folder) / "words.txt").open("a", encoding="utf-8") as file:
        file.write(" ".join(words) + "\n")
    if float(speed) == 0:
        print("labkhand: No pictures were named.", file=sys.stderr)
        return 3
    if float(speed) < 0:
        time.sleep(SECONDS)
    print(json.dumps({"event": "finished", "images_per_second": float(speed), "train": 3600, "seconds": 1.0, "epochs": {}}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
