"""Stands in for `main.py retoucher --events -`: `python fake_retoucher.py MODE retoucher ...`; slow (until stopped) or refuse."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path

SECONDS = 60


def main() -> int:
    mode, name, *words = sys.argv[1:]
    assert name == "retoucher"
    state = Path(words[words.index("--state") + 1])
    if mode == "refuse":
        print("labkhand: The disk is full.", file=sys.stderr)
        return 3
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        print(json.dumps({"event": "progress", "what": "Learning", "done": 800, "total": 8000}), flush=True)
        time.sleep(SECONDS)
    except KeyboardInterrupt:
        state.write_text("what was learned")
        return 130
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
