"""Many pictures through a model, some at a time, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.checkpoint import Header
from core.commands.terminal import say_error
from core.errors import DataError
from core.photo.inputs import picture_files, read_as_trained

CHUNK = 64


class Inputs:
    """The picture files that `--input` names; an argument that can't be used is reported on standard error.

    Attributes:
        files: the picture files, in the order given.
        named: how many things were asked for: arguments or files, whichever is more.

    Raises:
        DataError: the only argument can't be used.
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
    """Report on standard error one of several things that can't be used; an error about the only thing is raised instead."""
    if of == 1:
        raise error
    say_error(error)
