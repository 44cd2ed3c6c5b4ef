"""Many pictures through a model, some at a time: memory stays flat, and no picture that came in is ever overwritten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from core.checkpoint import Header
from core.commands.shared import say_error
from core.errors import ConfigError, DataError
from core.latent.inputs import picture_files, read_as_trained

CHUNK = 64


class Inputs:
    """The picture files that the words of `--input` name; a word that can't be used is named on standard error.

    Attributes:
        files: the picture files, in the order given.
        named: how many things were asked for: words or files, whichever is more.

    Raises:
        DataError: the only word can't be used.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.files: list[Path] = []
        for word in words:
            try:
                self.files += picture_files(word)
            except DataError as error:
                left_out(error, len(words))
        self.named = max(len(words), len(self.files))

    def chunks(self, header: Header) -> Iterator[tuple[list[Path], np.ndarray]]:
        """Files and their pictures as the model sees them, uint8 (B, H, W, C), at most 64 at a time.

        A file that can't be used is named on standard error and left out.

        Raises:
            DataError: none can be used.
        """
        used = 0
        for start in range(0, len(self.files), CHUNK):
            files, pictures = [], []
            for path in self.files[start : start + CHUNK]:
                try:
                    pictures.append(read_as_trained(header, path))
                    files.append(path)
                except DataError as error:
                    left_out(error, self.named)
            used += len(files)
            if files:
                yield files, np.stack(pictures)
        if not used:
            raise DataError("None of the pictures can be used.", "The lines above say why.")


def left_out(error: DataError, of: int) -> None:
    """Name on standard error what can't be used of several things; of a single one that is the end, so it is raised."""
    if of == 1:
        raise error
    say_error(error)


def counted(pictures: int) -> str:
    """So many pictures, in words."""
    return f"{pictures:,} picture{'' if pictures == 1 else 's'}"


class OutputNames:
    """`NAME.png`, or with another ending, in a folder for each file; of files with one name the later ones get a number.

    Args:
        folder: where the pictures go.
        inputs: files that none of the names may be.
        suffix: between the name and the ending.
        ending: of the names, or what gives it for a file.
        free: names that the folder holds already get a number, too, so that no file is overwritten.
    """

    def __init__(
        self,
        folder: str | Path,
        inputs: Iterable[Path] = (),
        suffix: str = "",
        ending: str | Callable[[Path], str] = ".png",
        free: bool = False,
    ) -> None:
        self.folder = Path(folder)
        self._inputs = {path.resolve() for path in inputs}
        self._suffix = suffix
        self._ending = ending
        self._free = free
        self._given: set[str] = set()

    def __call__(self, file: Path) -> Path:
        """The file to write for an input.

        Raises:
            ConfigError: it is one of the inputs.
        """
        ending = self._ending if isinstance(self._ending, str) else self._ending(file)
        name, n = f"{file.stem}{self._suffix}{ending}", 1
        while name in self._given or (self._free and (self.folder / name).exists()):
            n += 1
            name = f"{file.stem}-{n}{self._suffix}{ending}"
        self._given.add(name)
        return not_an_input(self.folder / name, self._inputs)


def not_an_input(path: str | Path, inputs: Iterable[str | Path]) -> Path:
    """The path itself, once it is none of the pictures that came in.

    Raises:
        ConfigError: it is one.
    """
    path = Path(path)
    if path.resolve() in {Path(one).resolve() for one in inputs}:
        raise ConfigError(f"{path} is one of the pictures that came in; it would be overwritten.", "Choose another --out.")
    return path
