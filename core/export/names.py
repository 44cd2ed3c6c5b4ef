"""Names of output files for input files: no input is overwritten, and all names are checked first."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Sequence, Set
from pathlib import Path

from core.errors import ConfigError
from core.export.images import format_of


class OutputNames:
    """`NAME.png` (or another ending) in a folder for each input; of inputs of the same name the later ones get a number.

    All names are checked before the first file is written, so that a refused batch leaves nothing behind.

    Args:
        folder: where the pictures go.
        inputs: the input files; none of them may be overwritten.
        suffix: between the name and the ending.
        ending: of the names, or a function that gives it for a file.
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
        self._given = set()  # a file that can't be used uses up no name

    def __call__(self, file: Path) -> Path:
        """The file to write for an input.

        Raises:
            ConfigError: it is one of the inputs.
        """
        return not_an_input(self.folder / self._next(file), self._inputs)

    def may_give(self, path: str | Path) -> bool:
        """Whether a path is one that an input's output may be written to."""
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


def single_output(path: str | Path, inputs: Iterable[str | Path] = (), endings: Sequence[str] = ()) -> Path:
    """A file that is to be written, checked before any work is done for it.

    Args:
        path: the file.
        inputs: what must not be overwritten.
        endings: one of which the name must have; () = those of pictures.

    Raises:
        ConfigError: it is one of the inputs, a folder or too long, has another ending, or nothing can be written there.
        CoreError: its ending names no picture format.
    """
    path = Path(path)
    if endings and path.suffix.lower() not in endings:
        raise ConfigError(f"--out is {path}.", f"Give it a name that ends in {' or '.join(endings)}.")
    if not endings:
        format_of(path)
    _must_be_writable(path.parent)
    return _check(path, {Path(one).resolve() for one in inputs})


def not_an_input(path: Path, inputs: Set[Path]) -> Path:
    """The path itself, if it is none of the inputs (resolved paths).

    Raises:
        ConfigError: it is one.
    """
    if path.resolve() in inputs:
        raise ConfigError(f"{path} is one of the pictures that came in; it would be overwritten.", "Choose another --out.")
    return path


def _check(path: Path, inputs: Set[Path]) -> Path:
    """The path itself, if a file can be written there. Raises ConfigError."""
    not_an_input(path, inputs)
    if os.path.isdir(path):
        raise ConfigError(f"{path} is a folder; a file was to be written there.", "Choose another folder or name.")
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
