"""What is known of the pictures in use: which of them smile, the split, the labels, and what was left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from core.data.dataset import FaceData
from core.data.folders import PassedOver
from core.data.labels.report import LabelReport
from core.data.near_copies import NEIGHBOURS
from core.data.sources import Kind, kind_of
from core.files import printable
from core.wording import share_words
from explorer.look.icons import icon
from explorer.look.theme import SPACE, UNIT, theme_notifier
from explorer.widgets.keyboard.choice_box import ChoiceBox
from explorer.widgets.section import Section

T = TypeVar("T")

_MOST_ATTRIBUTES = 40
_LIST_HEIGHT = 128
_MAY_BREAK = "\u200b"  # where a long name may wrap
_MOST_LINES = 2000
"""Laid out at once; more would hold up the window."""


class PositiveChoice(QWidget):
    """The choice of the class with the attribute, the smiling one of faces; asks where the names don't tell."""

    positive_chosen = Signal(str)
    sorting_requested = Signal()
    """The pictures are to be sorted into two classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: tuple[str, ...] = ()
        self._chosen: str | None = None
        self._label = QLabel(self)
        self.combo = ChoiceBox(self)
        self.combo.setPlaceholderText(self.tr("Choose a class"))
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._label.setBuddy(self.combo)
        self._mark = QLabel(self)
        self._note = QLabel(self)
        self._note.setWordWrap(True)
        self.sort_button = QPushButton(icon("faces"), self.tr("Sort into two classes…"), self)
        self.sort_button.setToolTip(self.tr("Say of each picture which of two classes it belongs to, with two keys"))
        self.sort_button.clicked.connect(lambda _checked=False: self.sorting_requested.emit())
        note = QHBoxLayout()
        note.setSpacing(SPACE)
        note.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        note.addWidget(self._note, 1)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self._label)
        row.addWidget(self.combo, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(row)
        layout.addLayout(note)
        layout.addWidget(self.sort_button)
        self._icon_name = "info"
        self.combo.activated.connect(self._on_combo_activated)
        theme_notifier().changed.connect(self._show_mark)

    @property
    def chosen(self) -> str | None:
        """The class that the person has chosen since these pictures were shown; None: none."""
        return self._chosen

    @property
    def note(self) -> str:
        """What it says or asks; empty where nothing needs saying."""
        return self._note.text()

    def show_data(self, data: FaceData) -> None:
        """Offer the classes of these."""
        self._chosen = None
        index = data.index
        self._classes = tuple(
            name for number in np.unique(index.labels) if (name := index.classes[number]) or len(index.classes) == 1
        )
        single = len(self._classes) < 2
        self._name(data.are_called_faces)
        self.combo.clear()
        self.combo.addItems([printable(name) for name in self._classes])
        self.combo.setCurrentIndex(self._classes.index(index.positive) if index.positive in self._classes else -1)
        self.combo.setVisible(not single)
        self._label.setVisible(not single)
        unsorted = int((index.labels == index.classes.index("")).sum()) if "" in index.classes else 0
        text = self._remark(data, single, unsorted > 0)
        can_sort = kind_of(data.config.source) is Kind.FOLDER and not data.smile_by_column and not data.lost_classes
        self.sort_button.setVisible(can_sort and (single or unsorted > 0))
        self.sort_button.setText(self.tr("Sort into two classes…") if single else self.tr("Go on sorting…"))
        self._icon_name = "warning" if data.asks_which_class else "info"
        self._note.setText(text)
        self._note.setVisible(bool(text))
        self._mark.setVisible(bool(text))
        self._show_mark()

    def _remark(self, data: FaceData, is_single: bool, has_unsorted: bool) -> str:
        """What is said of the classes, or asked; "" where nothing needs saying."""
        if data.smile_by_column:
            return self.tr("Who smiles is read from the labels' column “{name}”.").format(name=printable(data.smile_by_column))
        if not is_single:
            asks = self.tr("The class names don't tell which has the attribute. Choose one, or there will be no slider for it.")
            return asks if data.asks_which_class else ""
        loss = self.tr("Training works, but there will be no slider from one class to another.")
        if data.are_called_faces:
            loss = self.tr("Training works, but there will be no smile direction.")
        if data.lost_classes:
            text = self.tr("The pictures that you chose to use are all of one class. {loss} Use more of the {n} pictures.")
            return text.format(loss=loss, n=f"{data.all_count:,}")
        if data.index.named_classes and has_unsorted:
            return self.tr("The sorted pictures are all of one class. {loss}").format(loss=loss)
        return self.tr("All pictures are of one class. {loss}").format(loss=loss)

    def _name(self, are_faces: bool) -> None:
        """Call the choice what it is of faces, or of other pictures."""
        if are_faces:
            self._label.setText(self.tr("Smiling class"))
            tip = self.tr("The class of the smiling faces. The smile slider changes a face towards them.")
        else:
            self._label.setText(self.tr("Class with the attribute"))
            tip = self.tr("The class that has what the others lack, such as stripes: a slider changes a picture towards it.")
        self.combo.setAccessibleName(self._label.text())
        by_itself = self.tr("Chosen by itself where the class names say it.")
        for widget in (self._label, self.combo):
            widget.setToolTip(f"<p>{tip} {by_itself}</p>")

    def _show_mark(self) -> None:
        role = "muted_text" if self._icon_name == "info" else "warning"
        self._mark.setPixmap(icon(self._icon_name, role).pixmap(QSize(16, 16), self.devicePixelRatioF()))

    def _on_combo_activated(self, index: int) -> None:
        self._chosen = self._classes[index]
        self.positive_chosen.emit(self._chosen)


class FileList(Section):
    """A collapsible list of files, to look at and copy; hidden while it is empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent, is_open=False)
        self._items: Sequence[Any] = ()
        self._line: Callable[[Any], str] = str
        self._about = QLabel(self)
        self._about.setWordWrap(True)
        self._about.setProperty("muted", True)
        self.view = QPlainTextEdit(self)
        self.view.setReadOnly(True)
        self.view.setFixedHeight(_LIST_HEIGHT)
        self.view.setTabChangesFocus(True)
        self._copy = QPushButton(icon("copy"), self.tr("Copy"), self)
        self._copy.setProperty("link", True)
        self._copy.setToolTip(self.tr("Copy the whole list"))
        self._copy.clicked.connect(self._on_copy_clicked)
        self.add_to_header(self._copy)
        self.body_layout().addWidget(self._about)
        self.body_layout().addWidget(self.view)
        self.hide()

    def show_items(self, title: str, about: str, items: Sequence[T], line: Callable[[T], str]) -> None:
        """List these; only what is shown is made into lines, since there may be 100,000 of them."""
        self.set_title(title)
        self._about.setText(about)
        self._items, self._line = items, line
        text = "\n".join(map(line, items[:_MOST_LINES]))
        if len(items) > _MOST_LINES:
            text += "\n" + self.tr("and {n} more; Copy takes them all").format(n=f"{len(items) - _MOST_LINES:,}")
        self.view.setPlainText(text)
        self.view.setAccessibleName(title)
        self.setVisible(bool(items))

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(map(self._line, self._items)))


class DataDetails(QWidget):
    """The split, the attributes, and files that were left out or are duplicates."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._split = self._make_text()
        self._attributes = self._make_text()
        split = Section(self.tr("Training and validation"), self, collapsible=False)
        split.body_layout().addWidget(self._split)
        self._labels = Section(self.tr("Labels"), self, is_open=True)
        self._labels.body_layout().addWidget(self._attributes)
        self._label_notes = self._make_text()
        self._labels.body_layout().addWidget(self._label_notes)
        self._left_aside = Section("", self, is_open=True)
        self.bad_files = FileList(self)
        self.duplicates = FileList(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE + UNIT)
        for widget in (self._left_aside, self.bad_files, split, self._labels, self.duplicates):
            layout.addWidget(widget)
        for section in (self._left_aside, split, self._labels):  # as high as their texts wrapped to this width
            section.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    @property
    def split_text(self) -> str:
        """What it says of the split."""
        return self._split.text()

    @property
    def passed_over_text(self) -> str:
        """What it says of pictures in the folder that are no data; empty where all are."""
        lines = self._left_aside.body_layout()
        labels = (item.widget() for at in range(lines.count()) if (item := lines.itemAt(at)) is not None)
        return "\n".join(label.text() for label in labels if isinstance(label, QLabel)).replace(_MAY_BREAK, "")

    def show_data(self, data: FaceData) -> None:
        """Say what is known of these."""
        self._split.setText(self._split_text(data))
        self._labels.set_title(self.tr("Labels") if data.factors is None else self.tr("Factors"))
        self._label_notes.setText("\n".join(self._label_lines(data.index.report)))
        self._label_notes.setVisible(bool(self._label_notes.text()))
        self._attributes.setVisible(bool(data.index.attributes or data.factor_kinds))
        self._labels.setVisible(bool(data.index.attributes or data.factor_kinds or self._label_notes.text()))
        self._attributes.setText(self._attributes_text(data) if data.factors is None else self._factors_text(data))
        self._show_passed_over(data.index.passed_over)
        bad = data.bad
        title = self.tr("{n} file left out") if len(bad) == 1 else self.tr("{n} files left out")
        about = self.tr("These can't be used. Everything else goes on without them.")
        self.bad_files.show_items(title.format(n=f"{len(bad):,}"), about, bad, lambda one: f"{printable(one.file)}: {one.reason}")
        copies = sum(len(files) - 1 for files in data.duplicates)
        title = self.tr("{n} exact copy") if copies == 1 else self.tr("{n} exact copies")
        about = self.tr("The files on one line hold the same picture. All are kept, so it counts more than once.")
        self.duplicates.show_items(
            title.format(n=f"{copies:,}"), about, data.duplicates, lambda files: " = ".join(map(printable, files))
        )

    def _show_passed_over(self, passed_over: Sequence[PassedOver]) -> None:
        lines = self._left_aside.body_layout()
        while (item := lines.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for entry in passed_over:
            label = self._make_text()
            label.setMinimumWidth(1)  # so that a long name doesn't widen it
            label.setText(entry.line.replace("/", f"/{_MAY_BREAK}").replace("_", f"_{_MAY_BREAK}"))
            lines.addWidget(label)
        count = sum(entry.count for entry in passed_over)
        title = self.tr("{n} picture passed over") if count == 1 else self.tr("{n} pictures passed over")
        self._left_aside.set_title(title.format(n=f"{count:,}"))
        self._left_aside.setVisible(bool(passed_over))

    def _make_text(self) -> QLabel:
        label = QLabel(self)
        label.setWordWrap(True)
        label.setProperty("muted", True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _split_text(self, data: FaceData) -> str:
        train, valid = data.split.train, data.split.valid
        text = self.tr("{train} for training, {valid} for validation.")
        text = text.format(train=f"{len(train):,}", valid=f"{len(valid):,}")
        if len(data.index.files) == 1:
            text = self.tr("The one picture is for training and for validation, which so tells nothing. Use more.")
        if data.own_split:
            own = (
                self.tr("This split comes from {what}.") if data.index.part_from else self.tr("The pictures came with this split.")
            )
            text += " " + own.format(what=printable(data.index.part_from))
        if data.index.near_copies is not None:
            text += " " + self._near_copies_text(data.near_copies_across(), len(valid))
        if data.index.persons is None:
            return text
        shared = len(data.shared_persons())
        if not shared:
            return text + " " + self.tr("No person is in both parts.")
        if not data.own_split:
            return text + " " + self.tr("All faces are of one person, who is in both parts.")
        count = self.tr("{n} person is in both parts.") if shared == 1 else self.tr("{n} people are in both parts.")
        return text + " " + count.format(n=f"{shared:,}")

    def _near_copies_text(self, across: int, valid: int) -> str:
        """What the split does with neighbouring views of one thing."""
        if not across:
            return self.tr(
                "By their names, these are views of things that turn (as in Fruits-360). Neighbouring views, up to {n} pictures "
                "apart, are nearly the same and stay together in one part, so validation shows views that weren't learned from."
            ).format(n=NEIGHBOURS)
        return self.tr(
            "By their names, these are views of things that turn (as in Fruits-360): {n} of the {all} validation pictures are "
            "neighbours of training pictures and nearly the same, so validation looks better than it is. With all pictures in one "
            "folder for each class, without folders for training and testing, neighbours would stay together."
        ).format(n=f"{across:,}", all=f"{valid:,}")

    def _attributes_text(self, data: FaceData) -> str:
        parts = []
        for name, values in list(data.index.attributes.items())[:_MOST_ATTRIBUTES]:
            known = values[~np.isnan(values)]
            plain = printable(name).replace("_", " ")
            if len(known) and ((known == 0.0) | (known == 1.0)).all():
                part = share_words(float(known.sum()), len(known)).replace(" ", "\u00a0")
                parts.append(self.tr("{name} {share}").format(name=plain, share=part))
            else:
                parts.append(plain)
        return ", ".join(parts)

    def _label_lines(self, report: LabelReport) -> list[str]:
        """How the labels were read; empty where all rows fit and every column is used unchanged."""
        lines = []
        if report.rows_without_picture:
            text = self.tr("{file}: {n} of {rows} rows name no picture of this folder.")
            lines.append(text.format(n=f"{report.rows_without_picture:,}", rows=f"{report.rows:,}", file=printable(report.file)))
        if report.file and report.pictures_without_row:
            text = self.tr("{file}: {n} of {pictures} pictures have no row.")
            n, pictures = f"{report.pictures_without_row:,}", f"{report.pictures:,}"
            lines.append(text.format(n=n, pictures=pictures, file=printable(report.file)))
        if report.rows_repeated:
            text = self.tr("{file}: {n} rows are repeated; the last row about a picture counts.")
            if report.rows_repeated == 1:
                text = self.tr("{file}: 1 row is repeated; the last row about a picture counts.")
            lines.append(text.format(n=f"{report.rows_repeated:,}", file=printable(report.file)))
        if report.rows_passed_over:
            text = self.tr("{file}: {n} rows are about pictures that are passed over.")
            if report.rows_passed_over == 1:
                text = self.tr("{file}: 1 row is about a picture that is passed over.")
            lines.append(text.format(n=f"{report.rows_passed_over:,}", file=printable(report.file)))
        for name, (one, zero) in report.words.items():
            text = self.tr("{name}: {one} counts as 1, {zero} as 0.")
            lines.append(text.format(name=printable(name), one=printable(one), zero=printable(zero)))
        for column in report.unused:
            text = (
                self.tr("Not used: {name}, because {reason}.")
                if column.name
                else self.tr("A column is not used, because {reason}.")
            )
            lines.append(text.format(name=printable(column.name), reason=printable(column.reason)))
        return [*lines, *map(printable, report.notes)]

    def _factors_text(self, data: FaceData) -> str:
        lines = []
        for factor in data.factor_kinds:
            name = factor.name.replace("_", " ")
            if factor.is_named:
                lines.append(self.tr("{name}: {values}").format(name=name, values=", ".join(map(str, factor.values))))
            else:
                text = self.tr("{name}: {n} values from {low:.3g} to {high:.3g}")
                if len(factor.values) == 1:
                    text = self.tr("{name}: always {low:.3g}")
                lines.append(text.format(name=name, n=len(factor.values), low=factor.values[0], high=factor.values[-1]))
        return "\n".join(lines)

    @property
    def label_notes(self) -> str:
        """What it says of how the labels were read, a line each."""
        return self._label_notes.text()

    @property
    def labels_text(self) -> str:
        """What it says of the labels or factors."""
        return self._attributes.text()
