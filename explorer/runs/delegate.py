"""What a row of the list and a row of the table have in common: the colour of a state, and the field for another name."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.runs.listing import RunSummary
from core.runs.rename import LONGEST_NAME
from explorer.look.theme import colors
from explorer.qt import override
from explorer.runs.model import RunsModel

Index = QModelIndex | QPersistentModelIndex


def state_color(run: RunSummary) -> QColor:
    """The colour of the mark that says how a run stands."""
    c = colors()
    marks = {"running": c.accent, "finished": c.success, "failed": c.error, "unreachable": c.error}
    return c.zone if run.is_paused else marks.get(run.state, c.zone)


class RunDelegate(QStyledItemDelegate):
    """Lets the person write a name; the rows stay where they are meanwhile.

    Args:
        model: the runs.
        view: Qt's owner.
    """

    def __init__(self, model: RunsModel, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._model = model

    @override
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        self._model.hold()
        editor = QLineEdit(parent)
        editor.setMaxLength(LONGEST_NAME)
        return editor

    @override
    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        super().destroyEditor(editor, index)
        self._model.release()
