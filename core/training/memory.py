"""Running out of memory, in whichever library, becomes one error that a person can act on."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import TrainingError

# torch's allocators on the CPU and on CUDA, C++ itself, oneDNN, and the system's refusal to map a thread's stack.
_WORDS = ("can't allocate memory", "out of memory", "bad_alloc", "could not create a memory", "can't start new thread")


@contextmanager
def shortage_in_words() -> Iterator[None]:
    """Turn a failed allocation within the block into an error for people.

    Raises:
        TrainingError: in place of MemoryError, and of other errors that mean the same.
    """
    try:
        yield
    except MemoryError as error:
        raise _shortage() from error
    except OSError as error:  # a file that can't be mapped
        if error.errno == errno.ENOMEM:
            raise _shortage() from error
        raise
    except RuntimeError as error:  # torch.OutOfMemoryError is one
        if any(word in str(error).lower() for word in _WORDS):
            raise _shortage() from error
        raise


def _shortage() -> TrainingError:
    return TrainingError(
        "There is not enough memory to go on.",
        "Close other programs and resume the run, or start a new one with a smaller batch size or smaller pictures.",
    )
