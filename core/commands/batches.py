"""Many pictures through a model, some at a time: memory stays flat, and no picture that came in is ever overwritten."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from pathlib import Path

import numpy as np

from core.checkpoint import Header
from core.commands.shared import say_error
from core.errors import ConfigError, DataError
from core.export.images import format_of
from core.photo.inputs import picture_files, read_as_trained

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


def counted(count: int, thing: str = "picture") -> str:
    """ "1 picture", "1,203 pictures"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


class OutputNames:
    """`NAME.png`, or with another ending, in a folder for each file; of files with one name the later ones get a number.

    All names are checked before the first file is written: a batch that is refused leaves nothing behind.

    Args:
        folder: where the pictures go.
        inputs: the files that come in, none of which a name may be.
        suffix: between the name and the ending.
        ending: of the names, or what gives it for a file.
        free: names that the folder holds already get a number, too, so that no file is overwritten.

    Raises:
        ConfigError: a name is one of the inputs, a folder's or too long, or nothing can be written there.
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
        self._suffix = suffix
        self._ending = ending
        self._free = free
        self._given: set[str] = set()
        files = list(inputs)
        self._inputs = {path.resolve() for path in files}
        _must_be_writable(self.folder)
        for file in files:
            _check(self.folder / self._next(file), self._inputs)
        self._possible = self._given
        self._given = set()  # a file that can't be used takes no name

    def __call__(self, file: Path) -> Path:
        """The file to write for an input.

        Raises:
            ConfigError: it is one of the inputs.
        """
        return not_an_input(self.folder / self._next(file), self._inputs)

    def may_give(self, path: str | Path) -> bool:
        """Whether a path is one of those that the inputs may be written to."""
        path = Path(path)
        return path.name in self._possible and path.parent.resolve() == self.folder.resolve()

    def _next(self, file: Path) -> str:
        ending = self._ending if isinstance(self._ending, str) else self._ending(file)
        name, n = f"{file.stem}{self._suffix}{ending}", 1
        while name in self._given or (self._free and os.path.lexists(self.folder / name)):
            n += 1
            name = f"{file.stem}-{n}{self._suffix}{ending}"
        self._given.add(name)
        return name


def single_output(path: str | Path, inputs: Iterable[str | Path] = ()) -> Path:
    """A picture that is to be written, checked before any work is done for it.

    Raises:
        ConfigError: it is one of the inputs, a folder or too long, or nothing can be written there.
        CoreError: its ending names no picture format.
    """
    path = Path(path)
    format_of(path)
    _must_be_writable(path.parent)
    return _check(path, {Path(one).resolve() for one in inputs})


def not_an_input(path: Path, inputs: Set[Path]) -> Path:
    """The path itself, once it is none of the pictures that came in (resolved paths).

    Raises:
        ConfigError: it is one.
    """
    if path.resolve() in inputs:
        raise ConfigError(f"{path} is one of the pictures that came in; it would be overwritten.", "Choose another --out.")
    return path


def _check(path: Path, inputs: Set[Path]) -> Path:
    """The path itself, once a file can be written there. Raises ConfigError."""
    not_an_input(path, inputs)
    if os.path.isdir(path):
        raise ConfigError(f"{path} is a folder; a picture was to be written there.", "Choose another folder or name.")
    _must_be_short(path)
    return path


def _must_be_writable(folder: Path) -> None:
    """Raises ConfigError where a folder can't be made or written."""
    _must_be_short(folder)
    there = _nearest(folder)
    if not there.is_dir():
        raise ConfigError(f"{folder} can't be written: {there} is a file, not a folder.", "Choose another folder.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ConfigError(f"{folder} can't be written: no permission.", "Choose another folder.")


def _must_be_short(path: Path) -> None:
    """Raises ConfigError where the file system takes no such long name or path."""
    path = path.absolute()
    there = _nearest(path)
    for one in (path, *(there / name for name in path.parts[len(there.parts) :])):
        try:
            os.lstat(one)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise ConfigError(
                    f"The name {path.name} is too long for a file there.",
                    "Choose a shorter one, or another folder.",
                ) from None


def _nearest(path: Path) -> Path:
    """The path itself, or the nearest folder above it, that is there."""
    path = path.absolute()
    return next((one for one in (path, *path.parents) if os.path.lexists(one)), Path(path.anchor))
