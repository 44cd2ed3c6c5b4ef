"""Sort one's own pictures into two classes: the dialog. One picture at a time, two keys, and all is saved as it goes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.data.two_classes import NONE, NameProblem, TwoClasses, open_two_classes
from core.files import printable
from explorer.label.reader import PictureReader
from explorer.label.saver import Saver
from explorer.label.sorting import END, Sorting
from explorer.label.stage import REACH, Stage
from explorer.look.icons import icon
from explorer.look.theme import EDGE, GROUP, SPACE, section_font
from explorer.messages import Messenger
from explorer.qt import override
from explorer.settings.store import SettingsStore
from explorer.widgets.elided_label import ElidedLabel
from explorer.widgets.long_work import LongWork
from explorer.widgets.message_box import keep_buttons_whole
from explorer.widgets.progress_strip import ProgressStrip

SIZE = QSize(900, 720)
LABELS_FOLDER = "labels"  # beside the runs: for folders that can't be written
_MAY_BREAK = "\u200b"  # a place where a line may end, which is no letter
_NAME_WIDTH = 160  # pixels of a class's name on its button
_MOST_NAMES = 4  # of the folders that are classes already
_AHEAD = 6  # pictures read before they are asked about
_LEFT, _RIGHT, _SKIP, _BACK = "left", "right", "skip", "back"
_KEYS = {
    Qt.Key.Key_Left: _LEFT,
    Qt.Key.Key_F: _LEFT,
    Qt.Key.Key_Right: _RIGHT,
    Qt.Key.Key_J: _RIGHT,
    Qt.Key.Key_Space: _SKIP,
    Qt.Key.Key_Down: _SKIP,
    Qt.Key.Key_Backspace: _BACK,
    Qt.Key.Key_Up: _BACK,
}


class LabelDialog(QDialog):
    """A dialog beside the window, which stays usable. Closing it keeps all answers; opening it again goes on.

    Signals:
        labelled(str, str): SOURCE whose labels are other ones now, and the folder of pictures that was sorted, which is another
            one where it can't be written.
    """

    labelled = Signal(str, str)

    def __init__(self, settings: SettingsStore, messenger: Messenger, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._messenger = messenger
        self._classes: TwoClasses | None = None
        self._sorting: Sorting | None = None
        self._reader: PictureReader | None = None
        self._saver: Saver | None = None
        self._was_changed = False  # since the folder was opened
        self._typed_in = 0  # the name that was changed last
        self._reasons: dict[int, str] = {}  # why pictures can't be read
        self.setWindowTitle(self.tr("Sort pictures into two classes"))
        self.stage = Stage(self)
        self.name_fields = (self._make_name_field(), self._make_name_field())
        self.answer_buttons = (QPushButton(self), QPushButton(self))
        self.skip_button = QPushButton(self.tr("Skip"), self)
        self.undo_button = QPushButton(icon("undo"), self.tr("Undo"), self)
        self.back_button = QPushButton(self.tr("Back"), self)
        self.skipped_button = QPushButton(self.tr("Show the skipped ones"), self)
        self.beside_button = QPushButton(self.tr("Sort them all the same"), self)
        self.folder_button = QPushButton(icon("open-folder"), self.tr("Another folder…"), self)
        self.done_button = QPushButton(self.tr("Done"), self)
        self.progress = ProgressStrip(self)
        self._work = LongWork(lambda: self.progress, messenger, self)
        self._build()
        self.stage.neighbour_chosen.connect(self._on_stage_neighbour_chosen)
        for which, button in enumerate(self.answer_buttons):
            button.clicked.connect(lambda _checked=False, which=which: self.answer(which))
        for which, field in enumerate(self.name_fields):
            field.textEdited.connect(lambda _text, which=which: self._on_name_field_edited(which))
            field.editingFinished.connect(self._take_names)
            field.returnPressed.connect(self.stage.setFocus)
        self.skip_button.clicked.connect(lambda _checked=False: self.skip())
        self.undo_button.clicked.connect(lambda _checked=False: self.undo())
        self.back_button.clicked.connect(lambda _checked=False: self.back())
        self.skipped_button.clicked.connect(lambda _checked=False: self._step(lambda sorting: sorting.show_skipped()))
        self.beside_button.clicked.connect(lambda _checked=False: self._begin())
        self.folder_button.clicked.connect(lambda _checked=False: self.choose_folder())
        self.done_button.clicked.connect(lambda _checked=False: self.close())
        self._show()

    # -- which pictures

    def choose_folder(self) -> None:
        """Ask for a folder and go on with its pictures."""
        start = self._settings.value.last_data_folder or str(Path.home())
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder of pictures to sort"), start)
        if folder:
            self.open_folder(folder)

    def open_folder(self, source: str) -> None:
        """Go on with the pictures of a folder, where the last one of them was left."""
        if self._work.is_busy or (self._classes is not None and source in self._sources()):
            return
        if self._saver is None:
            self._load(source)
        elif self._take_names():
            leave = partial(self._leave_and_load, source)
            self._saver.when_saved(leave, partial(self._ask_to_give_up, self.tr("Leave without saving"), leave))

    def _sources(self) -> tuple[str, ...]:
        assert self._classes is not None
        return (self._classes.source, self._asked_for)

    def _leave_and_load(self, source: str) -> None:
        self._leave()
        self._load(source)

    def _load(self, source: str) -> None:
        elsewhere = self._settings.runs_place.parent / LABELS_FOLDER
        self._asked_for = source
        self._title.set_text(printable(Path(source).name or source))
        self.stage.show_words(self.tr("Listing the pictures…"))
        self._work.start(
            self.tr("Listing pictures"),
            lambda progress: open_two_classes(source, elsewhere, progress),
            self._on_opened,
            "list pictures to sort",
            unfinished=self._on_not_opened,
        )
        self._show()

    def _on_not_opened(self, reason: str) -> None:
        self.stage.show_words(reason or self.tr("Cancelled. Choose a folder of pictures to sort."))
        self._show()

    def _on_opened(self, classes: TwoClasses) -> None:
        self._classes = classes
        self._sorting = None if classes.folders else Sorting(classes.answers)  # what folders say is left to them unless asked for
        self._reasons = {}
        self._was_changed = False
        self._reader = PictureReader(Path(classes.source), classes.files, self)
        self._reader.was_read.connect(self._on_reader_was_read)
        self._reader.failed.connect(self._on_reader_failed)
        self._saver = Saver(classes, self._messenger, self)
        self._saver.saved.connect(self._show_saved)
        self._saver.failed.connect(self._on_saver_failed)
        for field, name in zip(self.name_fields, classes.names, strict=True):
            field.setText(name)
        self._named = classes.names
        self._show_saved()
        self._show_problem()
        self.stage.setFocus()
        self._show()

    def _ask_to_give_up(self, answer: str, leave: Callable[[], object], reason: str) -> None:
        """The last answers couldn't be saved when the person wanted to leave the folder: ask whether to leave it all the same."""
        box = QMessageBox(self)
        box.setWindowTitle(self.windowTitle())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr("The last answers could not be saved."))
        advice = self.tr("Keep the answers to try again later. If you leave without saving, they are lost.")
        box.setInformativeText(f"{reason}\n\n{advice}")
        lose = box.addButton(answer, QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(self.tr("Keep the answers"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        keep_buttons_whole(box)
        box.exec()
        box.deleteLater()
        if box.clickedButton() is lose and self._saver is not None:
            self._saver.give_up()
            leave()

    def _leave(self) -> None:
        """Let go of the folder; whoever shows its pictures is told that their labels are other ones."""
        classes, was_written = self._classes, self._saver is not None and self._saver.has_written
        for owned in (self._reader, self._saver):
            if owned is not None:
                owned.deleteLater()
        self._classes = self._sorting = self._reader = self._saver = None
        self.stage.show_words("")
        if classes is not None and was_written:
            self.labelled.emit(classes.source, self._asked_for)

    # -- what is done with them

    def answer(self, which: int) -> None:
        """The picture belongs to the first (0) or second (1) class."""
        if self._take_names():
            self._change(lambda sorting: sorting.answer(which))

    def skip(self) -> None:
        """Go on without an answer."""
        self._step(lambda sorting: sorting.skip())

    def _begin(self) -> None:
        """Sort pictures into two classes beside those that their folders are."""
        if self._classes is not None and self._sorting is None:
            self._sorting = Sorting(self._classes.answers)
            self._show_saved()
            self.stage.setFocus()
            self._show()

    def back(self) -> None:
        """Look at the picture before this one again."""
        self._step(lambda sorting: sorting.back())

    def undo(self) -> None:
        """Take the last answer back."""
        self._change(lambda sorting: sorting.undo())

    def _step(self, do: Callable[[Sorting], None]) -> None:
        if self._sorting is not None:
            do(self._sorting)
            self._show()

    def _change(self, do: Callable[[Sorting], None]) -> None:
        if self._sorting is None or self._saver is None or self._classes is None:
            return
        before = self._sorting.answers.copy()
        do(self._sorting)
        if (before != self._sorting.answers).any():
            self._save()
        self._show()

    def _save(self) -> None:
        assert self._saver is not None
        assert self._sorting is not None
        self._was_changed = True
        self._saved.set_text(self.tr("Saving…"))
        self._saver.save(self._named, self._sorting.answers)

    @property
    def _has_answers(self) -> bool:
        return self._sorting is not None and bool((self._sorting.answers != NONE).any())

    def _names(self) -> tuple[str, str]:
        """What the fields say; `_named` is what is used."""
        first, second = (" ".join(field.text().split()) for field in self.name_fields)
        return first, second

    def _take_names(self) -> bool:
        """Use the names in the fields, if they can be used; else the field is shown."""
        if self._classes is None or self._saver is None or self._sorting is None:
            return True
        problem = self._show_problem()
        if problem is not None:
            self.name_fields[self._typed_in if problem.which is None else problem.which].setFocus()
            return False
        if self._names() != self._named:
            self._named = self._names()
            if self._was_changed or self._has_answers:  # also where all were taken back: the table has these names
                self._save()
            self._show()
        return True

    def _show_problem(self) -> NameProblem | None:
        problem = self._classes.problem(self._names()) if self._classes is not None else None
        self._problem.setText("" if problem is None else problem.text)
        self._problem.setVisible(problem is not None)
        return problem

    def _on_name_field_edited(self, which: int) -> None:
        self._typed_in = which
        self._show_problem()

    # -- showing

    def _show(self) -> None:
        sorting, classes = self._sorting, self._classes
        is_open = sorting is not None and classes is not None
        for field, widget in zip(self.name_fields, self.answer_buttons, strict=True):
            field.setEnabled(is_open)
            widget.setEnabled(sorting is not None and sorting.at != END)
        unnamed = (self.tr("First class"), self.tr("Second class"))
        for button, name, other, (key, arrow) in zip(self.answer_buttons, self._named, unnamed, self._keys(), strict=True):
            shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _NAME_WIDTH)
            button.setText(self.tr("{name}  ({key} or {arrow})").format(name=shown, key=key, arrow=arrow) if is_open else "")
            button.setAccessibleName("" if button.text() else other)
            button.setToolTip(self.tr("This picture belongs to the class {name}").format(name=name) if name else "")
        self.skip_button.setEnabled(sorting is not None and sorting.at != END)
        self.undo_button.setEnabled(sorting is not None and sorting.can_undo)
        self.back_button.setEnabled(sorting is not None and sorting.count > 0)
        self.skipped_button.setVisible(sorting is not None and sorting.at == END and sorting.skipped > 0)
        self.beside_button.setVisible(classes is not None and sorting is None)
        self.folder_button.setEnabled(not self._work.is_busy)
        self._bar.setVisible(is_open)
        self._count.setText("")
        self._broken.setVisible(bool(self._reasons) or (classes is not None and bool(classes.passed_over)))
        if classes is not None and sorting is None:
            self.stage.show_words(self._sorted_by_folders_text(classes))
            self._saved.set_text("")  # nothing is written yet, and there is no room for more than the button
        if sorting is None or classes is None:
            return
        self._bar.setRange(0, max(1, sorting.count))
        self._bar.setValue(sorting.count - sorting.left)
        self._count.setText(self._count_text(sorting))
        self._show_broken()
        self._show_pictures()

    def _count_text(self, sorting: Sorting) -> str:
        done = self.tr("{n} of {count} sorted").format(n=f"{sorting.count - sorting.left:,}", count=f"{sorting.count:,}")
        parts = [done, *(f"{size:,} {name}" for size, name in zip(sorting.sizes, self._named, strict=True))]
        if sorting.skipped:
            parts.append(self.tr("{n} skipped").format(n=f"{sorting.skipped:,}"))
        return " · ".join(parts)

    def _show_pictures(self) -> None:
        sorting, classes, reader = self._sorting, self._classes, self._reader
        if sorting is None or classes is None or reader is None:
            return
        if sorting.at == END:
            self.stage.show_words(self._end_text(sorting))
            reader.want([])
            return
        around = sorting.neighbours(REACH)
        reader.want([sorting.at, *sorting.coming(_AHEAD), *around])
        caption = self.tr("Picture {n} of {count}: {file}").format(
            n=f"{sorting.number:,}", count=f"{sorting.count:,}", file=classes.name_of(sorting.at)
        )
        answer = int(sorting.answers[sorting.at])
        if answer != NONE:
            caption += self.tr(", sorted as {name}").format(name=self._named[answer])
        self.stage.show_picture(reader.picture(sorting.at), caption)
        self._show_neighbours()

    def _show_neighbours(self) -> None:
        sorting, reader, names = self._sorting, self._reader, self._named
        if sorting is None or reader is None:
            return
        around = sorting.neighbours(REACH)
        answers = [NONE if at == END else int(sorting.answers[at]) for at in around]
        labels = ["" if answer == NONE else names[answer] for answer in answers]
        self.stage.show_neighbours(labels, [None if at == END else reader.small(at) for at in around])

    def _end_text(self, sorting: Sorting) -> str:
        if not sorting.count:
            return self.tr("None of the pictures here can be read.")
        if sorting.skipped:
            if sorting.skipped == 1:
                return self.tr("That was the last picture. One was skipped and has no class.")
            text = self.tr("That was the last picture. {n} were skipped and have no class.")
            return text.format(n=f"{sorting.skipped:,}")
        return self.tr("All {n} pictures are sorted. Done reads them with their classes.").format(n=f"{sorting.count:,}")

    def _sorted_by_folders_text(self, classes: TwoClasses) -> str:
        text = self.tr(
            "These pictures are sorted already: their folders are the classes {names}.\n\nYou can sort them once more, for "
            "instance by another question. Your two classes are then labels beside those, in {file}; the folders stay as they are."
        )
        names = ", ".join(printable(name) for name in classes.folders[:_MOST_NAMES])
        names += ", …" if len(classes.folders) > _MOST_NAMES else ""
        return text.format(names=names, file=printable(classes.table.name))

    def _show_broken(self) -> None:
        count = len(self._reasons)
        text = self.tr("{n} file can't be read") if count == 1 else self.tr("{n} files can't be read")
        assert self._classes is not None
        passed_over = self._classes.passed_over
        aside = sum(entry.count for entry in passed_over)
        left_out = self.tr("{n} isn't offered") if aside == 1 else self.tr("{n} aren't offered")
        parts = [(count, text), (aside, left_out)]
        line = " · ".join(words.format(n=f"{number:,}") for number, words in parts if number)
        reasons = ", ".join(entry.reason for entry in passed_over)
        self._broken.setText(f"{line}: {reasons}" if reasons else line)
        shown = [f"{self._classes.name_of(at)}: {reason}" for at, reason in list(self._reasons.items())[:10]]
        shown += [f"{printable(entry.place)}: {entry.reason}" for entry in passed_over]
        self._broken.setToolTip("\n".join(shown))

    def _show_saved(self) -> None:
        if self._classes is None:
            return
        table = printable(str(self._classes.table))
        text = self.tr("Saved in {file}") if self._was_changed else self.tr("Will be saved in {file}")
        self._elsewhere.setVisible(self._classes.is_elsewhere)
        if self._classes.is_elsewhere:
            why = self.tr("This folder can't be written: its classes are kept in {file}")
            self._elsewhere.setText(why.format(file=table.replace("/", f"/{_MAY_BREAK}")))
            text, table = (self.tr("Saved") if self._was_changed else self.tr("Nothing is written yet")), ""
        self._saved.set_text(text.format(file=table))

    def _on_saver_failed(self, reason: str) -> None:
        self._saved.set_text(self.tr("Not saved: {reason}").format(reason=reason))
        self._show()

    def _on_reader_was_read(self, at: int) -> None:
        if self._sorting is None:
            return
        if at == self._sorting.at:
            self._show_pictures()
        elif at in self._sorting.neighbours(REACH):
            self._show_neighbours()

    def _on_reader_failed(self, at: int, reason: str) -> None:
        if self._sorting is not None:
            self._reasons[at] = reason
            self._sorting.pass_over(at)
            self._show()

    def _on_stage_neighbour_chosen(self, place: int) -> None:
        if self._sorting is not None and (at := self._sorting.neighbours(REACH)[place]) != END:
            self._step(lambda sorting: sorting.go_to(at))

    # -- keys and closing

    def _keys(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """The keys of the first and second class: the first one is at the side where reading starts."""
        left, right = ("F", "←"), ("J", "→")
        return (right, left) if self.isRightToLeft() else (left, right)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
            return
        plain = not event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        meant = _KEYS.get(Qt.Key(event.key())) if plain else None
        if meant in (_LEFT, _RIGHT):
            self.answer(int((meant == _RIGHT) != self.isRightToLeft()))
        elif meant == _SKIP:
            self.skip()
        elif meant == _BACK:
            self.back()
        else:
            super().keyPressEvent(event)

    @override
    def reject(self) -> None:
        self.close()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        """Close once all is saved; where it can't be, ask before answers are lost."""
        self._work.cancel()
        if self._has_answers and not self._take_names():
            event.ignore()
            return
        if self._saver is not None and not self._saver.is_saved:
            event.ignore()
            self._saver.when_saved(self.close, partial(self._ask_to_give_up, self.tr("Close without saving"), self.close))
            return
        self._leave()
        event.accept()  # QDialog's own would call reject

    # -- building

    def _make_name_field(self) -> QLineEdit:
        field = QLineEdit(self)
        field.setMinimumWidth(_NAME_WIDTH // 2)
        return field

    def _build(self) -> None:
        self._asked_for = ""
        self._named = ("", "")
        self._title = ElidedLabel(self)
        self._title.setFont(section_font())
        self._count, self._problem, self._broken = QLabel(self), QLabel(self), QLabel(self)
        self._count.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._broken.setProperty("muted", True)
        self._elsewhere = QLabel(self)  # a path, which must be seen whole
        self._elsewhere.setTextFormat(Qt.TextFormat.PlainText)
        self._elsewhere.setWordWrap(True)
        self._elsewhere.setProperty("muted", True)
        self._elsewhere.hide()
        self._saved = ElidedLabel(self)
        self._saved.setProperty("muted", True)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        titles = (self.tr("Name of the first class"), self.tr("Name of the second class"))
        for field, title in zip(self.name_fields, titles, strict=True):
            field.setAccessibleName(title)
            field.setToolTip(title)
        self.skip_button.setToolTip(self.tr("Leave this one without a class for now (Space)"))
        self.back_button.setToolTip(self.tr("See the picture before this one again (Backspace)"))
        undo = QKeySequence(QKeySequence.StandardKey.Undo).toString(QKeySequence.SequenceFormat.NativeText)
        self.undo_button.setToolTip(self.tr("Take the last answer back ({keys})").format(keys=undo))
        self.done_button.setToolTip(self.tr("Close, and read the pictures with their classes on the Data tab"))
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys where they are
        self.done_button.setProperty("primary", True)
        top = QHBoxLayout()
        top.setSpacing(GROUP)
        top.addWidget(self._title, 1)
        top.addWidget(self._broken)
        top.addWidget(self._count)
        sides = QHBoxLayout()
        sides.setSpacing(SPACE)
        for field, button in zip(self.name_fields, self.answer_buttons, strict=True):
            side = QVBoxLayout()
            side.setSpacing(SPACE)
            side.addWidget(field)
            side.addWidget(button)
            sides.addLayout(side, 2)
        middle = QVBoxLayout()
        middle.setSpacing(SPACE)
        middle.addWidget(self.undo_button)
        middle.addWidget(self.skip_button)
        sides.insertLayout(1, middle, 1)
        last = QHBoxLayout()
        last.setSpacing(SPACE)
        last.addWidget(self.folder_button)
        last.addWidget(self.back_button)
        last.addWidget(self._saved, 1)
        last.addWidget(self.skipped_button)
        last.addWidget(self.beside_button)
        last.addWidget(self.done_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE, GROUP, EDGE, GROUP)
        layout.setSpacing(SPACE)
        layout.addLayout(top)
        layout.addWidget(self._bar)
        layout.addWidget(self.progress)
        layout.addWidget(self.stage, 1)
        layout.addWidget(self._problem)
        layout.addLayout(sides)
        layout.addWidget(self._elsewhere)
        layout.addLayout(last)
        screen = self.screen().availableGeometry().size()
        self.resize(SIZE.boundedTo(QSize(screen.width() * 9 // 10, screen.height() * 9 // 10)))
