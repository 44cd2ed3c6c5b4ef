"""Errors shown to people as sentences: what is wrong, and what to do about it; and the exit codes."""

from __future__ import annotations

DONE, BUG, USAGE, UNUSABLE, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes."""


class CoreError(Exception):
    """A problem that a person can solve.

    Args:
        message: one sentence that says what is wrong and names the thing.
        hint: one sentence that says what to do; may be empty where the message says it.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[type[CoreError], tuple[str, str]]:
        return type(self), (self.message, self.hint)


class ConfigError(CoreError):
    """A setting that is unknown or out of its range."""


class UnknownError(ConfigError):
    """A setting, or a choice for one, that this version doesn't know: misspelt, or a newer version's."""


class NewerError(ConfigError):
    """Settings that a newer version of the program wrote, and this one can't read."""


class DataError(CoreError):
    """A folder or a picture that can't be used."""


class CheckpointError(CoreError):
    """A checkpoint that is missing, broken, foreign, or made for something else."""


class TrainingError(CoreError):
    """A run that can't start or can't go on."""


class Cancelled(Exception):  # noqa: N818 - no error: raised by a progress callback to end long work
    """The person pressed Cancel. Long work lets it pass through and leaves nothing half-written."""


def for_terminal(error: CoreError) -> str:
    """One sentence, and below it one hint, as standard error gets them."""
    sentence = f"labkhand: {error.message}"
    return f"{sentence}\n  {error.hint}" if error.hint else sentence
