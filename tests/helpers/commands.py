"""`python main.py ...` as scripts call it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120


def main_py(*words: str | Path, stdin: str | None = "") -> subprocess.CompletedProcess[str]:
    """Run a subcommand to its end."""
    return subprocess.run(
        command(*words), cwd=ROOT, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=SECONDS, check=False
    )


def start_main_py(*words: str | Path) -> subprocess.Popen[str]:
    """Start a subcommand with pipes all around."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command(*words), cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", bufsize=1,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip


def command(*words: str | Path) -> list[str]:
    return [sys.executable, str(ROOT / "main.py"), *map(str, words)]
