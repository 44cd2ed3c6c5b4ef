"""Windows that fit the screen which they open on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QStyle, QWidget

from explorer.look.theme import SPACE
from explorer.qt import override

_ANY = 16_777_215  # QWIDGETSIZE_MAX
_SETTLED_MS = 250  # until a window manager has put its frame around a window

LOW_WINDOW = 520
"""Units of height: a lower window has none to spare, and gives what there is to the pictures."""


def keep_on_screen(window: QWidget) -> None:
    """Let a window open within its screen's available area, now and each time that it is shown or gets to another screen.

    A dialog's first size is bound as well as one that was remembered on a larger screen. What doesn't fit then is up to the
    window: it scrolls or folds.
    """
    _ScreenFit(window)


def fitting(geometry: QRect, frame: QSize, area: QRect) -> QRect:
    """A window's geometry within an area of the screen.

    Args:
        geometry: without its frame.
        frame: what the frame adds, in width and height.
        area: what the window may cover.
    """
    size = geometry.size().boundedTo(area.size() - frame)
    top_left = QPoint(area.left() + frame.width() // 2, area.top() + frame.height() - frame.width() // 2)
    right = area.right() - frame.width() // 2 - size.width() + 1
    bottom = area.bottom() - frame.width() // 2 - size.height() + 1
    return QRect(
        QPoint(
            max(top_left.x(), min(geometry.left(), right)),
            max(top_left.y(), min(geometry.top(), bottom)),
        ),
        size,
    )


def available_area(window: QWidget) -> QRect | None:
    """What windows may cover of the screen that one is on; None where nobody sees it, and the size may be any."""
    return None if QGuiApplication.platformName() == "offscreen" else window.screen().availableGeometry()


def frame_of(window: QWidget) -> QSize:
    """What a window's frame adds; guessed until the window manager has made it."""
    added = window.frameGeometry().size() - window.geometry().size()
    if added.height() > 0:
        return added
    title = window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight, None, window)
    return QSize(2, max(title, 3 * SPACE))


def room_for(window: QWidget) -> QSize:
    """The largest size that a window can have on its screen, without its frame."""
    area = available_area(window)
    return QSize(_ANY, _ANY) if area is None else area.size() - frame_of(window)


class _ScreenFit(QObject):
    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._settled = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._settled.timeout.connect(self._fit)
        window.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and watched is self._window and not event.spontaneous():
            self._centre()
            self._fit()
            self._settled.start()
        elif event.type() == QEvent.Type.ScreenChangeInternal:
            self._settled.start()
        return False

    def _centre(self) -> None:
        """Put a dialog that nobody has moved over its window, as Qt does with one whose place was left to it."""
        window, parent = self._window, self._window.parentWidget()
        if isinstance(window, QDialog) and parent is not None and not window.testAttribute(Qt.WidgetAttribute.WA_Moved):
            place = window.geometry()
            place.moveCenter(parent.window().geometry().center())
            window.setGeometry(place)

    def _fit(self) -> None:
        window = self._window
        covers = Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen | Qt.WindowState.WindowMinimized
        if window.windowState() & covers:
            return
        here, area = window.geometry(), available_area(window)
        fits = here if area is None else fitting(here, frame_of(window), area)
        if fits != here:
            if window.minimumSize() == window.maximumSize():  # a fixed size, of what doesn't fit
                window.setFixedSize(fits.size())
            window.setGeometry(fits)
