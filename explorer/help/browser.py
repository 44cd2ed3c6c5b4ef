"""Shows one page of the help: Markdown from the disk, its links, headings and formulas. Nothing comes from the network."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QImage,
    QResizeEvent,
    QShowEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit, QWidget

from core.progress import Progress
from explorer.help.formulas import SCHEME, Formula, draw, readable, split
from explorer.help.formulas import place_of as formula_place
from explorer.help.pages import path_of, place_of, slug
from explorer.look.theme import EDGE, GROUP, colors, theme_notifier
from explorer.qt import override
from explorer.tasks import run_task

GENERATED = "labkhand"
"""The scheme of pages that lie in no file, such as the sheet of keys."""
_MARKDOWN = QTextDocument.ResourceType.MarkdownResource
_LINE_BREAK = re.compile(r"<br ?/?>\n")
_PICTURE_SHARE = 0.85  # of the column, beside which there are margins
_FORMULA_SIZE = 1.1  # of the text's: matplotlib's letters look smaller


def name_of(url: QUrl) -> str:
    """The name of the page at an address."""
    return url.path() if url.scheme() == GENERATED else Path(url.toLocalFile()).stem


class HelpBrowser(QTextBrowser):
    """Follows links between pages, and to the program's own files, which it shows as they are.

    Args:
        generated: gives the Markdown of pages that lie in no file, by their names.
        parent: Qt's owner.

    Signals:
        failed(Exception): the formulas couldn't be drawn.
    """

    failed = Signal(object)

    def __init__(self, generated: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._generated = generated
        self._formulas: dict[str, Formula | None] = {}
        self._shown: tuple[str, ...] = ()  # the formulas of the page
        self._drawing = False
        self._was_scrolled = False  # by the person, away from the heading
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Help page"))
        self.document().setDocumentMargin(GROUP)
        self.anchorClicked.connect(self._on_self_anchor_clicked)
        self.sourceChanged.connect(self._wrap_code)
        self.sourceChanged.connect(self._level_formulas)
        self.sourceChanged.connect(self._on_self_source_changed)
        self.verticalScrollBar().actionTriggered.connect(self._on_scroll_bar_action_triggered)
        self.horizontalScrollBar().rangeChanged.connect(self._on_scroll_bar_range_changed)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # one that comes makes pages too wide for good
        self.copyAvailable.connect(self._on_self_copy_available)
        theme_notifier().changed.connect(self._show_again)

    def show_page(self, name: str, anchor: str = "") -> None:
        """Show a page by the name of its file, at a heading."""
        url = QUrl.fromLocalFile(str(path_of(name)))
        url.setFragment(anchor)
        self.setSource(url, _MARKDOWN)
        self._on_self_source_changed()  # the same address again says nothing

    def show_generated(self, name: str) -> None:
        """Show a page that lies in no file."""
        self.setSource(QUrl(f"{GENERATED}:{name}"), _MARKDOWN)

    @property
    def page(self) -> str:
        """The name of the page that is shown."""
        return name_of(self.source())

    @override
    def loadResource(self, kind: int, name: QUrl | str) -> object:
        url = QUrl(name)
        if url.scheme() == SCHEME:
            return self._picture(int(url.path()))
        if url.scheme() == GENERATED:
            return self._generated(url.path())
        if kind == _MARKDOWN.value:
            return self._markdown(place_of(Path(url.toLocalFile())))
        found = super().loadResource(kind, QUrl.fromLocalFile(str(place_of(Path(url.toLocalFile())))))
        if kind == QTextDocument.ResourceType.ImageResource.value:
            return self._fitting(QImage.fromData(found)) if isinstance(found, QByteArray) else found
        return found

    def _fitting(self, picture: QImage) -> QImage:
        """A picture no wider than the column is when its page is opened."""
        width = round(_PICTURE_SHARE * self.viewport().width())
        if picture.width() <= width:
            return picture
        ratio = self.devicePixelRatioF()
        small = picture.scaledToWidth(round(width * ratio), Qt.TransformationMode.SmoothTransformation)
        small.setDevicePixelRatio(ratio)
        return small

    def _markdown(self, path: Path) -> str:
        self._shown = ()
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return self.tr("# Not here\n\n{name} is part of Labkhand's source code and didn't come with this copy.").format(
                name=f"`{path.name}`"
            )
        text = _LINE_BREAK.sub("  \n", text)  # Qt takes all that follows a tag for HTML
        if path.suffix != ".md":
            return f"# {path.name}\n\n```\n{text}\n```"
        whole, self._shown = split(text)
        missing = [latex for latex in self._shown if latex not in self._formulas]
        if missing:
            self._draw(missing)
        for number, latex in enumerate(self._shown):
            if self._formulas.get(latex) is None:  # not drawn yet, or it can't be
                whole = whole.replace(formula_place(number), f"`{readable(latex)}`")
        return whole

    def _draw(self, formulas: list[str]) -> None:
        if self._drawing:
            return
        self._drawing = True
        points, scale = self.document().defaultFont().pointSizeF() * _FORMULA_SIZE, self.devicePixelRatioF()
        dots = self.logicalDpiX() / 72.0

        def work(progress: Progress) -> dict[str, Formula | None]:
            return {latex: draw(latex, points, scale * dots) for latex in formulas}

        run_task(self, work, done=self._on_formulas_drawn, failed=self._on_drawing_failed, name="formulas")

    def _picture(self, number: int) -> QImage:
        formula = self._formulas.get(self._shown[number]) if number < len(self._shown) else None
        if formula is None:
            return QImage()
        height, width = formula.ink.shape
        ink = QImage(formula.ink.data, width, height, width, QImage.Format.Format_Alpha8)
        image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(QColor(colors().text))
        image.setAlphaChannel(ink)
        image.setDevicePixelRatio(self.devicePixelRatioF())
        return image

    def _wrap_code(self) -> None:
        """Let long lines of code go on in the next line, a little further in: the page is read without scrolling sideways."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        block = self.document().begin()
        while block.isValid():
            form = block.blockFormat()
            if form.nonBreakableLines():
                form.setNonBreakableLines(False)
                form.setLeftMargin(form.leftMargin() + EDGE)
                form.setTextIndent(-EDGE)
                cursor.setPosition(block.position())
                cursor.setBlockFormat(form)
            block = block.next()
        cursor.endEditBlock()

    def _level_formulas(self) -> None:
        """Let those that go below the line do so: a picture stands on the line otherwise."""
        hanging: list[tuple[int, int]] = []
        block = self.document().begin()
        while block.isValid():
            pieces = block.begin()
            while not pieces.atEnd():
                piece = pieces.fragment()
                url = QUrl(piece.charFormat().toImageFormat().name()) if piece.charFormat().isImageFormat() else QUrl()
                if url.scheme() == SCHEME:
                    formula = self._formulas.get(self._shown[int(url.path())])
                    if formula is not None and formula.hangs:
                        hanging.append((piece.position(), piece.length()))
                pieces += 1
            block = block.next()
        middle = QTextCharFormat()
        middle.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()  # all at once: Qt loses its place in a page that is laid out again after each change
        for start, length in hanging:
            cursor.setPosition(start)
            cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(middle)
        cursor.endEditBlock()

    def _show_again(self) -> None:
        place, words = self.verticalScrollBar().value(), self.textCursor().selectedText()
        self.reload()
        self._wrap_code()
        self._level_formulas()
        self._make_room()
        self.verticalScrollBar().setValue(place)
        self._keep_heading()
        if words:  # that were found, or marked
            self.find(words)

    def _heading(self) -> QTextBlock | None:
        """The heading that the address names; Qt's Markdown makes no anchors of headings."""
        wanted = self.source().fragment()
        block = self.document().begin()
        while wanted and block.isValid():
            if block.blockFormat().headingLevel() and slug(block.text()) == wanted:
                return block
            block = block.next()
        return None

    def _top_of(self, block: QTextBlock) -> int:
        """Where the page is to be scrolled to for a block: a little above it, and below what is before it."""
        layout, before = self.document().documentLayout(), block.previous()
        above = layout.blockBoundingRect(before).bottom() if before.isValid() else 0.0
        return max(0, math.ceil(above), round(layout.blockBoundingRect(block).top()) - EDGE // 2)

    def _line_below(self, place: float) -> int:
        """The upper edge of the first line that begins at a height of the page or below."""
        block, layout = self.document().begin(), self.document().documentLayout()
        while block.isValid():
            area = layout.blockBoundingRect(block)
            if area.bottom() > place:
                lines = block.layout()
                tops = [area.top() + lines.lineAt(number).y() for number in range(lines.lineCount())]
                below = [top for top in tops if top >= place]
                if below:
                    return math.floor(below[0])
            block = block.next()
        return math.ceil(place)

    def _make_room(self) -> int:
        """Leave so much room below the page's end that no line is cut at the top; gives where the heading is reached."""
        heading = self._heading()
        frame = self.document().rootFrame()
        form = frame.frameFormat()
        last = max(0.0, self.document().size().height() - form.bottomMargin() + GROUP - self.viewport().height())
        top = 0 if heading is None else self._top_of(heading)
        place = top if top <= last else self._line_below(last)  # there the heading is in sight, and the page is full
        room = float(GROUP) if top <= last else GROUP + max(0.0, place - last)
        if form.bottomMargin() != room:
            form.setBottomMargin(room)
            frame.setFrameFormat(form)
        return place

    def _keep_heading(self) -> None:
        """Scroll to the heading and mark it, unless the person went on from there."""
        heading = self._heading()
        if heading is None or self._was_scrolled:
            self.setExtraSelections([])
            return
        place = self._make_room()
        self.verticalScrollBar().setValue(place)
        mark = QTextEdit.ExtraSelection()
        mark.cursor = QTextCursor(heading)  # type: ignore[attr-defined]
        mark.format.setBackground(colors().selection)  # type: ignore[attr-defined]
        mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)  # type: ignore[attr-defined]
        self.setExtraSelections([mark] if self._top_of(heading) > place else [])

    def _on_self_source_changed(self) -> None:
        self._was_scrolled = False
        self._keep_heading()

    def _on_scroll_bar_action_triggered(self) -> None:
        self._was_scrolled = True

    def _on_scroll_bar_range_changed(self, _least: int, most: int) -> None:
        """A table as wide as the page is a unit too wide by Qt's count, which is no reason to scroll."""
        off, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setHorizontalScrollBarPolicy(off if most <= 2 else needed)

    def _on_self_copy_available(self, is_selected: bool) -> None:
        """What was found is selected, as is what the person marks; both lie elsewhere."""
        self._was_scrolled = self._was_scrolled or is_selected

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_heading()  # a page that wasn't shown yet has nowhere to scroll to

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)  # goes to the text cursor, the first time
        self._keep_heading()

    def _on_self_anchor_clicked(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
        else:
            self.setSource(self.source().resolved(url), _MARKDOWN)

    def _on_formulas_drawn(self, drawn: dict[str, Formula | None]) -> None:
        self._drawing = False
        self._formulas |= drawn
        self._show_again()

    def _on_drawing_failed(self, error: BaseException) -> None:
        self._drawing = False
        self.failed.emit(error)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._formulas.clear()
            self._show_again()
