"""A field for a unique name: if the name is taken, the field says so and proposes another."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from explorer.look.theme import UNIT

LONGEST = 40  # characters


class NameField(QWidget):
    """A line edit for a name, with a remark below where needed.

    Args:
        usual: the default name.
        label: of the field, for screen readers.
    """

    name_changed = Signal(str)
    """The person has finished entering another name."""

    def __init__(self, usual: str, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._usual = usual
        self._taken: frozenset[str] = frozenset()
        self._said = usual
        self.field = QLineEdit(self)
        self.field.setMaxLength(LONGEST)
        self.field.setPlaceholderText(usual)
        self.field.setAccessibleName(label)
        self._remark = QLabel(self)
        self._remark.setWordWrap(True)
        self._remark.setProperty("muted", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addWidget(self.field)
        layout.addWidget(self._remark)
        self.setFocusProxy(self.field)
        self.field.textEdited.connect(lambda _text: self._remind())
        self.field.editingFinished.connect(self._settle)
        self._remind()

    @property
    def name(self) -> str:
        """The name as written, or the default; with a number after it if that is taken."""
        return free_name(self._wish, self._taken)

    @property
    def remark(self) -> str:
        """The remark on the name; "" = none."""
        return self._remark.text()

    def set_taken(self, names: Iterable[str]) -> None:
        """Set the names that are taken."""
        self._taken = frozenset(names)
        self._remind()

    def set_name(self, name: str) -> None:
        """It was given another name elsewhere."""
        self.field.setText(name)
        self._said = name
        self._remind()

    def begin(self, names: Iterable[str]) -> None:
        """Begin with an empty field, where these names are taken; nothing is said."""
        self.field.clear()
        self.set_taken(names)
        self._said = self.name

    @property
    def _wish(self) -> str:
        return " ".join(self.field.text().split()) or self._usual

    def _remind(self) -> None:
        is_taken = bool(self.field.text().strip()) and self.name != self._wish
        text = self.tr("“{name}” is taken: this one will be “{other}” unless you choose another name.")
        self._remark.setText(text.format(name=self._wish, other=self.name) if is_taken else "")
        self._remark.setVisible(is_taken)
        self.field.setPlaceholderText(free_name(self._usual, self._taken))

    def _settle(self) -> None:
        self._remind()
        if self.name != self._said:
            self._said = self.name
            self.name_changed.emit(self._said)


def free_name(wish: str, taken: Iterable[str]) -> str:
    """The wish itself, or with the first number that makes it unique; case doesn't count."""
    known = {_plain(name) for name in taken}
    if _plain(wish) not in known:
        return wish
    return next(name for name in (f"{wish} {number}" for number in count(2)) if _plain(name) not in known)


def _plain(name: str) -> str:
    return name.replace("_", " ").casefold()
