"""Which runs are selected in a view, by their folders: they stay so when other runs are listed. And the keys for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView

from core.runs.listing import RunSummary
from explorer.runs.model import NAME, RUN_ROLE


class RunSelection(QItemSelectionModel):
    """The selection of a list or table of runs, whole rows; it takes the place of the view's own.

    Args:
        view: shows the runs, or what sorts and filters them.
    """

    def __init__(self, view: QAbstractItemView) -> None:
        model, own = view.model(), view.selectionModel()
        super().__init__(model, view)
        self._by_program = False
        self._folders: list[Path] = []  # what was selected when other runs came
        self._current: Path | None = None
        self._moved: dict[Path, Path] = {}  # folders that have another name now, until they are listed by it
        view.setSelectionModel(self)
        own.deleteLater()
        model.modelAboutToBeReset.connect(self._on_model_about_to_be_reset)
        model.modelReset.connect(self._on_model_reset)

    def take_key(
        self,
        event: QKeyEvent,
        is_editing: bool,
        *,
        rename: Callable[[], None],
        activate: Callable[[QModelIndex], None],
        remove: Callable[[], None],
    ) -> bool:
        """Do what a key stands for in every view of runs; False where it is none of these.

        Args:
            event: a pressed key.
            is_editing: a name is being written, which needs F2 and Enter itself.
            rename: for F2.
            activate: for Enter, with the current row.
            remove: for Delete, where runs are selected.
        """
        if event.key() == Qt.Key.Key_F2 and not is_editing:
            rename()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not is_editing and self.currentIndex().isValid():
            activate(self.currentIndex())
        elif event.key() == Qt.Key.Key_Delete and self.runs:
            remove()
        else:
            return False
        return True

    @property
    def runs(self) -> list[RunSummary]:
        """The runs of the selected rows, from the top."""
        return [index.data(RUN_ROLE) for index in sorted(self.selectedRows(NAME))]

    @property
    def current(self) -> RunSummary | None:
        """The run of the current row."""
        index = self.currentIndex()
        return index.data(RUN_ROLE) if index.isValid() else None

    @property
    def by_program(self) -> bool:
        """Whether it changes just now because the program says so, not the person."""
        return self._by_program

    def select_folders(self, folders: Iterable[Path], current: Path | None) -> None:
        """Select the rows of these folders alone, and make one of them the current one."""
        wanted, model = set(folders), self.model()
        rows, at = QItemSelection(), QModelIndex()
        for row in range(model.rowCount()):
            index = model.index(row, NAME)
            folder = index.data(RUN_ROLE).folder
            if folder == current:
                at = index
            if folder in wanted:
                rows.select(index, index)
        flag = self.SelectionFlag
        self._by_program = True
        self.setCurrentIndex(at, flag.NoUpdate)
        self.select(rows, flag.ClearAndSelect | flag.Rows)
        self._by_program = False

    def follow(self, old: Path, new: Path) -> None:
        """A run's folder has another name: if it was selected, it stays so, whether it is listed by that name already or not."""
        moved = {before: new if now == old else now for before, now in self._moved.items()}
        self._moved = {before: now for before, now in (moved | {old: new}).items() if before != new}
        listed = self._listed()
        if new in listed and old in (*self._folders, self._current):
            self._select_again(listed)
        self._forget_moved(listed)

    def _listed(self) -> set[Path]:
        model = self.model()
        return {model.index(row, NAME).data(RUN_ROLE).folder for row in range(model.rowCount())}

    def _select_again(self, listed: set[Path]) -> None:
        names = {old: new for old, new in self._moved.items() if new in listed}
        current = self._current
        self.select_folders(
            [names.get(folder, folder) for folder in self._folders], names.get(current, current) if current else None
        )

    def _forget_moved(self, listed: set[Path]) -> None:
        self._moved = {old: new for old, new in self._moved.items() if new not in listed}

    def _on_model_about_to_be_reset(self) -> None:
        self._folders = [run.folder for run in self.runs]
        self._current = self.current.folder if self.current is not None else None

    def _on_model_reset(self) -> None:
        listed = self._listed()
        if self._folders or self._current is not None:
            self._select_again(listed)
        self._forget_moved(listed)
