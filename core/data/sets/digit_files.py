"""Where MNIST's files lie below a folder, and what they are called."""

from __future__ import annotations

from pathlib import Path

PARTS = ("train", "t10k")  # the first is for training, the second for validation
PLACES = ("", "raw", "MNIST/raw")  # below the folder, where other programs put them


def holds_digits(folder: Path) -> bool:
    """Whether a folder holds idx files of MNIST's names."""
    return digits_folder(folder) is not None


def digits_folder(folder: Path) -> Path | None:
    """The folder itself, or the one in it where the files lie."""
    places = (folder / place for place in PLACES)
    return next((place for place in places for part in PARTS if digits_file(place, part, "images-idx3") is not None), None)


def digits_file(folder: Path, part: str, what: str) -> Path | None:
    """A part's file, plain or gzipped, in either of the two spellings in use."""
    for name in (f"{part}-{what}-ubyte", f"{part}-{what.replace('-idx', '.idx')}-ubyte"):
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                return path
    return None
