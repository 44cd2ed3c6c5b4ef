"""Messages at the window's lower corner: they stack, fade or wait to be read, and never take the focus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPoint, QPropertyAnimation, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import (
    QAbstractButton,
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
from explorer.widgets.free_place import Taken, find_place, hidden, is_free, taken_in

ToastKind = Literal["info", "success", "warning", "error"]

FADE_AFTER_MS = 6000
_FADE_MS = 220
SHADOW = 8  # pixels, on each side
_ICON = 20
_TEXT_TOP = 6


class Toast(QWidget):
    """A message in the corner.

    Signals:
        closed(Toast): it was closed.
        faded(Toast): its time is over.
        resized(): its details were unfolded or folded.
    """

    closed = Signal(object)
    faded = Signal(object)
    resized = Signal()

    def __init__(
        self,
        parent: QWidget,
        text: str,
        kind: ToastKind,
        details: str,
        action: tuple[str, Callable[[], None]] | None,
        topics: tuple[str, ...] = (),
        home: str = "",
    ) -> None:
        super().__init__(parent)
        self.text, self.kind, self.details, self.topics, self.home = text, kind, details, topics, home
        self.action = action
        self._waits = False
        self._is_at_home = True
        self._times = 1
        self._animation: QPropertyAnimation | None = None
        self.label = QLabel(text, self)
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
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
        links = self._links = QHBoxLayout()
        links.setSpacing(2 * SPACE)
        self.action_button: QPushButton | None = None
        if action is not None:
            self.action_button = self._link(action[0], lambda: self._on_action_clicked(action[1]))
            links.addWidget(self.action_button)
        links.addWidget(self.details_button)
        links.addStretch(1)
        column = self._column = QVBoxLayout()
        column.setSpacing(UNIT)
        column.addWidget(self.label)
        column.addLayout(links)
        column.addWidget(self._details_view)
        row = self._row = QHBoxLayout(self)
        row.setSpacing(UNIT)
        row.addLayout(column, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self._is_flat = True
        self.set_flat(False)
        self.setAccessibleName(text)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._fade)
        self._start_timer()

    def repeat(self, topics: tuple[str, ...] = (), home: str = "") -> None:
        """The same message came again, perhaps in another tab."""
        self._times += 1
        self.topics = tuple(dict.fromkeys((*self.topics, *topics)))
        self.home = home
        self._timer.stop()
        self.label.setText(self._whole_text)
        self._stop_fading()
        self._start_timer()
        self.resized.emit()

    def set_at_home(self, is_at_home: bool) -> None:
        """Whether what it belongs to is in front: an error waits there to be read, and fades elsewhere."""
        if self.kind == "error" and is_at_home != self._is_at_home:
            self._is_at_home = is_at_home
            self._timer.stop()
            self._stop_fading()
            self._start_timer()

    @property
    def only_confirms(self) -> bool:
        """A line elsewhere is enough for it, where it would lie over something: nobody has to do anything about it."""
        return self.kind in {"info", "success"} and not self.details and not self.underMouse()

    @property
    def is_waiting(self) -> bool:
        """There is no place for it yet, or its tab isn't in front."""
        return self._waits

    def set_waiting(self, waits: bool) -> None:
        """Hide it until there is a place for it and its tab is in front; its time begins when it is seen."""
        if waits == self._waits:
            return
        self._waits = waits
        self.setVisible(not waits)
        self._timer.stop()
        self._stop_fading()
        if not waits:
            self._start_timer()

    @property
    def is_unfolded(self) -> bool:
        """Its details are shown."""
        return not self._details_view.isHidden()

    @property
    def is_flat(self) -> bool:
        """It takes as little room as can be."""
        return self._is_flat

    def set_flat(self, flat: bool) -> None:
        """Put what can be pressed beside the text instead of below it, and leave less space around: for little room."""
        if flat == self._is_flat:
            return
        self._is_flat = flat
        upright = Qt.AlignmentFlag.AlignVCenter if flat else Qt.AlignmentFlag.AlignTop
        self.label.setAlignment(Qt.AlignmentFlag.AlignLeading | upright)
        (self._column if flat else self._row).removeItem(self._links)
        self._links.setParent(None)
        if flat:
            self._row.insertLayout(1, self._links)
        else:
            self._column.insertLayout(1, self._links)
        has_links = self.action_button is not None or bool(self.details)
        self._links.setContentsMargins(0, UNIT if has_links and not flat else 0, 0, 0)
        self._column.setContentsMargins(0, 0 if flat else _TEXT_TOP, 0, 0)
        top, bottom = _edges(flat)
        start, end = SHADOW + SPACE + UNIT + _ICON + SPACE, SHADOW + SPACE
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            start, end = end, start
        self._row.setContentsMargins(start, top, end, bottom)
        self.update()

    def height_for(self, width: int, flat: bool = False) -> int:
        """The height this message needs at a width."""
        # The box layout gives a wrapping label beside other widgets more than it needs, so the height is summed here.
        top, bottom = _edges(flat)
        height = (0 if flat else _TEXT_TOP) + self.label.heightForWidth(self._text_width(width, flat))
        if self._shown_links and not flat:
            height += 2 * UNIT + max(button.sizeHint().height() for button in self._shown_links)
        if self.is_unfolded:
            height += UNIT + self._details_view.height()
        highest = max(button.sizeHint().height() for button in self._pressed)
        return top + max(height, highest) + bottom

    def height_of_line(self) -> int:
        """The height of its card where all it says is in one line."""
        return sum(_edges(flat=True)) + max(link.sizeHint().height() for link in self._pressed) - 2 * SHADOW

    def elide(self, elided: bool) -> None:
        """Show as much of the text as one line holds, and the rest as a tooltip."""
        if not elided and self.label.wordWrap():
            return
        self.label.setToolTip(self._whole_text if elided else "")
        self.label.setWordWrap(not elided)
        width = self._text_width(self.width(), flat=True)
        line = self.label.fontMetrics().elidedText(self._whole_text.replace("\n", " "), Qt.TextElideMode.ElideRight, width)
        self.label.setText(line if elided else self._whole_text)

    @property
    def _whole_text(self) -> str:
        return self.text if self._times == 1 else f"{self.text} (×{self._times})"

    @property
    def _shown_links(self) -> list[QPushButton]:
        return [button for button in (self.action_button, self.details_button) if button is not None and not button.isHidden()]

    @property
    def _pressed(self) -> list[QAbstractButton]:
        return [self.close_button, *self._shown_links]

    def _text_width(self, width: int, flat: bool) -> int:
        margins = self._row.contentsMargins()
        text_width = width - margins.left() - margins.right() - UNIT - self.close_button.sizeHint().width()
        if flat:
            text_width -= sum(button.sizeHint().width() + 2 * SPACE for button in self._shown_links)
        return max(40, text_width)

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
        is_read = self.underMouse() or self.is_unfolded
        if self._waits or is_read or (self.kind == "error" and self._is_at_home):
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
        self._animation.finished.connect(lambda: self.faded.emit(self))
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
        paint_icon(
            painter,
            self.kind,
            QRectF(left, card.top() + ((card.height() - _ICON) / 2 if self._is_flat else 14), _ICON, _ICON),
            inks[self.kind],
        )


def _edges(flat: bool) -> tuple[int, int]:
    """The space above and below what a message says, with its shadow."""
    return (SHADOW, SHADOW) if flat else (SHADOW + SPACE, SHADOW + SPACE + UNIT)


def _with_shadow(card: QRect) -> QRect:
    return card.adjusted(-SHADOW, -SHADOW, SHADOW, SHADOW)


def _hides_edited(cards: Iterable[QRect], taken: Sequence[Taken]) -> bool:
    """Whether one of these lies over a picture that is being edited."""
    edited = [one.rect for one in taken if one.kind == "edited"]
    return any(card.intersects(rect) for card in cards for rect in edited)


_WIDTHS = (376, 520, 288)  # pixels: the first is taken wherever there is a place for it
_FLAT_WIDTHS = (560, 440, 360)
_MOST = 5
_LOOK_AGAIN_MS = 150  # what can be pressed may have come, gone or been scrolled under a message
_LOOK_LATER_MS = 1000  # once nothing of the kind has happened for a few seconds
_LOOKS = 20  # until then
_STILL = 5  # looks after which a page that was scrolled stands still
_MORE = 1.1  # times as much of pictures must come to lie under a message before it gives way
_MOVING = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutDirectionChange)


class ToastArea(QWidget):
    """The corner of `parent` for messages; only as large as they are, and never over anything that can be pressed.

    Where something to press is in the corner, or a picture, they lie in the nearest place that has nothing of the kind. There a
    message stays, whatever becomes of the others, until something else comes to lie under it. If there is no place for all of
    them, the older ones wait until the newer ones are gone. One that only confirms lies over nothing at all where the window has
    a line that says it instead (`take_instead`). None lies over a picture that is edited: where there is no other place for a
    card, the message becomes a flat line.

    Args:
        parent: the window or its central widget.
        bottom_margin: distance from the parent's lower edge, to stay clear of a status line.

    Signals:
        closed(Toast): a message is gone: it was closed, has faded, or is settled.
    """

    closed = Signal(object)

    def __init__(self, parent: QWidget, bottom_margin: int = GROUP) -> None:
        super().__init__(parent)
        self._bottom_margin = bottom_margin
        self._toasts: list[Toast] = []
        self.take_instead: Callable[[Toast], bool] | None = None
        """Asked of a message that only confirms and would lie over anything: says it elsewhere, link and all, if it can."""
        self._front = ""
        self._away: set[Toast] = set()  # errors that are seen again once their tab is in front
        self._cards: dict[Toast, QRect] = {}  # where those that are shown lie in the parent, without their shadows
        self._hidden: dict[Toast, int] = {}  # pixels of pictures under them
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._taken: list[Taken] = []  # what could be pressed at the last look
        self._looks = 0  # in which nothing had changed
        self._is_settling = False  # what led to the newest message may yet change the layout
        self._looking = QTimer(self)
        self._looking.timeout.connect(self._look_again)
        parent.installEventFilter(self)
        self.hide()

    def show_message(
        self,
        text: str,
        kind: ToastKind = "info",
        details: str = "",
        action: tuple[str, Callable[[], None]] | None = None,
        topics: tuple[str, ...] = (),
        home: str = "",
    ) -> None:
        """Show a message.

        Args:
            text: a sentence or two.
            kind: "info" and "success" fade after six seconds, "warning" and what has a button after twelve, "error" stays
                until it is closed where it belongs.
            details: more for those who want it, such as a traceback; unfolds under "Details".
            action: a button's text and what it does.
            topics: what it is about, for `dismiss`.
            home: the name of what has to be in front (`set_front`) for an error to stay: its tab. An error of another one is seen
                for as long as other messages, and again when that comes to the front. Empty: it belongs everywhere.
        """
        for toast in self.toasts():
            if (toast.text, toast.kind, toast.details) == (text, kind, details) and action is None:
                self._away.discard(toast)
                toast.repeat(topics, home)
                toast.set_at_home(self._is_in_front(toast))
                self._place()
                self._look_often()
                return
        toast = Toast(self, text, kind, details, action, topics, home)
        toast.set_at_home(self._is_in_front(toast))
        toast.closed.connect(self._on_toast_closed)
        toast.faded.connect(self._on_toast_faded)
        toast.resized.connect(self._place)
        self._toasts.append(toast)
        toast.polish()
        toast.show()
        spare = [old for old in self._here if old.kind != "error"]
        for old in spare[: max(0, len(self._here) - _MOST)]:
            old.close_now()
        self.show()
        self.raise_()
        self._look_often()
        self._place()
        self._is_settling = True
        QTimer.singleShot(0, self, self._look_again)  # once the layouts have taken in what goes with it

    def toasts(self) -> list[Toast]:
        """The messages, oldest first, with those that wait for a place or for their tab."""
        return list(self._toasts)

    @property
    def _here(self) -> list[Toast]:
        """The messages that aren't hidden because another tab is in front."""
        return [toast for toast in self._toasts if toast not in self._away]

    def _is_in_front(self, toast: Toast) -> bool:
        return toast.home in {"", self._front}

    def dismiss(self, topic: str) -> None:
        """Close what is about a topic: it is settled."""
        for toast in self.toasts():
            if topic in toast.topics:
                toast.close_now()

    def set_front(self, name: str) -> None:
        """Another tab is in front: errors of other ones are hidden, and those of this one are seen again."""
        self._front = name
        self._away = {toast for toast in self._toasts if toast.kind == "error" and not self._is_in_front(toast)}
        for toast in self._toasts:
            toast.set_at_home(self._is_in_front(toast))
        self._look_often()
        self._place(still=True)

    def clear(self) -> None:
        """Close them all."""
        for toast in self.toasts():
            toast.close_now()

    def _on_toast_faded(self, toast: Toast) -> None:
        if toast.kind == "error" and not self._is_in_front(toast):
            self._away.add(toast)
            self._place()
        else:
            toast.close_now()

    def _on_toast_closed(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._remove(toast)
            self.closed.emit(toast)
            self._place()

    def _remove(self, toast: Toast) -> None:
        self._away.discard(toast)
        self._toasts.remove(toast)
        self._cards.pop(toast, None)
        toast.hide()
        toast.deleteLater()

    def _place(self, *, anew: bool = False, still: bool = False) -> None:
        """Put the messages, or as many of the newest as have a place, where they cover nothing that can be pressed.

        Args:
            anew: also those that lie well where they are.
            still: nothing is being scrolled, so what is scrolled makes them move, too.
        """
        for toast in self._away:
            toast.set_waiting(True)
        parent, here = self.parentWidget(), self._here
        self.setVisible(bool(here))
        if parent is None or not here:
            self._cards = {}
            self._looking.stop()
            return
        for toast in here:
            toast.elide(False)
        taken = self._taken = taken_in(parent, self)
        room = parent.rect().adjusted(GROUP, GROUP, -GROUP, -self._bottom_margin)
        newest = here[-1]
        cards = {} if anew else self._staying(room, taken, still=still)
        self._put(cards, room, taken)
        while newest not in cards and cards:
            cards.pop(next(toast for toast in here if toast in cards))  # the oldest makes way
            self._put(cards, room, taken)
        if self._hand_over(cards, taken):
            self._place()
            return
        if cards and (newest.is_unfolded or not _hides_edited(cards.values(), taken)):
            self._lay_out(cards)
            return
        right_to_left = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        whole = parent.rect().adjusted(UNIT, UNIT, -UNIT, -UNIT // 2)  # it may lie on the status line, too
        if newest.is_unfolded:
            size = self._size_of(newest, min(_WIDTHS[0], room.width()))
            self._lay_out({newest: QRect(find_place(room, size, taken, right_to_left).corner, size)})
            return
        for width in (whole.width(), *_FLAT_WIDTHS):
            size = self._size_of(newest, min(width, whole.width()), flat=True)
            place = find_place(whole, size, taken, right_to_left)
            if place.is_free and not _hides_edited([QRect(place.corner, size)], taken):
                self._lay_out({newest: QRect(place.corner, size)}, flat=True)
                return
        line = QRect(QPoint(), QSize(whole.width(), newest.height_of_line()))
        line.moveBottomLeft(whole.bottomLeft())
        self._lay_out({newest: line}, flat=True)

    def _hand_over(self, cards: dict[Toast, QRect], taken: Sequence[Taken]) -> bool:
        """Have one message that would cover something be said elsewhere instead; says whether there was one."""
        for toast in self._here:
            card = cards.get(toast)
            covers = card is None or any(card.intersects(one.rect) for one in taken)
            if covers and toast.only_confirms and self.take_instead is not None and self.take_instead(toast):
                self._remove(toast)
                return True
        return False

    def _staying(self, room: QRect, taken: Sequence[Taken], *, still: bool) -> dict[Toast, QRect]:
        """The messages that stay where they are, and their cards, which may have grown upwards."""
        pressed = [one for one in taken if still or not one.scrolls]
        fixed = [one for one in taken if not one.scrolls]
        cards: dict[Toast, QRect] = {}
        for toast in reversed(self._here):
            before = self._cards.get(toast)
            if before is None or toast.is_flat:
                continue
            card = QRect(QPoint(), self._size_of(toast, before.width()))
            card.moveBottomLeft(before.bottomLeft())
            is_beside = not any(card.intersects(other) for other in cards.values())
            if room.contains(card) and is_beside and is_free(card, pressed) and hidden(card, fixed) <= _MORE * self._hidden[toast]:
                cards[toast] = card
        return cards

    def _put(self, cards: dict[Toast, QRect], room: QRect, taken: Sequence[Taken]) -> None:
        """Add the others' cards, the newest first, as long as there is a place beside those that are there."""
        right_to_left = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        for toast in reversed(self._here):
            if toast in cards:
                continue
            others = [Taken(card.adjusted(-UNIT, -UNIT, UNIT, UNIT), "control") for card in cards.values()]
            best: tuple[float, QRect] | None = None
            for width in _WIDTHS:
                size = self._size_of(toast, min(width, room.width()))
                place = find_place(room, size, [*taken, *others], right_to_left, UNIT)
                if place.is_free and size.height() <= room.height() and (best is None or place.cost < best[0]):
                    best = (place.cost, QRect(place.corner, size))
                if place.is_free and place.is_blank:
                    break  # another width is for where there is no room for this one
            if best is None:
                return
            cards[toast] = best[1]

    def _size_of(self, toast: Toast, width: int, flat: bool = False) -> QSize:
        """The size of a message's card of a width."""
        return QSize(width, toast.height_for(width + 2 * SHADOW, flat) - 2 * SHADOW)

    def _lay_out(self, cards: dict[Toast, QRect], flat: bool = False) -> None:
        self._hidden = {
            toast: self._hidden[toast] if self._cards.get(toast) == card else hidden(card, self._taken)
            for toast, card in cards.items()
        }
        self._cards = cards
        region = QRegion()
        for card in cards.values():
            region += _with_shadow(card)
        self.setGeometry(region.boundingRect())
        self.setMask(region.translated(-self.pos()))
        for toast in self._here:
            toast.set_waiting(toast not in cards)
            toast.set_flat(flat)
        for toast, card in cards.items():
            toast.setFixedSize(_with_shadow(card).size())
            toast.move(_with_shadow(card).topLeft() - self.pos())
            toast.elide(flat and toast.height() < toast.height_for(toast.width(), flat))

    def _look_often(self) -> None:
        """Look again soon and for some time, if there is a message and the window is seen."""
        parent = self.parentWidget()
        self._looks = 0
        if self._here and parent is not None and parent.isVisible() and not self.window().isMinimized():
            self._looking.start(_LOOK_AGAIN_MS)
        else:
            self._looking.stop()

    def _look_again(self) -> None:
        parent = self.parentWidget()
        if parent is None or not self._here:
            return
        taken = taken_in(parent, self)
        if taken == self._taken:
            self._is_settling = False
            self._looks += 1
            if self._looks == _STILL and not all(is_free(card, taken) for card in self._cards.values()):
                self._place(still=True)
            if self._looks == _LOOKS:
                self._looking.setInterval(_LOOK_LATER_MS)
            return
        self._taken = taken
        self._look_often()
        self._place(still=self._is_settling)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVING:
            self._look_often()
            self._place(anew=event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutDirectionChange))
        return False
