"""How quickly pictures are imported, how much memory that takes, and how soon the same folder is open again.

The pictures are drawn ones of CelebA's size as JPEG (`many_faces.py`), or those of `--folder`. Measured are:

- the rate of the import against a bare loop over the same files, `Image.open(...).convert("RGB").resize(...)` on one core,
  taking turns; and against as many such loops at once as there are cores, which is what the machine can do at best,
- in processes of their own: the whole import and its peak memory, a second opening, how soon a cancelled import has
  ended, and reading one epoch's batches in random order with the memory that takes.

Settings and caches of yours are neither read nor written.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from common import ROOT, note, own_places, parser, report

SIZE = 128
BATCH = 64
CANCEL_AFTER_SECONDS = 1.0
BARE = 400  # files a turn of the bare loop; the import reads as many a core


def bare_loop(paths: list[str]) -> float:
    """Decode and resize with Pillow and nothing else; gives pictures a second."""
    import numpy as np
    from PIL import Image

    started = time.perf_counter()
    for path in paths:
        with Image.open(path) as image:
            side = min(image.size)
            left, top = (image.width - side) // 2, (image.height - side) // 2
            box = (left, top, left + side, top + side)
            np.asarray(image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.LANCZOS, box=box))
    return len(paths) / (time.perf_counter() - started)


def rates(source: str, rounds: int, each: int) -> dict[str, Any]:
    """Import against bare loops, in turns; medians over the rounds."""
    import numpy as np

    from core.config import DataConfig
    from core.data.cache import decoded as cache
    from core.data.cache.limit import cache_folder
    from core.data.index import scan
    from core.device_count import available_cores

    cores = available_cores()
    index = scan(source)
    paths = [os.path.join(index.root, file) for file in index.files]
    each = min(each, len(paths) // cores)
    order = np.random.default_rng(0).permutation(len(paths))
    imported: list[float] = []
    bare: list[float] = []
    together: list[float] = []
    cheaper: list[float] = []
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        pool.map(bare_loop, [paths[:8]] * cores)  # starts them and warms them up
        for number in range(rounds + 1):
            chosen = np.sort(np.roll(order, -number * each * cores)[: each * cores])
            mine = [paths[row] for row in chosen]
            spent = time.process_time()
            one = bare_loop(mine[::cores])
            bare_seconds = (time.process_time() - spent) / len(mine[::cores])
            all_at_once = sum(pool.map(bare_loop, [mine[core::cores] for core in range(cores)], chunksize=1))
            shutil.rmtree(cache_folder(), ignore_errors=True)  # few pictures come round again
            started, spent = time.perf_counter(), time.process_time()
            cache.build(index.subset(chosen), DataConfig(source=source, image_size=SIZE))
            rate = len(chosen) / (time.perf_counter() - started)
            work = bare_seconds * len(chosen) / (time.process_time() - spent)
            note(f"import {rate:.0f}, bare loop {one:.0f}, {cores} of them {all_at_once:.0f} pictures a second")
            if number:  # the first only warms up
                imported.append(rate)
                bare.append(one)
                together.append(all_at_once)
                cheaper.append(work)
    return {
        "images_per_second": round(median(imported), 1),
        "decode_images_per_second": round(median(bare), 1),
        "decode_images_per_second_all_cores": round(median(together), 1),
        "cores": cores,
        "share": round(median(i / (cores * b) for i, b in zip(imported, bare, strict=True)), 3),
        "share_of_processor_time": round(median(cheaper), 3),
        "share_of_all_cores": round(median(i / t for i, t in zip(imported, together, strict=True)), 3),
    }


def import_all(source: str) -> dict[str, Any]:
    """Open the folder as the program does: list, decode or find decoded, split."""
    from core.config import DataConfig
    from core.data.dataset import load

    started = time.perf_counter()
    data = load(DataConfig(source=source, image_size=SIZE))
    seconds = time.perf_counter() - started
    return {"seconds": round(seconds, 3), "images": len(data.images), "peak_mb": peak_mb()}


def cancel(source: str) -> dict[str, Any]:
    """Begin an import and call it off; gives the seconds from there to its end, and what it left behind."""
    from core.config import DataConfig
    from core.data.cache.limit import cache_folder
    from core.data.dataset import load
    from core.errors import Cancelled

    asked = threading.Event()

    def progress(what: str, done: int, total: int) -> None:
        if asked.is_set():
            raise Cancelled

    before = {path.name for path in cache_folder().iterdir()}
    timer = threading.Timer(CANCEL_AFTER_SECONDS, asked.set)
    timer.start()
    started = time.perf_counter()
    try:
        load(DataConfig(source=source, image_size=SIZE + 16), progress)
    except Cancelled:
        after = {path.name for path in cache_folder().iterdir()}
        return {"seconds": round(time.perf_counter() - started - CANCEL_AFTER_SECONDS, 3), "left": len(after - before)}
    timer.cancel()
    return {"seconds": None, "left": 0}  # so few pictures that it ended first


def read_epoch(source: str) -> dict[str, Any]:
    """Read every batch of an epoch as training does, without a model."""
    from core.config import DataConfig
    from core.data import dataset

    data = dataset.load(DataConfig(source=source, image_size=SIZE))
    order = dataset.epoch_order(data.split.train, 0, 0)
    before = peak_mb()
    started = time.perf_counter()
    for start in range(0, len(order), BATCH):
        dataset.batch(data.images, order[start : start + BATCH])
    seconds = time.perf_counter() - started
    return {"images_per_second": round(len(order) / seconds), "peak_mb": peak_mb(), "grown_mb": peak_mb() - before}


PARTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "import": import_all,
    "open": import_all,
    "cancel": cancel,
    "epoch": read_epoch,
}


def peak_mb() -> int:
    """The most memory that this process has held, in MB; -1 where the system doesn't tell.

    Of Linux's own count: `getrusage` starts from what the parent held.
    """
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 // 10**6
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return -1
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) // 10**6


def in_child(part: str, source: str, environment: dict[str, str]) -> dict[str, Any]:
    """Run a part in a process of its own."""
    command = [sys.executable, __file__, "--part", part, source]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    note(f"{part}: " + "  ".join(f"{key} {value}" for key, value in result.items()))
    return result


def measure(given: argparse.Namespace, own: Path) -> dict[str, Any]:
    """All of it."""
    environment = os.environ | own_places(own)
    os.environ.update(own_places(own) | {"LABKHAND_CACHE": str(own / "rates")})
    source = given.folder
    if not source:
        import many_faces

        count = given.pictures or (400 if given.quick else 4000)
        source = str(own / "pictures")
        note(f"Drawing and compressing {count:,} pictures...")
        many_faces.draw(Path(source), count, drawn=min(many_faces.DRAWN, 20) if given.quick else many_faces.DRAWN)
    result = rates(source, 2 if given.quick else 7, BARE // 8 if given.quick else BARE)
    whole = in_child("import", source, environment)
    second = [in_child("open", source, environment) for _ in range(2 if given.quick else 5)]
    cancelled = in_child("cancel", source, environment)
    epoch = in_child("epoch", source, environment)
    return result | {
        "peak_mb": whole["peak_mb"],
        "pictures": whole["images"],
        "import_seconds": whole["seconds"],
        "import_images_per_second": round(whole["images"] / whole["seconds"], 1),
        "second_opening_seconds": round(median(part["seconds"] for part in second), 3),
        "cancel_seconds": cancelled["seconds"],
        "left_by_cancel": cancelled["left"],
        "epoch_read_images_per_second": epoch["images_per_second"],
        "epoch_peak_mb": epoch["peak_mb"],
    }


def main() -> None:
    """Run it."""
    options = parser("Pictures imported a second, the memory that takes, and how soon they are open again.")
    options.add_argument("--pictures", type=int, default=0, metavar="N", help="how many to draw; 4000 by default (--quick: 400)")
    options.add_argument("--folder", default="", metavar="SOURCE", help="measure with these pictures instead of drawn ones")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="labkhand-") as own:
        report(measure(given, Path(own)), given.json)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        print(json.dumps(PARTS[sys.argv[2]](sys.argv[3])))
    else:
        main()
