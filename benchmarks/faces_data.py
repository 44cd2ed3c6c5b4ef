r"""Put together what `faces` is made of, out of `../shared/data`: pictures to train on, and labelled ones for its directions.

    python benchmarks/faces_data.py ../shared/data runs/faces-data

- `pictures/train`: three quarters of the persons of `celeba`, and those pictures of `celeba_wild` that were cut out of an original
  of nearly their size or of a larger one. `pictures/test`: the other quarter of the persons of `celeba`, the one that
  `data.valid_fraction=0.25` holds out there too. No person is in both.
- `labelled`: `celeba_small` at twice its size, framed like the others (the box 25,52,153,180), with its labels. Its persons are
  in none of the other folders.

What is there already is left alone, so the command can be given again after it was stopped.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PIL import Image

from core.commands.terminal import ProgressBar
from core.config import DataConfig
from core.data import dataset
from core.files import write_whole
from core.progress import Progress

HELD_OUT = 0.25  # of the persons of celeba
LARGEST_SCALE = 1.2  # pixels of a picture per pixel of the original that it was cut out of
SCALE = 2  # of celeba_small: its files are half as large as those of the others


def main() -> None:
    """Write the folders."""
    parser = argparse.ArgumentParser(description="Put together the pictures that `faces` is made of.")
    parser.add_argument("shared", type=Path, help="the folder with celeba, celeba_wild and celeba_small")
    parser.add_argument("out", type=Path, help="the folder to write")
    given = parser.parse_args()
    bar = ProgressBar()
    copied = copy_pictures(given.shared, given.out / "pictures", bar)
    enlarged = enlarge_labelled(given.shared / "celeba_small", given.out / "labelled", bar)
    bar.close()
    print(f"{copied['train']:,} pictures to train on, {copied['test']:,} held out, {enlarged:,} labelled ones")


def copy_pictures(shared: Path, out: Path, progress: Progress) -> dict[str, int]:
    """Copy what is trained on and what is held out; returns how many pictures each part has."""
    data = dataset.load(
        DataConfig(source=str(shared / "celeba"), crop="25,52,153,180", image_size=32, valid_fraction=HELD_OUT), progress
    )
    copies: dict[str, list[tuple[Path, str]]] = {"train": [], "test": []}
    for part, rows in (("train", data.split.train), ("test", data.split.valid)):
        for file in (Path(str(data.index.files[row])) for row in rows):
            copies[part].append((shared / "celeba" / file, f"celeba_{file.parent.name}_{file.name}"))
    with (shared / "celeba_wild" / "labels.csv").open(newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            if float(row["scale"]) <= LARGEST_SCALE:
                copies["train"].append((shared / "celeba_wild" / row["file"], f"wild_{row['file']}"))
    for part, files in copies.items():
        (out / part).mkdir(parents=True, exist_ok=True)
        for done, (source, name) in enumerate(files):
            if not (out / part / name).exists():
                copy_whole(source, out / part / name)
            progress("Copying pictures", done + 1, len(files))
    return {part: len(files) for part, files in copies.items()}


def copy_whole(source: Path, copy: Path) -> None:
    """Copy a file; if that is stopped, there is no copy."""
    write_whole(copy, partial(shutil.copyfile, source))


def enlarge_labelled(source: Path, out: Path, progress: Progress) -> int:
    """Write each picture enlarged, in its class's folder, and the labels beside them; returns how many there are."""
    out.mkdir(parents=True, exist_ok=True)
    copy_whole(source / "labels.csv", out / "labels.csv")
    with (source / "labels.csv").open(newline="", encoding="utf-8") as table:
        files = [Path(row["class"]) / row["file"] for row in csv.DictReader(table)]
    for done, file in enumerate(files):
        if not (out / file).exists():
            (out / file).parent.mkdir(exist_ok=True)
            with Image.open(source / file) as picture:
                size = (SCALE * picture.width, SCALE * picture.height)
                enlarged = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
            write_whole(out / file, partial(enlarged.save, quality=95))
        progress("Enlarging labelled pictures", done + 1, len(files))
    return len(files)


if __name__ == "__main__":
    main()
