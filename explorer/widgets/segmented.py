"""A few choices side by side, one of them checked; in little room they become a menu."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from explorer.look.theme import CONTROL_HEIGHT, colors
from explorer.qt import override

_PADDING = 14
_LEAST_PADDING = 7  # beside a text, where room is scarce; with less the choices become a menu
_INSET = 2
_ARROW = 20  # pixels that the menu's arrow takes
_RADIUS = 6.0


class Segmented(QWidget):
    """Choices in one groove; arrows move between them.

    Where their texts would be cut, the groove shows the checked one alone, and a click on it opens a menu of all.

    Args:
        texts: one a choice, short.
        name: what is chosen, for screen readers.
        fill: the choices share all the width there is.
    """

    choice_changed = Signal(int)
    """The person took another choice."""

    def __init__(self, texts: Sequence[str] = (), name: str = "", parent: QWidget | None = None, *, fill: bool = False) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._fill = fill
        self._count = 0
        self._row = QWidget(self)
        self._layout = QHBoxLayout(self._row)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.menu_button = QToolButton(self)
        self.menu_button.setAutoRaise(True)
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self.menu_button)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.menu_button.setMenu(self._menu)
        self.menu_button.hide()
        self._refold = QTimer(self, interval=0, singleShot=True)
        self._refold.timeout.connect(lambda: self._fold() if self.isVisible() else None)
        self.setFixedHeight(CONTROL_HEIGHT)
        self._row.installEventFilter(self)
        horizontal = QSizePolicy.Policy.Preferred if fill else QSizePolicy.Policy.Maximum
        self.setSizePolicy(horizontal, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self._group.idClicked.connect(self._on_group_id_clicked)
        self.set_texts(texts)

    def set_texts(self, texts: Sequence[str]) -> None:
        """Set other choices; the first is checked, without a signal. Buttons are reused, so that they keep their tab order."""
        for index in range(len(self._group.buttons()), len(texts)):
            segment = _Segment(self)
            segment.installEventFilter(self)
            self._group.addButton(segment, index)
            self._layout.addWidget(segment, 1 if self._fill else 0)
        self._count = len(texts)
        for index, button in enumerate(self._group.buttons()):
            button.setVisible(index < len(texts))
            button.setText(texts[index] if index < len(texts) else "")
            button.setAccessibleName(button.text())
            button.updateGeometry()
        self.set_choice(0)
        self._ask_for_room()

    def set_tooltips(self, tooltips: Sequence[str]) -> None:
        """Set a tooltip for each choice."""
        for button, tooltip in zip(self.segments, tooltips, strict=True):
            button.setToolTip(tooltip)

    @property
    def is_folded(self) -> bool:
        """Whether the choices are in a menu."""
        return not self.menu_button.isHidden()

    @property
    def segments(self) -> list[QAbstractButton]:
        """The choices' buttons, in order."""
        return self._group.buttons()[: self._count]

    @property
    def choice(self) -> int:
        """The index of the checked choice; -1 while there are none."""
        return self._group.checkedId() if self._count else -1

    def set_choice(self, index: int) -> None:
        """Check a choice without a signal."""
        button = self._group.button(index)
        if button is not None and index < self._count:
            button.setChecked(True)
            self._update_focus()
            self._name_choice()

    def _on_group_id_clicked(self, index: int) -> None:
        self._update_focus()
        self._name_choice()
        self.choice_changed.emit(index)

    def _name_choice(self) -> None:
        """Say on the menu's button what is chosen."""
        button = self._group.checkedButton()
        if button is not None:
            self.menu_button.setText(button.text())
            self.menu_button.setAccessibleName(f"{self.accessibleName()}: {button.text()}".removeprefix(": "))
            self.menu_button.setToolTip(button.toolTip())

    def _fill_menu(self) -> None:
        self._menu.clear()
        for segment in self._offered():
            action = self._menu.addAction(segment.text().replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(segment.isChecked())
            action.setEnabled(segment.isEnabled())
            action.triggered.connect(lambda _checked=False, chosen=segment: chosen.click())

    def _offered(self) -> list[QAbstractButton]:
        return [segment for segment in self.segments if not segment.isHidden()]

    def _ask_for_room(self) -> None:
        """Its choices take another width; whether they have it is known once it is laid out anew."""
        self.updateGeometry()
        self._refold.start()

    def _fold(self) -> None:
        """Show all choices side by side where their texts fit, or else one with a menu."""
        offered = self._offered()
        least = self.sizeHint().width() - 2 * (_PADDING - _LEAST_PADDING) * len(offered)
        folds = not self._fill and len(offered) > 1 and self.width() < least
        if folds and self._row.isVisibleTo(self):
            had_focus = any(segment.hasFocus() for segment in self.segments)
            self._row.hide()
            self.menu_button.show()
            if had_focus:
                self.menu_button.setFocus(Qt.FocusReason.OtherFocusReason)
        elif not folds and self.is_folded:
            self.menu_button.hide()
            self._row.show()
        area = self.rect().adjusted(_INSET, _INSET, -_INSET, -_INSET)
        self._row.setGeometry(area)
        self.menu_button.setGeometry(area)
        self._name_choice()

    @override
    def sizeHint(self) -> QSize:
        wide = sum(segment.sizeHint().width() for segment in self._offered())
        return QSize(wide + 2 * _INSET, CONTROL_HEIGHT)

    @override
    def minimumSizeHint(self) -> QSize:
        widths = [segment.sizeHint().width() for segment in self._offered()]
        if self._fill:
            return QSize(sum(segment.minimumSizeHint().width() for segment in self._offered()) + 2 * _INSET, CONTROL_HEIGHT)
        return QSize(min(sum(widths), max(widths, default=0) + _ARROW) + 2 * _INSET, CONTROL_HEIGHT)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_shown = event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent)
        if (is_shown and watched is not self._row) or (event.type() == QEvent.Type.LayoutRequest and watched is self._row):
            self._ask_for_room()  # other choices, or other texts
        return super().eventFilter(watched, event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _update_focus(self) -> None:
        """Tab goes to the checked choice, as with radio buttons; arrows move on from there."""
        focused = any(segment.hasFocus() for segment in self.segments)
        for segment in self.segments:
            if focused and segment.isChecked():
                segment.setFocus(Qt.FocusReason.OtherFocusReason)
            segment.setFocusPolicy(Qt.FocusPolicy.TabFocus if segment.isChecked() else Qt.FocusPolicy.NoFocus)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.groove)
        painter.drawRoundedRect(QRectF(self.rect()), _RADIUS, _RADIUS)


class _Segment(QAbstractButton):
    def __init__(self, parent: Segmented) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        # QAbstractButton moves the check with the arrows, but without a click signal, so one is made here.
        group = self.group()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        steps = {Qt.Key.Key_Left: 1 if mirrored else -1, Qt.Key.Key_Right: -1 if mirrored else 1}
        step = steps.get(Qt.Key(event.key()))
        if group is None or step is None:
            super().keyPressEvent(event)
            return
        index = group.id(self) + step
        while (other := group.button(index)) is not None and not (other.isEnabled() and other.isVisible()):
            index += step
        if other is not None:
            other.click()
            other.setFocus(Qt.FocusReason.TabFocusReason)

    @override
    def changeEvent(self, event: QEvent) -> None:
        self.updateGeometry()
        super().changeEvent(event)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2 * _PADDING, CONTROL_HEIGHT - 2 * _INSET)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), 48), CONTROL_HEIGHT - 2 * _INSET)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.isChecked():
            painter.setPen(QPen(theme.border, 1))
            painter.setBrush(theme.pressed if theme.is_dark and not self.isEnabled() else theme.raised)
            if theme.is_dark:
                painter.setPen(QPen(theme.zone, 1))
                painter.setBrush(theme.border)
            painter.drawRoundedRect(area, _RADIUS - 1, _RADIUS - 1)
        ink = theme.text if self.isChecked() or self.underMouse() else theme.muted_text
        painter.setPen(ink if self.isEnabled() else theme.disabled_text)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width() - 8)
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), text)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.focus, 1.5))
            painter.drawRoundedRect(area, _RADIUS - 1, _RADIUS - 1)
