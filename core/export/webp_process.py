"""A large WebP, made by another process: libwebp takes seconds and can't be interrupted, and Pillow holds the interpreter's lock
while it hands the pixels over, which would hold up the window."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from core.places import IMPORTED_FROM

WATCH_SECONDS = 0.05
BAND = 256  # rows that are sent at once


def save_webp(path: Path, image: Image.Image, options: dict[str, Any], watch: Callable[[], None]) -> None:
    """Fill a file with a picture as WebP.

    Args:
        path: the file.
        image: RGB, RGBA or L.
        options: Pillow's, as of `Image.save`; values are numbers or bytes.
        watch: called every 50 ms; what it raises ends the work.

    Raises:
        OSError: the disk is full, or the process ended without having done its work.
    """
    plain = {key: value for key, value in options.items() if not isinstance(value, bytes)}
    coded = {key: base64.b64encode(value).decode() for key, value in options.items() if isinstance(value, bytes)}
    order = {"path": str(path), "mode": image.mode, "size": image.size, "plain": plain, "coded": coded}
    child = subprocess.Popen(
        [sys.executable, "-m", "core.export.webp_process"], cwd=IMPORTED_FROM, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        _send(child, json.dumps(order), image, watch)
        answer = _waited(child, watch)
    finally:
        child.kill()  # if it still runs
        with contextlib.suppress(BrokenPipeError):
            child.communicate()
    if answer:
        raise OSError(*json.loads(answer))
    if child.returncode:
        raise OSError(f"its process ended with exit code {child.returncode}")


def _send(child: subprocess.Popen[bytes], order: str, image: Image.Image, watch: Callable[[], None]) -> None:
    assert child.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it has ended early, and its exit code says so
        child.stdin.write(order.encode() + b"\n")
        for top in range(0, image.height, BAND):
            watch()
            child.stdin.write(image.crop((0, top, image.width, min(top + BAND, image.height))).tobytes())
        child.stdin.flush()


def _waited(child: subprocess.Popen[bytes], watch: Callable[[], None]) -> bytes:
    """The process's error message; empty if all went well."""
    while True:
        try:
            return child.communicate(timeout=WATCH_SECONDS)[0]
        except subprocess.TimeoutExpired:
            watch()


def main() -> None:
    """The process: settings in a line, then the pixels, on standard input; on standard output what went wrong."""
    order = json.loads(sys.stdin.buffer.readline())
    image = Image.frombytes(order["mode"], tuple(order["size"]), sys.stdin.buffer.read())
    coded = {key: base64.b64decode(value) for key, value in order["coded"].items()}
    try:
        image.save(order["path"], format="WEBP", **order["plain"], **coded)
    except OSError as error:
        print(json.dumps([error.errno, error.strerror] if error.errno else [str(error)]))


if __name__ == "__main__":
    main()
