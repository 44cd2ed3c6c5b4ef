"""Messages at the window's lower corner: they stack, fade or wait to be read, and never take the focus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPoint, QPropertyAnimation, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QGraphicsOpacityEffect,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.look.icons import icon, paint_icon
from explorer.look.theme import GROUP, SPACE, UNIT, colors
from explorer.qt import override

ToastKind = Literal["info", "success", "warning", "error"]

FADE_AFTER_MS = 6000
_FADE_MS = 220
SHADOW = 8  # pixels, on each side
_ICON = 20
_TEXT_TOP = 6


class Toast(QWidget):
    """A message in the corner.

    Signals:
        closed(Toast): it was closed, or its time is over.
        resized(): its details were unfolded or folded.
    """

    closed = Signal(object)
    resized = Signal()

    def __init__(
        self,
        parent: QWidget,
        text: str,
        kind: ToastKind,
        details: str,
        action: tuple[str, Callable[[], None]] | None,
        topics: tuple[str, ...] = (),
    ) -> None:
        super().__init__(parent)
        self.text, self.kind, self.details, self.topics = text, kind, details, topics
        self._stays = kind == "error"
        self._times = 1
        self._animation: QPropertyAnimation | None = None
        self.label = QLabel(text, self)
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.label.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.close_button = QToolButton(self)
        self.close_button.setIcon(icon("close", "muted_text"))
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.setToolTip(self.tr("Close"))
        self.close_button.setAccessibleName(self.tr("Close"))
        self.close_button.clicked.connect(self.close_now)
        self.details_button = self._link(self.tr("Details"), self._on_details_clicked)
        self.details_button.setVisible(bool(details))
        self._details_view = QPlainTextEdit(details, self)
        self._details_view.setReadOnly(True)
        self._details_view.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._details_view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._details_view.setFixedHeight(160)
        self._details_view.hide()
        links = QHBoxLayout()
        links.setContentsMargins(0, UNIT, 0, 0)
        links.setSpacing(2 * SPACE)
        self.action_button: QPushButton | None = None
        if action is not None:
            self.action_button = self._link(action[0], lambda: self._on_action_clicked(action[1]))
            links.addWidget(self.action_button)
        links.addWidget(self.details_button)
        links.addStretch(1)
        column = QVBoxLayout()
        column.setContentsMargins(0, _TEXT_TOP, 0, 0)
        column.setSpacing(UNIT)
        column.addWidget(self.label)
        if action is not None or details:
            column.addLayout(links)
        column.addWidget(self._details_view)
        column.addStretch(1)
        row = self._row = QHBoxLayout(self)
        edge = SHADOW + SPACE
        start, end = edge + UNIT + _ICON + SPACE, edge
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            start, end = end, start
        row.setContentsMargins(start, edge, end, edge + UNIT)
        row.setSpacing(UNIT)
        row.addLayout(column, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(text)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._fade)
        self._start_timer()

    def repeat(self, topics: tuple[str, ...] = ()) -> None:
        """The same message came again, perhaps in another tab."""
        self._times += 1
        self.topics = tuple(dict.fromkeys((*self.topics, *topics)))
        self._stays = self.kind == "error"
        self._timer.stop()
        self.label.setText(f"{self.text} (×{self._times})")
        self._stop_fading()
        self._start_timer()
        self.resized.emit()

    def let_fade(self) -> None:
        """It need not wait to be read any longer."""
        self._stays = False
        if self._details_view.isHidden() and not self.underMouse():
            self._start_timer()

    def height_for(self, width: int) -> int:
        """The height this message needs at a width."""
        # The box layout gives a wrapping label beside other widgets more than it needs, so the height is summed here.
        margins = self._row.contentsMargins()
        text_width = width - margins.left() - margins.right() - UNIT - self.close_button.sizeHint().width()
        height = _TEXT_TOP + self.label.heightForWidth(max(40, text_width))
        links = [button for button in (self.action_button, self.details_button) if button is not None and not button.isHidden()]
        if links:
            height += 2 * UNIT + max(button.sizeHint().height() for button in links)
        if not self._details_view.isHidden():
            height += UNIT + self._details_view.height()
        return margins.top() + max(height, self.close_button.sizeHint().height()) + margins.bottom()

    def close_now(self) -> None:
        """Close it."""
        self._timer.stop()
        self.closed.emit(self)

    def polish(self) -> None:
        """Take the theme's sizes before the first layout asks for them."""
        for child in self.findChildren(QWidget):
            child.ensurePolished()

    def _link(self, text: str, clicked: Callable[[], None]) -> QPushButton:
        button = QPushButton(text, self)
        button.setProperty("link", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(lambda _checked=False: clicked())
        return button

    def _start_timer(self) -> None:
        if self._stays:
            return
        self._timer.start(2 * FADE_AFTER_MS if self.kind == "warning" or self.action_button is not None else FADE_AFTER_MS)

    def _fade(self) -> None:
        effect = QGraphicsOpacityEffect(self)
        self.setGraphicsEffect(effect)
        self._animation = QPropertyAnimation(effect, b"opacity", self)
        self._animation.setDuration(_FADE_MS)
        self._animation.setStartValue(1.0)
        self._animation.setEndValue(0.0)
        self._animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._animation.finished.connect(self.close_now)
        self._animation.start()

    def _stop_fading(self) -> None:
        if self._animation is not None:
            self._animation.stop()
            self._animation = None
            self.setGraphicsEffect(None)  # type: ignore[arg-type]

    def _on_details_clicked(self) -> None:
        self._timer.stop()
        self._stop_fading()
        shown = self._details_view.isHidden()
        self._details_view.setVisible(shown)
        self.details_button.setText(self.tr("Hide details") if shown else self.tr("Details"))
        self.resized.emit()

    def _on_action_clicked(self, act: Callable[[], None]) -> None:
        act()
        self.close_now()

    @override
    def enterEvent(self, event: QEvent) -> None:
        self._timer.stop()
        self._stop_fading()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        if self._details_view.isHidden():
            self._start_timer()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(SHADOW, SHADOW - 2, -SHADOW, -SHADOW - 2)
        shade = QColor(theme.shadow)
        painter.setPen(Qt.PenStyle.NoPen)
        for reach in range(SHADOW - 1, 0, -1):
            shade.setAlphaF(theme.shadow.alphaF() * 0.14)
            painter.setBrush(shade)
            painter.drawRoundedRect(card.adjusted(-reach, -reach + 2, reach, reach + 2), 8 + reach, 8 + reach)
        painter.setBrush(theme.raised)
        painter.setPen(QPen(theme.border, 1))
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        inks = {"info": theme.muted_text, "success": theme.success, "warning": theme.warning, "error": theme.error}
        left = card.left() + 12
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = card.right() - 12 - _ICON
        paint_icon(painter, self.kind, QRectF(left, card.top() + 14, _ICON, _ICON), inks[self.kind])


_WIDTH = 376
_MOST = 5
_MOVING = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutDirectionChange)


class ToastArea(QWidget):
    """The corner of `parent` for messages; only as large as they are, so it covers nothing else.

    Args:
        parent: the window or its central widget.
        bottom_margin: distance from the parent's lower edge, to stay clear of a status line.
    """

    def __init__(self, parent: QWidget, bottom_margin: int = GROUP) -> None:
        super().__init__(parent)
        self._bottom_margin = bottom_margin
        self._toasts: list[Toast] = []
        self._spared: QWidget | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        parent.installEventFilter(self)
        self.hide()

    def stay_above(self, widget: QWidget) -> None:
        """Don't cover a widget at the lower edge, such as buttons that are pressed repeatedly, while it is visible."""
        self._spared = widget
        widget.installEventFilter(self)

    def show_message(
        self,
        text: str,
        kind: ToastKind = "info",
        details: str = "",
        action: tuple[str, Callable[[], None]] | None = None,
        topics: tuple[str, ...] = (),
    ) -> None:
        """Show a message.

        Args:
            text: a sentence or two.
            kind: "info" and "success" fade after six seconds, "warning" and what has a button after twelve, "error" stays
                until it is closed.
            details: more for those who want it, such as a traceback; unfolds under "Details".
            action: a button's text and what it does.
            topics: what it is about, for `dismiss` and `let_fade`.
        """
        for toast in self.toasts():
            if (toast.text, toast.kind, toast.details) == (text, kind, details) and action is None:
                toast.repeat(topics)
                return
        toast = Toast(self, text, kind, details, action, topics)
        toast.closed.connect(self._on_toast_closed)
        toast.resized.connect(self._place)
        self._layout.addWidget(toast)
        self._toasts.append(toast)
        toast.polish()
        toast.show()
        spare = [old for old in self.toasts() if old.kind != "error"]
        for old in spare[: max(0, len(self.toasts()) - _MOST)]:
            old.close_now()
        self.show()
        self.raise_()
        self._place()

    def toasts(self) -> list[Toast]:
        """The messages on screen, oldest first."""
        return list(self._toasts)

    def dismiss(self, topic: str) -> None:
        """Close what is about a topic: it is settled."""
        for toast in self.toasts():
            if topic in toast.topics:
                toast.close_now()

    def let_fade(self, topic: str) -> None:
        """Errors about a topic fade like other messages from now on."""
        for toast in self.toasts():
            if topic in toast.topics:
                toast.let_fade()

    def clear(self) -> None:
        """Close them all."""
        for toast in self.toasts():
            toast.close_now()

    def _on_toast_closed(self, toast: Toast) -> None:
        if toast not in self._toasts:
            return
        self._toasts.remove(toast)
        self._layout.removeWidget(toast)
        toast.hide()
        toast.deleteLater()
        if self.toasts():
            self._place()
        else:
            self.hide()

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None or not self.toasts():
            return
        width = max(120, min(_WIDTH + 2 * SHADOW, parent.width() - 2 * SPACE))
        for toast in self.toasts():
            toast.setFixedWidth(width)
        self._layout.invalidate()
        height = sum(toast.height_for(width) for toast in self.toasts())
        for toast in self.toasts():
            toast.setFixedHeight(toast.height_for(width))
        x = parent.width() - width - SPACE
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            x = SPACE
        bottom = parent.height() - self._bottom_margin
        if self._spared is not None and self._spared.isVisible():
            bottom = min(bottom, self._spared.mapTo(parent, QPoint()).y() - SPACE)
        bottom += SHADOW
        self.setGeometry(x, max(0, bottom - height), width, min(height, bottom))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVING:
            self._place()
        return False
