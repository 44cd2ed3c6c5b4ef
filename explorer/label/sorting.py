"""The course of sorting pictures into two classes: which one is asked about, what follows it, and what can be taken back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data.two_classes import NONE, Answers

END = -1
"""In place of a picture: there is none to ask about."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What a picture had before the person answered or skipped it."""

    at: int
    answer: int
    was_skipped: bool


class Sorting:
    """Goes through the pictures that have no class yet, in their order; those that are skipped come again on request.

    Args:
        answers: (N,) what is known already; copied.
    """

    def __init__(self, answers: Answers) -> None:
        self.answers = answers.copy()
        self._skipped = np.zeros(len(answers), np.bool_)
        self._broken = np.zeros(len(answers), np.bool_)
        self._steps: list[_Step] = []
        self.at = self._open_after(END)
        self._last = self.at if self.at != END else len(answers) - 1

    @property
    def count(self) -> int:
        """How many pictures there are, without those that can't be read."""
        return len(self.answers) - self.broken

    @property
    def broken(self) -> int:
        """How many pictures can't be read."""
        return int(self._broken.sum())

    @property
    def number(self) -> int:
        """Which picture it is, counted from 1, without those that can't be read."""
        return self.at + 1 - int(self._broken[: self.at + 1].sum())

    @property
    def skipped(self) -> int:
        """How many were skipped and have no class yet."""
        return int((self._skipped & (self.answers == NONE) & ~self._broken).sum())

    @property
    def sizes(self) -> tuple[int, int]:
        """How many pictures each class has."""
        return int((self.answers == 0).sum()), int((self.answers == 1).sum())

    @property
    def left(self) -> int:
        """How many have no class yet."""
        return int(((self.answers == NONE) & ~self._broken).sum())

    @property
    def can_undo(self) -> bool:
        """Whether there is an answer to take back."""
        return bool(self._steps)

    def answer(self, which: int) -> None:
        """Put the picture into a class, 0 or 1, and go on."""
        if self.at == END:
            return
        self._remember()
        self.answers[self.at] = which
        self._skipped[self.at] = False
        self._go_on()

    def skip(self) -> None:
        """Go on without an answer."""
        if self.at == END:
            return
        self._remember()
        self._skipped[self.at] = True
        self._go_on()

    def undo(self) -> None:
        """Take the last answer, or skip, back and show its picture."""
        if not self._steps:
            return
        step = self._steps.pop()
        self.answers[step.at] = step.answer
        self._skipped[step.at] = step.was_skipped
        self.go_to(step.at)

    def back(self) -> None:
        """Show the picture before this one again; its class stays until it gets another."""
        end = self._last + 1 if self.at == END else self.at
        readable = np.flatnonzero(~self._broken[:end])
        if len(readable):
            self.go_to(int(readable[-1]))

    def go_to(self, at: int) -> None:
        """Show a picture."""
        self.at = self._last = at

    def show_skipped(self) -> None:
        """Ask about the skipped ones after all."""
        self._skipped[:] = False
        self._go_on()

    def pass_over(self, at: int) -> None:
        """A picture can't be read: it is never asked about."""
        self._broken[at] = True
        if at == self.at:
            self._go_on()

    def neighbours(self, reach: int) -> list[int]:
        """The pictures around this one that can be read, `reach` on each side; END where there is none."""
        if self.at == END:
            return [END] * (2 * reach + 1)
        before = [at for at in range(max(0, self.at - 50 * reach), self.at) if not self._broken[at]][-reach:]
        until = min(len(self.answers), self.at + 1 + 50 * reach)
        after = [at for at in range(self.at + 1, until) if not self._broken[at]][:reach]
        return [END] * (reach - len(before)) + before + [self.at] + after + [END] * (reach - len(after))

    def coming(self, count: int) -> list[int]:
        """The next pictures without a class, to be read ahead."""
        return np.flatnonzero(self._open() & (np.arange(len(self.answers)) > self.at))[:count].tolist()

    def _open(self) -> np.ndarray:
        return (self.answers == NONE) & ~self._skipped & ~self._broken

    def _open_after(self, at: int) -> int:
        places = np.flatnonzero(self._open())
        if not len(places):
            return END
        return int(places[np.searchsorted(places, at + 1) % len(places)])

    def _remember(self) -> None:
        self._steps.append(_Step(self.at, int(self.answers[self.at]), bool(self._skipped[self.at])))

    def _go_on(self) -> None:
        if self.at != END:
            self._last = self.at
        self.at = self._open_after(self._last)
        if self.at != END:
            self._last = self.at
