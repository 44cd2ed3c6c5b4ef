"""A titled part of a panel that folds away, a labelled row for forms, and a field that can be emptied."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.look.icons import paint_icon
from explorer.look.theme import GROUP, RADIUS, SPACE, UNIT, colors, section_font
from explorer.qt import override

_MARK = 16


class Section(QWidget):
    """A title with a mark that folds and unfolds what is under it.

    Args:
        title: sentence case; None or "" with `collapsible` gives the quiet "More" row.
        collapsible: False draws a plain section title.
        is_open: whether the body shows at first.
        quiet: the title in the normal font, muted, for "More settings" rows.
    """

    toggled = Signal(bool)

    def __init__(
        self,
        title: str,
        parent: QWidget | None = None,
        *,
        collapsible: bool = True,
        is_open: bool = True,
        quiet: bool = False,
    ) -> None:
        super().__init__(parent)
        self._header = _Header(title, collapsible, quiet, self)
        self._header.setChecked(is_open or not collapsible)
        self._header.toggled.connect(self._on_header_toggled)
        self._trailing = QHBoxLayout()
        self._trailing.setSpacing(UNIT)
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(SPACE)
        top.addWidget(self._header, 1)
        top.addLayout(self._trailing)
        self._body = QWidget(self)
        self._body_layout = QVBoxLayout(self._body)
        self._body_layout.setContentsMargins(0, UNIT, 0, 0)
        self._body_layout.setSpacing(SPACE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self._body)
        self._body.setVisible(self._header.isChecked())
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def body_layout(self) -> QVBoxLayout:
        """Where the section's content goes."""
        return self._body_layout

    def add_to_header(self, widget: QWidget) -> None:
        """Put a small widget (a count, a tool button) at the end of the title's row."""
        self._trailing.addWidget(widget)

    def set_title(self, title: str, tip: str = "") -> None:
        """Another title, and what it says under the mouse."""
        self._header.setToolTip(tip)
        self._header.setText(title)
        self._header.setAccessibleName(title)
        self._header.updateGeometry()

    def set_open(self, is_open: bool) -> None:
        """Open or close it."""
        self._header.setChecked(is_open)

    @property
    def header_height(self) -> int:
        """How high it is while it is closed."""
        trailing = self._trailing.sizeHint().height()
        return max(self._header.sizeHint().height(), trailing)

    @property
    def is_open(self) -> bool:
        """Whether the body shows."""
        return self._header.isChecked()

    def _on_header_toggled(self, is_open: bool) -> None:
        self._body.setVisible(is_open)
        self.toggled.emit(is_open)


class _Header(QAbstractButton):
    def __init__(self, title: str, collapsible: bool, quiet: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(title)
        self.setAccessibleName(title)
        self.setCheckable(True)
        self._collapsible = collapsible
        self._quiet = quiet
        self.setEnabled(True)
        if collapsible:
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._refresh_font()

    def _refresh_font(self) -> None:
        if not self._quiet:
            self.setFont(section_font())

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._refresh_font()
        super().changeEvent(event)

    @override
    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self.update()

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self.text()) + (_MARK + UNIT if self._collapsible else 0)
        return QSize(width + 2, max(metrics.height() + SPACE, 28))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(48, self.sizeHint().height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.rect()
        ink: QColor = theme.muted_text if self._quiet and not self.underMouse() else theme.text
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        if self._collapsible:
            closed = "chevron-left" if mirrored else "chevron-right"
            mark = area.adjusted(0, 0, 0, 0)
            mark.setSize(QSize(_MARK, _MARK))
            mark.moveTop((area.height() - _MARK) // 2)
            if mirrored:
                mark.moveRight(area.right())
                area.setRight(mark.left() - UNIT)
            else:
                area.setLeft(mark.right() + 1 + UNIT)
            paint_icon(painter, "chevron-down" if self.isChecked() else closed, mark, theme.muted_text)
        painter.setFont(self.font())
        painter.setPen(ink)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        side = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        painter.drawText(area, int(side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute), text)
        if self.hasFocus():
            painter.setPen(theme.focus)
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), RADIUS, RADIUS)


def labelled(label_text: str, widget: QWidget, tooltip: str = "", *, above: bool = False) -> QWidget:
    """A form row: a label at the start, the widget at the end, both with the tooltip.

    Args:
        label_text: sentence case, with the unit where there is one.
        widget: the field.
        tooltip: what the setting does, its unit, when one would change it, its default.
        above: the label over the field, for wide fields in narrow panels.
    """
    row = QWidget()
    label = QLabel(label_text, row)
    label.setBuddy(widget)
    layout: QVBoxLayout | QHBoxLayout = QVBoxLayout(row) if above else QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(UNIT if above else GROUP)
    layout.addWidget(label, 0 if above else 1)
    layout.addWidget(widget, 0 if above else 1)
    if isinstance(widget, QAbstractSpinBox):
        inset_text(widget)
    if not widget.accessibleName():
        widget.setAccessibleName(label_text)
    if tooltip:
        rich = tooltip if tooltip.lstrip().startswith("<") else f"<p>{tooltip}</p>"
        row.setToolTip(rich)
        widget.setToolTip(rich)
    return row


def inset_text(spin_box: QAbstractSpinBox) -> None:
    """Keep the number away from the field's edge, which a style sheet can't do inside a spin box (Qt 6.12)."""
    spin_box.lineEdit().setTextMargins(6, 0, 0, 0)


def add_clear_button(field: QLineEdit) -> None:
    """Let a field have the button that empties it, with a name, which Qt's own lacks (Qt 6.12)."""
    words = QCoreApplication.translate("add_clear_button", "Empty the field")
    field.setClearButtonEnabled(True)
    for button in field.findChildren(QToolButton):
        button.setAccessibleName(words)
        button.setToolTip(words)
