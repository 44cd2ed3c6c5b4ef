"""Many picture files read on all cores: in order, few in flight, and stopped at once when nobody wants more."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.config import FACE, DataConfig, parse_crop
from core.data import pictures
from core.data.index import Index
from core.device_count import available_cores
from core.errors import Cancelled
from core.progress import Progress

CHUNK = 8  # pictures a task: fewer hand-overs between threads, and still little in flight
HEARTBEAT_SECONDS = 0.1  # longest wait between two results, so that the caller can show progress and cancel
MOST_THREADS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """The result of reading one file."""

    row: int
    pixels: pictures.Pixels | None = None
    size: tuple[int, int] = (0, 0)
    digest: str = ""  # SHA-256 of the file's bytes
    reason: str = ""
    unreadable: bool = False


def read_all(index: Index, rows: npt.NDArray[np.int64], config: DataConfig) -> Generator[Read | None]:
    """Read pictures. Pillow lets other threads run while it decodes.

    Close the iterator to end early: it then waits for at most one picture per thread.

    Args:
        index: whose pictures.
        rows: which of them, (M,).
        config: image_size, channels, crop.

    Yields:
        One Read per row, in order, and None whenever nothing was ready for a while.
    """
    box = parse_crop(config.crop)
    workers = threads()
    waiting: deque[Future[list[Read]]] = deque()
    stop = threading.Event()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="pictures")

    def chunk(start: int) -> list[Read]:
        files = [(int(row), os.path.join(index.root, index.files[row])) for row in rows[start : start + CHUNK]]
        return _read_chunk(files, config, box, stop)

    try:
        for start in range(0, len(rows), CHUNK):
            waiting.append(pool.submit(chunk, start))
            if len(waiting) > 2 * workers:
                yield from _answers(waiting.popleft())
        while waiting:
            yield from _answers(waiting.popleft())
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _answers(chunk: Future[list[Read]]) -> Iterator[Read | None]:
    while not wait((chunk,), HEARTBEAT_SECONDS).done:
        yield None
    yield from chunk.result()


def _read_chunk(
    files: Sequence[tuple[int, str]], config: DataConfig, box: pictures.Box | None, stop: threading.Event
) -> list[Read]:
    def progress(_what: str, _done: int, _total: int) -> None:
        if stop.is_set():
            raise Cancelled

    return [_read(row, path, config, box, progress) for row, path in files if not stop.is_set()]


def _read(row: int, path: str, config: DataConfig, box: pictures.Box | None, progress: Progress) -> Read:
    try:
        data = pictures.read_bytes(path)
        if config.crop == FACE:
            from core.data.framing import frame_by_face  # noqa: PLC0415 - loads OpenCV, which others don't need

            pixels, size = frame_by_face(data, config.image_size, config.channels, progress)
        else:
            pixels, size = pictures.frame(data, config.image_size, config.channels, box)
    except pictures.BadPicture as bad:
        return Read(row, reason=str(bad), unreadable=isinstance(bad, pictures.UnreadableFile))
    return Read(row, np.ascontiguousarray(pixels), size, hashlib.sha256(data).hexdigest())


def threads() -> int:
    """How many files are decoded at the same time."""
    return min(available_cores(), MOST_THREADS)
