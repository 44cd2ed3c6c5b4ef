"""Validation pictures over their reconstructions after each epoch; earlier epochs can be looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from explorer.qt import override
from explorer.tasks import run_task
from explorer.theme import GROUP, RADIUS, SPACE, UNIT, colors

_ROWS = 2
_LARGEST = 160  # device-independent pixels of a picture: 128 pixels don't get better by blowing them up


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A preview cut into its pictures: two rows of the same length."""

    epoch: int
    rows: tuple[tuple[QImage, ...], ...]


def read_sheet(epoch: int, path: Path) -> Sheet:
    """Read and cut a preview; for a worker thread. A file that is no preview gives a sheet without pictures."""
    from core.export.images import GAP  # noqa: PLC0415 - Pillow is for the worker to load

    whole = QImage(str(path))
    side = (whole.height() - (_ROWS + 1) * GAP) // _ROWS
    columns = (whole.width() - GAP) // (side + GAP) if side > 0 else 0
    rows = tuple(
        tuple(whole.copy(GAP + x * (side + GAP), GAP + y * (side + GAP), side, side) for x in range(columns)) for y in range(_ROWS)
    )
    return Sheet(epoch, rows if columns else ())


class Preview(QWidget):
    """Shows the newest preview of a run, or the one that the person chose with the slider under it.

    Signals:
        epoch_shown(int): another preview is on the screen.
    """

    epoch_shown = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paths: dict[int, Path] = {}
        self._shown = 0
        self._wanted = 0
        self._loading = False
        self._sheet = _SheetView(self)
        self._caption = QLabel(self)
        self._caption.setWordWrap(True)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setFixedWidth(180)
        self._slider.setAccessibleName(self.tr("Epoch of the preview"))
        self._slider.setToolTip(self.tr("Look at earlier epochs; at the end it follows the run."))
        self._slider.valueChanged.connect(self._on_slider_value_changed)
        row = QHBoxLayout()
        row.setSpacing(GROUP)
        row.addWidget(self._caption, 1)
        row.addWidget(self._slider)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(row)
        layout.addWidget(self._sheet, 1)
        self.clear()

    @property
    def epoch(self) -> int:
        """The epoch whose pictures are on the screen; 0 = none."""
        return self._shown

    def clear(self) -> None:
        """Show no run."""
        self.set_previews({})

    def set_previews(self, paths: dict[int, Path]) -> None:
        """The previews of a whole run, by epoch; shows the newest."""
        self._paths = dict(sorted(paths.items()))
        self._shown = self._wanted = 0
        self._sheet.show_sheet(None)
        self._refresh_slider(follow=True)
        self._show_chosen()

    def add(self, epoch: int, path: Path) -> None:
        """The preview of a new epoch; shown unless the person looks at an earlier one."""
        follow = self._slider.value() == self._slider.maximum()
        self._paths = {old: at for old, at in self._paths.items() if old < epoch} | {epoch: path}
        self._refresh_slider(follow)
        self._show_chosen()

    def _refresh_slider(self, follow: bool) -> None:
        last = max(0, len(self._paths) - 1)
        self._slider.blockSignals(True)
        self._slider.setRange(0, last)
        if follow:
            self._slider.setValue(last)
        self._slider.blockSignals(False)
        self._slider.setVisible(last > 0)

    def _show_chosen(self) -> None:
        """Load what the slider points at; the newest wish wins while a file is being read."""
        if not self._paths:
            text = self.tr("Validation pictures and their reconstructions appear here after the first epoch")
            self._caption.setText(text)
            self._caption.setProperty("muted", True)
            self._caption.style().polish(self._caption)
            return
        self._wanted = list(self._paths)[self._slider.value()]
        if self._loading or self._wanted == self._shown:
            return
        self._loading = True
        epoch, path = self._wanted, self._paths[self._wanted]
        run_task(
            self,
            lambda _: read_sheet(epoch, path),
            done=self._on_sheet_read,
            failed=self._on_reading_failed,
            name="preview",
        )

    def _on_sheet_read(self, sheet: Sheet) -> None:
        self._loading = False
        if self._paths and sheet.epoch in self._paths:
            self._shown = sheet.epoch
            self._sheet.show_sheet(sheet)
            self._caption.setProperty("muted", False)
            self._caption.style().polish(self._caption)
            if sheet.rows:
                text = self.tr("Validation pictures (top) and their reconstructions, epoch {epoch}")
            else:
                text = self.tr("The preview of epoch {epoch} can't be read")
            self._caption.setText(text.format(epoch=sheet.epoch))
            self.epoch_shown.emit(sheet.epoch)
        if self._wanted != self._shown:
            self._show_chosen()

    def _on_reading_failed(self, error: BaseException) -> None:
        self._loading = False
        self._caption.setText(self.tr("The preview can't be read: {reason}").format(reason=error))

    def _on_slider_value_changed(self) -> None:
        self._show_chosen()


class _SheetView(QWidget):
    """Paints the pictures as large as fits, 4 px apart, with round corners."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._sheet: Sheet | None = None
        self._pixmaps: dict[tuple[int, int, int], QPixmap] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_sheet(self, sheet: Sheet | None) -> None:
        """Other pictures, or none."""
        self._sheet = sheet
        self._pixmaps.clear()
        self.update()

    def _side(self, columns: int) -> int:
        across = (self.width() - UNIT * (columns - 1)) // columns
        down = (self.height() - UNIT * (_ROWS - 1)) // _ROWS
        return max(1, min(across, down, _LARGEST))

    def _pixmap(self, x: int, y: int, image: QImage, side: int) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixels = round(side * ratio)
        found = self._pixmaps.get((x, y, pixels))
        if found is None:
            size = QSize(pixels, pixels)
            keep, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            found = QPixmap.fromImage(image.scaled(size, keep, smooth))
            found.setDevicePixelRatio(ratio)
            self._pixmaps[x, y, pixels] = found
        return found

    @override
    def sizeHint(self) -> QSize:
        return QSize(8 * 96, 2 * 96 + UNIT)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(8 * 28, 2 * 40 + UNIT)

    @override
    def resizeEvent(self, event: object) -> None:
        self._pixmaps.clear()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        rows = self._sheet.rows if self._sheet is not None else ()
        columns = max((len(row) for row in rows), default=0) or 8
        side = self._side(columns)
        left = (self.width() - columns * (side + UNIT) + UNIT) // 2
        above = (self.height() - _ROWS * (side + UNIT) + UNIT) // 2
        for y in range(_ROWS):
            for x in range(columns):
                where = QRect(QPoint(left + x * (side + UNIT), above + y * (side + UNIT)), QSize(side, side))
                rounded = QPainterPath()
                rounded.addRoundedRect(QRectF(where), RADIUS, RADIUS)
                if y < len(rows) and x < len(rows[y]):
                    painter.setClipPath(rounded)
                    painter.drawPixmap(where.topLeft(), self._pixmap(x, y, rows[y][x], side))
                else:
                    painter.fillPath(rounded, colors().placeholder)
        painter.end()
