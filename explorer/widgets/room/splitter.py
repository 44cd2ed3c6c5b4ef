"""Panes beside each other, whose borders can be dragged and whose outer ones fold away."""

from __future__ import annotations

import json
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSplitter, QSplitterHandle, QVBoxLayout, QWidget

from explorer.look.icons import paint_icon
from explorer.look.theme import GROUP, RADIUS, SPACE, colors, small_font
from explorer.qt import override

_MARK = QSize(GROUP, 48)
_ICON = 14
_LARGEST = 16_777_215  # QWIDGETSIZE_MAX


@dataclass(slots=True)
class _Pane:
    widget: QWidget
    holder: QWidget
    name: str  # "" never folds
    size: int  # wished, in pixels
    comfort: int  # what it should have before others fold for it
    stretch: int
    is_first_to_fold: bool
    is_folded: bool = False  # by the person
    is_squeezed: bool = False  # for want of room

    @property
    def is_there(self) -> bool:
        return not self.holder.isHidden()

    @property
    def is_open(self) -> bool:
        return not self.is_folded and not self.is_squeezed

    def wanted_width(self) -> int:
        return max(self.least().width(), self.comfort)

    def least(self) -> QSize:
        return self.widget.minimumSizeHint().expandedTo(self.widget.minimumSize())


class FoldingSplitter(QSplitter):
    """Columns of a tab. One that folds has a mark on its border; a click on it, or a drag to the edge, folds it.

    The mark of a folded one says what is behind it.

    Where there isn't room for all, columns fold by themselves, the first one first unless another is said to be, and come back with
    the room; one stays in any case. One that the person unfolds then takes the others' place.
    How wide each is, and which the person folded, is in `saveState`.

    Signals:
        folded(): a pane was folded or unfolded.
    """

    folded = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._panes: list[_Pane] = []
        self._marks: list[_Handle] = []  # Qt owns them, and this keeps their Python halves
        self._wanted: _Pane | None = None  # the last one that the person unfolded
        self.setObjectName(name)
        self.setHandleWidth(GROUP)
        self.setChildrenCollapsible(False)
        self.splitterMoved.connect(self._on_self_splitter_moved)

    def add_pane(
        self, widget: QWidget, size: int, *, fold: str = "", stretch: int = 0, comfort: int = 0, first_to_fold: bool = False
    ) -> None:
        """Put a widget at the end.

        Args:
            widget: the pane's content.
            size: its width at first.
            fold: what it is, for the mark that folds it, such as "settings"; "": it doesn't fold.
            stretch: its share of further room.
            comfort: a width that others make room for by folding; the person can still unfold them beside it.
            first_to_fold: it folds before the others where there isn't room for all.
        """
        holder = _Holder(widget, self)
        self._panes.append(_Pane(widget, holder, fold, size, comfort, stretch, first_to_fold))
        self.addWidget(holder)
        place = self.count() - 1
        self.setStretchFactor(place, stretch)
        self.setCollapsible(place, bool(fold))
        for handle in self._marks:
            handle.refresh()
        self._give_sizes()

    def fold(self, widget: QWidget, is_folded: bool) -> None:
        """Fold a pane away, or unfold it, as the person does."""
        pane = next(pane for pane in self._panes if pane.widget is widget)
        self._wanted = None if is_folded else pane
        pane.is_folded = is_folded
        pane.is_squeezed = False
        self._fit()
        self._give_sizes()

    def bring_back(self, widget: QWidget) -> None:
        """Unfold a pane that folded for want of room; others may fold for it. One that the person folded stays so."""
        if next(pane for pane in self._panes if pane.widget is widget).is_squeezed:
            self.fold(widget, False)

    def is_open(self, widget: QWidget) -> bool:
        """Whether a pane is unfolded."""
        return next(pane for pane in self._panes if pane.widget is widget).is_open

    def show_pane(self, widget: QWidget, is_there: bool) -> None:
        """Whether there is such a pane at all."""
        holder = next(pane for pane in self._panes if pane.widget is widget).holder
        comes = is_there and holder.isHidden()
        holder.setVisible(is_there)
        self._fit()
        if comes:
            self._give_sizes()

    def foldable_at(self, place: int) -> _Pane | None:
        """The pane that the mark on a handle folds or unfolds; `place` is the handle's index."""
        beside = [pane for pane in self._panes[max(0, place - 1) : place + 1] if pane.name and pane.is_there]
        beside.sort(key=lambda pane: pane.is_open)  # of two that fold, the folded one can only come back here
        return beside[0] if beside and place else None

    def toggle(self, pane: _Pane) -> None:
        """Fold a pane, or unfold it."""
        self.fold(pane.widget, pane.is_open)

    @override
    def saveState(self) -> QByteArray:
        state = {"sizes": [pane.size for pane in self._panes], "folded": [pane.is_folded for pane in self._panes]}
        return QByteArray(json.dumps(state).encode())

    @override
    def restoreState(self, state: QByteArray | bytes | bytearray | memoryview) -> bool:
        """What `saveState` gave, also of fewer panes, which later versions added at the end; False where it can't be read."""
        try:
            read = json.loads(bytes(state.data()) if isinstance(state, QByteArray) else bytes(state))
            sizes, folded = [int(size) for size in read["sizes"]], [bool(one) for one in read["folded"]]
        except (ValueError, TypeError, KeyError):
            return False
        if len(sizes) > len(self._panes) or len(folded) != len(sizes):
            return False
        for pane, size, is_folded in zip(self._panes, sizes, folded, strict=False):
            pane.size = max(0, size)
            pane.is_folded = is_folded and bool(pane.name)
        self._fit()
        self._give_sizes()
        return True

    @override
    def createHandle(self) -> QSplitterHandle:
        handle = _Handle(self, len(self._marks))
        self._marks.append(handle)
        return handle

    @override
    def minimumSizeHint(self) -> QSize:
        there = [pane for pane in self._panes if pane.is_there]
        needed = [pane for pane in there if not pane.name or (pane is self._wanted and pane.is_open)]
        width = sum(pane.least().width() for pane in needed) + self.handleWidth() * max(0, len(there) - 1)
        if all(pane.name for pane in there):  # any of them may be the one that stays
            width = max((pane.least().width() for pane in there), default=0) + self.handleWidth() * max(0, len(there) - 1)
        return QSize(width, max((pane.least().height() for pane in there if pane.is_open), default=0))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        changed = self._squeeze()
        super().resizeEvent(event)
        if changed:
            self._give_sizes()

    @override
    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return done

    def _fit(self) -> None:
        if self._squeeze():
            self._give_sizes()

    def _squeeze(self) -> bool:
        """Decide what folds for want of room; whether that changes anything."""
        before = [(pane.is_folded, pane.is_squeezed, pane.widget.isHidden()) for pane in self._panes]
        there = [pane for pane in self._panes if pane.is_there]
        for pane in there:
            pane.is_squeezed = False
        if self.width() > 0:
            handles = self.handleWidth() * max(0, len(there) - 1)
            for pane in sorted(there, key=lambda pane: not pane.is_first_to_fold):
                opened = [one for one in there if one.is_open]
                needed = sum(one.wanted_width() for one in opened) + handles
                can_fold = bool(pane.name) and pane is not self._wanted and pane.is_open and len(opened) > 1
                if needed > self.width() and can_fold:
                    pane.is_squeezed = True
        for pane in self._panes:
            pane.widget.setVisible(pane.is_open)
            pane.holder.setMaximumWidth(_LARGEST if pane.is_open else 0)
        return before != [(pane.is_folded, pane.is_squeezed, pane.widget.isHidden()) for pane in self._panes]

    def _give_sizes(self) -> None:
        """Give each open pane its wished width, and the rest to those that stretch."""
        there = [pane for pane in self._panes if pane.is_there]
        sizes = [max(pane.size, pane.least().width()) if pane.is_open and pane.is_there else 0 for pane in self._panes]
        spare = self.width() - sum(sizes) - self.handleWidth() * max(0, len(there) - 1)
        opened = [place for place, pane in enumerate(self._panes) if pane.is_open and pane.is_there]
        if opened:
            taker = max(opened, key=lambda place: self._panes[place].stretch)
            sizes[taker] = max(self._panes[taker].least().width(), sizes[taker] + spare)
        self.setSizes(sizes)
        for handle in self._marks:
            handle.refresh()
        self.updateGeometry()
        self.folded.emit()

    def _on_self_splitter_moved(self) -> None:
        for pane, size in zip(self._panes, self.sizes(), strict=True):
            if not pane.is_open or not pane.is_there:
                continue
            if size:
                pane.size = size
            elif pane.name:  # dragged to the edge
                self.fold(pane.widget, True)


class _Holder(QWidget):
    """Stays in the splitter while its pane is hidden, so that its handle does, too."""

    def __init__(self, content: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(content)


class _Handle(QSplitterHandle):
    """A border with the mark that folds what is beside it."""

    def __init__(self, splitter: FoldingSplitter, place: int) -> None:
        super().__init__(Qt.Orientation.Horizontal, splitter)
        self._splitter = splitter
        self._place = place
        self.mark = _Mark(self)
        self.mark.clicked.connect(self._on_mark_clicked)
        self.refresh()

    @property
    def pane(self) -> _Pane | None:
        """What the mark folds."""
        return self._splitter.foldable_at(self._place)

    def refresh(self) -> None:
        """Show what the mark would do now."""
        pane = self.pane
        self.mark.setVisible(pane is not None)
        if pane is None:
            return
        text = self.tr("Fold: {name}") if pane.is_open else self.tr("Unfold: {name}")
        self.mark.setToolTip(text.format(name=pane.name))
        self.mark.setAccessibleName(text.format(name=pane.name))
        comes_before = self._splitter._panes.index(pane) < self._place
        leftwards = comes_before == pane.is_open
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self.mark.set_icon("chevron-left" if leftwards != mirrored else "chevron-right")
        self.mark.set_words("" if pane.is_open else pane.name[:1].upper() + pane.name[1:])
        self._place_mark()
        self.setCursor(Qt.CursorShape.SplitHCursor if pane.is_open else Qt.CursorShape.ArrowCursor)

    def _on_mark_clicked(self) -> None:
        pane = self.pane
        if pane is not None:
            self._splitter.toggle(pane)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing: the columns' own edges divide enough."""

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self.refresh()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._on_mark_clicked()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_mark()

    def _place_mark(self) -> None:
        self.mark.resize(self.width(), min(self.mark.sizeHint().height(), self.height()))
        self.mark.move(QPoint(0, (self.height() - self.mark.height()) // 2))


class _Mark(QAbstractButton):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon = self._words = ""
        self.setFont(small_font())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_icon(self, name: str) -> None:
        """Another mark."""
        self._icon = name
        self.update()

    def set_words(self, words: str) -> None:
        """What is behind it, written upwards; empty: nothing."""
        self._words = words
        self.update()

    @override
    def sizeHint(self) -> QSize:
        if not self._words:
            return _MARK
        return QSize(_MARK.width(), self.fontMetrics().horizontalAdvance(self._words) + _ICON + 4 * SPACE)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.rect().adjusted(1, 1, -1, -1)
        if self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.pressed)
            painter.drawRoundedRect(area, RADIUS, RADIUS)
        elif self._words:
            painter.setPen(theme.border)
            painter.setBrush(theme.raised)
            painter.drawRoundedRect(area, RADIUS, RADIUS)
        if self.hasFocus():
            painter.setPen(theme.focus)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, RADIUS, RADIUS)
        where = self.rect()
        where.setSize(QSize(_ICON, _ICON))
        where.moveCenter(self.rect().center())
        color = theme.text if self.underMouse() or self._words else theme.muted_text
        if self._words:
            where.moveTop(SPACE)
            length = self.height() - where.bottom() - 2 * SPACE
            words = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, length)
            painter.setPen(color)
            painter.translate(0, self.height() - SPACE)
            painter.rotate(-90)
            painter.drawText(QRect(0, 0, length, self.width()), int(Qt.AlignmentFlag.AlignCenter), words)
            painter.resetTransform()
        paint_icon(painter, self._icon, where, color)
