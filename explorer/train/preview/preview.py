"""A run's previews through time: its faces at the newest epoch, and a scrubber over all the epochs before it."""

from __future__ import annotations

import html
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from core.export.sheet_file import SheetFile
from core.runs.previews import BEFORE, MOST
from explorer.actions import menu_action
from explorer.chart.drawing import within
from explorer.look.icons import icon
from explorer.look.theme import CONTROL_HEIGHT, GROUP, SPACE
from explorer.qt import override
from explorer.saving.ask_path import file_name
from explorer.settings.store import SettingsStore
from explorer.train.preview.film import FilmSaver
from explorer.train.preview.picture import PictureSaver, sheet_file
from explorer.train.preview.scrubber import Scrubber
from explorer.train.preview.sheet import SIDES, SIDES_UNMAPPED, SheetView, Shown, joined, samples, together
from explorer.train.preview.shelf import Sheet, SheetShelf, read_sheet, spread_order
from explorer.widgets.progress_strip import ProgressStrip
from explorer.widgets.segmented import Segmented

__all__ = ["Preview", "Sheet", "read_sheet"]

_AHEAD = 12  # sheets that playing reads ahead
_NEAR = 3  # sheets on each side, for the next steps by keyboard
_SPARE = 8  # missing files before the disk is checked
_PAIRS = ("originals", "reconstructions")
_COLOURS = ("grey", "coloured", "originals")
_PSEUDO_INPUTS = "pseudo_inputs"


class Preview(QWidget):
    """Shows the newest preview of a run, or the one that the person chose with the slider under it.

    Signals:
        epoch_shown(int): another preview is on the screen.
        saved(Path): the person saved the previews as a film, or one as a picture.
        copied(QSize): a preview is on the clipboard, as a picture of so many pixels.
        failed(Exception): a film or a picture couldn't be saved.
    """

    epoch_shown = Signal(int)
    saved = Signal(object)
    copied = Signal(object)
    failed = Signal(object)

    def __init__(self, settings: SettingsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current: Sheet | None = None
        self._looked_at = 0  # the epoch that the person chose; 0 = whichever is newest
        self._is_touched = False  # the person is scrubbing: have the sheets ready
        self._expected: tuple[str, ...] = BEFORE  # the run's expected rows
        self._what = ""
        self._names: tuple[str, ...] = ()  # the rows of the sheets read so far
        self._shelf = SheetShelf(self)
        self._shelf.sheet_read.connect(self._on_shelf_sheet_read)
        self._shelf.sheets_gone.connect(self._on_shelf_sheets_gone)
        self._sheet = SheetView(self)
        self._caption = QLabel(self)
        self._caption.setMinimumWidth(0)
        self._caption.setWordWrap(True)
        self._caption.installEventFilter(self)
        self._rows = Segmented((), self.tr("Which of the preview pictures are shown"), self)
        self._rows.choice_changed.connect(self._on_rows_choice_changed)
        self.picture = PictureSaver(settings, self)
        self.picture.saved.connect(self.saved)
        self.picture.copied.connect(self.copied)
        self.picture.failed.connect(self.failed)
        self.menu = self._made_menu()
        self.save_button = QPushButton(icon("save"), self.tr("Save…"), self)
        self.save_button.setToolTip(self.tr("Save or copy these pictures, or save a film of all epochs"))
        self.save_button.setMenu(self.menu)
        self._sheet.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._sheet.customContextMenuRequested.connect(self._on_sheet_menu_requested)
        self._header = QWidget(self)
        row = QHBoxLayout(self._header)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GROUP)
        row.addWidget(self._caption, 1)
        row.addWidget(self._rows)
        row.addWidget(self.save_button)
        self._strip = ProgressStrip(self)
        self.film = FilmSaver(self._strip, self)
        self.film.busy_changed.connect(self._on_film_busy_changed)
        self.film.saved.connect(self.saved)
        self.film.failed.connect(self.failed)
        for widget in (self._header, self._strip):
            widget.setMinimumHeight(CONTROL_HEIGHT)
        self._scrubber = Scrubber(self._is_ready, self)
        self._slider = self._scrubber.slider
        self._scrubber.position_changed.connect(self._on_scrubber_position_changed)
        self._scrubber.touched.connect(self._on_scrubber_touched)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self._header)
        layout.addWidget(self._strip)
        layout.addWidget(self._sheet, 1)
        layout.addWidget(self._scrubber)
        self.clear()

    @property
    def epoch(self) -> int:
        """The epoch whose pictures are on the screen; 0 = none."""
        return self._current.epoch if self._current is not None else 0

    @property
    def shown(self) -> Shown:
        """Which parts of the sheets are shown."""
        if not samples(self._names):
            return Shown.TOGETHER
        return Shown(self._rows.choice) if together(self._names) else Shown.SAMPLES

    def clear(self, rows: Sequence[str] = BEFORE) -> None:
        """Show no run, or one that has no preview yet but will have these rows."""
        self.set_previews({}, rows)

    def set_previews(self, paths: dict[int, Path], rows: Sequence[str] = BEFORE) -> None:
        """Set the previews of a run, by epoch; shows the newest, or for the same run stays at the person's choice.

        Args:
            paths: where they lie.
            rows: the usual ones of the run's family; a sheet's own metadata takes precedence.
        """
        self._expected = tuple(rows)
        is_same_run = bool(paths) and _folder_of(paths) == _folder_of(self._shelf.paths)
        self._shelf.set_paths(paths)
        if not is_same_run:
            self._scrubber.stop()
            self._is_touched = False
            self._names = ()
            self._looked_at = 0
            self._show_sheet(None)
        self._refresh()

    def add(self, epoch: int, path: Path) -> None:
        """The preview of a new epoch; shown unless the person looks at an earlier one."""
        self._shelf.add(epoch, path)
        if len(self._shelf.epochs) > MOST + _SPARE:
            self._shelf.look_for_gone()
        self._refresh()

    def _wanted(self) -> int:
        """The epoch that the slider points at; 0 = none."""
        epochs = self._shelf.epochs
        return epochs[self._scrubber.position] if epochs else 0

    def _refresh(self) -> None:
        """The previews have changed: keep the slider on the one being viewed."""
        epochs = self._shelf.epochs
        last = len(epochs) - 1
        position = bisect_right(epochs, self._looked_at) - 1 if self._looked_at else last
        self._scrubber.set_positions(len(epochs), max(0, position))
        self._scrubber.setVisible(last > 0)
        self._film_action.setVisible(last > 0)
        self._show_chosen()

    def _show_chosen(self, anew: bool = False) -> None:
        """Show the sheet that the slider points at, or meanwhile the nearest loaded one; preload what may be next."""
        wanted = self._wanted()
        if wanted:
            sheet = self._shelf.sheet(wanted)
            if sheet is None and not self._scrubber.is_playing:  # while playing, only forwards
                sheet = self._shelf.nearest(wanted)
            if sheet is not None and (anew or sheet.epoch != self.epoch):
                self._show_sheet(sheet)
            self._shelf.want(self._wishes())
        self._say()

    def _wishes(self) -> list[int]:
        """The sheets to load, the most urgent first."""
        epochs, at = self._shelf.epochs, self._scrubber.position
        places = [at]
        if self._scrubber.is_playing:
            places += range(at + 1, min(len(epochs), at + 1 + _AHEAD))
        elif self._is_touched:
            places += [at + way * n for n in range(1, _NEAR + 1) for way in (1, -1)]
            places += spread_order(len(epochs))
        return [epochs[place] for place in places if 0 <= place < len(epochs)]

    def _is_ready(self, position: int) -> bool:
        epochs = self._shelf.epochs
        return position < len(epochs) and self._shelf.sheet(epochs[position]) is not None

    def _show_sheet(self, sheet: Sheet | None) -> None:
        self._current = sheet
        if sheet is not None:
            self._names = joined(self._names, sheet.names)
            self._name_choices()
        self._sheet.set_names(self.shown.of(self._names) if self._names else self._expected)
        self._sheet.show_sheet(sheet)
        if sheet is not None:
            self.epoch_shown.emit(sheet.epoch)

    def _say(self) -> None:
        """Update the texts: what is shown, and of which epoch."""
        epochs = self._shelf.epochs
        self._rows.setVisible(bool(samples(self._names) and together(self._names)))
        if not epochs:
            text = self._words_before()
        elif self._current is not None and not self._current.rows:
            text = self.tr("The preview of epoch {epoch} can't be read").format(epoch=self._current.epoch)
        else:
            text = self._words(self.shown.of(self._names or self._expected))
            if len(epochs) == 1:
                text = self.tr("{what}, epoch {epoch}").format(what=text, epoch=epochs[0])
        self._what = text
        self._fit_caption()
        if self._caption.property("muted") != (not epochs):
            self._caption.setProperty("muted", not epochs)
            self._caption.style().polish(self._caption)
        self.save_button.setVisible(bool(self._current is not None and self._current.rows))
        if epochs:
            template = self.tr("Epoch {epoch}")
            widest = template.format(epoch="8" * len(str(epochs[-1])))
            self._scrubber.set_label(template.format(epoch=self._wanted()), widest)

    def _fit_caption(self) -> None:
        """Say less where the words would take many lines beside the choice of rows, which says nearly the same; cut none."""
        taken = sum(widget.sizeHint().width() + GROUP for widget in (self._rows, self.save_button) if not widget.isHidden())
        metrics, room = self._caption.fontMetrics(), max(1, self.width() - taken)
        if self._caption.isVisible():
            room = min(room, self._caption.width())

        def fits(text: str) -> bool:
            place = metrics.boundingRect(QRect(0, 0, room, 0), Qt.TextFlag.TextWordWrap, text)
            return place.height() < 2.5 * metrics.lineSpacing() and place.width() <= room

        is_short = self._rows.isHidden() or fits(self._what)
        brief = self.tr("Validation pictures")
        brief = brief if self._what.startswith(brief) and fits(brief) else ""
        self._caption.setText(self._what if is_short else brief)
        self._sheet.setToolTip("" if is_short else f"<p>{html.escape(self._what)}</p>")

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The words have another width, also because what stands beside them has."""
        if event.type() == QEvent.Type.Resize:
            self._fit_caption()
        return super().eventFilter(watched, event)

    def _name_choices(self) -> None:
        """Offer what can be shown of sheets with such rows; the choice stays."""
        pairs = together(self._names)
        titles = (self.tr("Both"), self._title(pairs[-1]) if pairs else "", self.tr("Samples"))
        if [segment.text() for segment in self._rows.segments] == list(titles):
            return
        choice = max(0, self._rows.choice)
        over = self.tr("Validation pictures, always the same, over their reconstructions")
        self._rows.set_texts(titles)
        self._rows.set_tooltips(
            (
                self.tr("{rows} and samples").format(rows=titles[1]),
                over if pairs == _PAIRS else self._words(pairs),
                self.tr("Pictures from noise that is the same at every epoch"),
            )
        )
        self._rows.set_choice(choice)

    def _title(self, row: str) -> str:
        """A row's name as a heading."""
        known = {
            "originals": self.tr("Validation pictures"),
            "reconstructions": self.tr("Reconstructions"),
            "samples": self.tr("Samples"),
            "pseudo_inputs": self.tr("Pseudo-inputs"),
            "a": self.tr("Pictures of A"),
            "a_to_b": self.tr("A as B"),
            "a_back": self.tr("A as B and back"),
            "a_changed": self.tr("What A as B changed"),
            "b": self.tr("Pictures of B"),
            "b_to_a": self.tr("B as A"),
            "b_back": self.tr("B as A and back"),
            "b_changed": self.tr("What B as A changed"),
        }
        return known.get(row) or row.replace("_", " ").capitalize()

    def _words(self, rows: Sequence[str]) -> str:
        """The description of these rows."""
        pairs, loose = together(rows), samples(rows)
        if not pairs:
            return self.tr("Samples, always from the same noise")
        if pairs == _PAIRS and _PSEUDO_INPUTS in rows:
            return self.tr("Validation pictures over reconstructions, samples, and the prior's first pseudo-inputs")
        if pairs == _PAIRS:
            alone = self.tr("Validation pictures over their reconstructions")
            return self.tr("Validation pictures over reconstructions, and samples") if loose else alone
        if pairs == _COLOURS:
            return self.tr("Validation pictures as the model sees them (top), as it colours them, and as they are")
        if pairs == SIDES:
            return self.tr("Validation pictures of A (top), as B, back, and what changed (grey: nothing); the same of B, as A")
        if pairs == SIDES_UNMAPPED:
            return self.tr("Validation pictures of A (top), as B, and back; the same of B, as A, and back")
        titles = [self._title(row) for row in pairs]
        named = ", ".join([titles[0], *(title.lower() for title in titles[1:])])
        return self.tr("{rows} (from the top), and samples").format(rows=named) if loose else named

    def _words_before(self) -> str:
        """The text before the first preview."""
        if self._expected == BEFORE:
            return self.tr("Validation pictures, their reconstructions and samples appear here after the first epoch")
        if self._expected == _PAIRS:
            return self.tr("Validation pictures and their reconstructions appear here after the first epoch")
        if self._expected == _COLOURS:
            return self.tr("Validation pictures, grey, coloured and as they are, appear here after the first epoch")
        if self._expected in (SIDES, SIDES_UNMAPPED):
            return self.tr("Validation pictures of both sides, translated and back, appear here after the first epoch")
        titles = [self._title(row) for row in self._expected]
        titles[1:] = [title.lower() for title in titles[1:]]
        named = ", ".join(titles[:-1] or titles) if titles else self.tr("Pictures")
        if len(titles) > 1:
            named = self.tr("{some} and {last}").format(some=named, last=titles[-1])
        return self.tr("{rows} appear here after the first epoch").format(rows=named)

    def _on_shelf_sheet_read(self, epoch: int) -> None:
        wanted = self._wanted()
        if epoch == wanted or self.epoch != wanted:
            self._show_chosen(anew=epoch == wanted)  # the file of the shown epoch may have been replaced

    def _on_shelf_sheets_gone(self) -> None:
        self._refresh()

    def _on_scrubber_position_changed(self) -> None:
        self._is_touched = True
        self._looked_at = 0 if self._scrubber.is_at_end else self._wanted()
        self._show_chosen()

    def _on_scrubber_touched(self) -> None:
        if not self._is_touched:
            self._is_touched = True
            self._show_chosen()

    def _on_rows_choice_changed(self) -> None:
        self._sheet.set_names(self.shown.of(self._names))
        self._say()

    def save_picture(self) -> None:
        """Ask for a file and write the pictures that are on the screen, with what they are."""
        sheet = self._sheet_file()
        if sheet is not None:
            recipe = {"what": "preview of a run", "run": self._run, "epoch": self.epoch, "shown": list(self._shown_rows)}
            self.picture.ask(sheet, recipe, file_name(self._run, "epoch", str(self.epoch)))

    def copy_picture(self) -> None:
        """Put the pictures that are on the screen on the clipboard."""
        sheet = self._sheet_file()
        if sheet is not None:
            self.picture.copy(sheet)

    @property
    def _run(self) -> str:
        return _folder_of(self._shelf.paths).parent.name

    @property
    def _shown_rows(self) -> tuple[str, ...]:
        names = self._current.names if self._current is not None else ()
        return tuple(row for row in self.shown.of(self._names) if row in names)

    @property
    def missing(self) -> str:
        """Why there is nothing on the screen to save or copy, in a sentence; empty where there is."""
        if self._current is None:
            if self._shelf.epochs:
                return self.tr("The pictures aren't ready yet; try again in a moment.")
            return self.tr("There are no pictures of a run here yet.")
        if not self._current.rows:
            return self.tr("The preview of epoch {epoch} can't be read.").format(epoch=self.epoch)
        return "" if self._shown_rows else self.tr("The preview of epoch {epoch} has no such pictures.").format(epoch=self.epoch)

    def _sheet_file(self) -> SheetFile | None:
        """What is on the screen, to be written; None while there are no pictures."""
        if self._current is None or not self._shown_rows:
            return None
        what = self.tr("{run}, epoch {epoch}: {what}").format(
            run=self._run, epoch=self.epoch, what=within(self._words(self._shown_rows))
        )
        return sheet_file(self._current, self._shown_rows, what)

    def _made_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction(menu_action("save_picture", menu, self.save_picture))
        menu.addAction(menu_action("copy_picture", menu, self.copy_picture))
        self._film_action = menu.addAction(icon("play"), self.tr("Save a film of all epochs…"))
        self._film_action.triggered.connect(lambda _checked=False: self._save_film())
        menu.addSeparator()
        menu.addMenu(self.picture.options)
        return menu

    def _on_sheet_menu_requested(self, place: QPoint) -> None:
        if self._sheet_file() is not None:
            self.menu.popup(self._sheet.mapToGlobal(place))

    def _save_film(self) -> None:
        paths = self._shelf.paths
        self.film.ask(list(paths.items()), self.shown.of(self._names), _folder_of(paths).parent.name)

    def _on_film_busy_changed(self, is_busy: bool) -> None:
        self._header.setVisible(not is_busy)


def _folder_of(paths: dict[int, Path]) -> Path:
    """The folder of the previews; an empty path where there are none."""
    return next(iter(paths.values())).parent if paths else Path()
