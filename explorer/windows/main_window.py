"""The window: four tabs, the header at their end, the status line below, and messages above it all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox, QSplitter, QTabWidget, QVBoxLayout, QWidget

from core.latent.session import Anchor
from explorer.actions import make_actions
from explorer.decoding import DecodeService
from explorer.document import Document
from explorer.icons import icon
from explorer.jobs import TrainingJob
from explorer.loading import LoadedModel
from explorer.messages import Message, Messenger
from explorer.panels.explore import ExplorePanel
from explorer.qt import override
from explorer.settings_store import SettingsStore
from explorer.theme import ThemeChoice, apply_theme
from explorer.widgets.status_line import StatusLine
from explorer.widgets.toast import ToastArea
from explorer.windows.file_actions import FileActions
from explorer.windows.header import Header

DATA, TRAIN, GALLERY, EXPLORE = range(4)
SIZE = (1280, 800)
LEAST_SIZE = (960, 640)
TOAST_MARGIN = 48  # pixels: above the status line


@dataclass(frozen=True, slots=True)
class Services:
    """What every panel is built from."""

    document: Document
    decoding: DecodeService
    job: TrainingJob
    settings: SettingsStore
    messenger: Messenger


class MainWindow(QMainWindow):
    """Holds the panels. Explore is built at once; the others when they are first needed, or when there is time."""

    model_requested = Signal(str)
    """A checkpoint's file or a run folder is to be opened."""
    panel_built = Signal(int)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._panels: dict[int, QWidget] = {}
        self._pages: list[QVBoxLayout] = []  # of the tabs
        self._closing = False  # once the run that is being stopped has ended
        self.files = FileActions(services.document, services.settings, services.messenger, lambda: self.explore, self)
        self.files.model_chosen.connect(self.model_requested)
        self.files.picture_chosen.connect(self._on_files_picture_chosen)
        self.setWindowTitle("Labkhand")
        self.setWindowIcon(icon("smile"))
        self.setMinimumSize(*LEAST_SIZE)
        self.actions_by_id = make_actions(self, self._handlers())
        self.addActions(list(self.actions_by_id.values()))
        self.header = Header(services.document, services.settings, self.actions_by_id, self)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.setCornerWidget(self.header)
        for name in ("tab_data", "tab_train", "tab_gallery", "tab_explore"):
            action = self.actions_by_id[name]
            page = QWidget(self.tabs)
            inside = QVBoxLayout(page)
            inside.setContentsMargins(0, 0, 0, 0)
            self._pages.append(inside)
            self.tabs.addTab(page, action.icon(), action.text())
            self.tabs.setTabToolTip(self.tabs.count() - 1, action.toolTip())
        self.status = StatusLine(self)
        central = QWidget(self)
        layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.status)
        self.setCentralWidget(central)
        self.toasts = ToastArea(self, bottom_margin=TOAST_MARGIN)
        self.explore = self._make_explore()
        self._add(EXPLORE, self.explore)
        self.tabs.currentChanged.connect(self._on_tabs_current_changed)
        self.status.run_clicked.connect(lambda: self.show_tab(TRAIN))
        self.header.model_chosen.connect(self.model_requested)
        services.messenger.message_posted.connect(self._on_messenger_message_posted)
        services.document.undo_changed.connect(self._update_actions)
        services.document.session_changed.connect(self._update_actions)
        self._restore()
        self._update_actions()

    # -- panels -------------------------------------------------------------------------------------------------

    def panel(self, index: int) -> QWidget:
        """A tab's panel, built if it wasn't yet."""
        return self._panels.get(index) or self._build(index)

    def build_next(self) -> bool:
        """Build one panel that isn't there yet; False once all are."""
        for index in (TRAIN, DATA, GALLERY):
            if index not in self._panels:
                self._build(index)
                return True
        return False

    def show_tab(self, index: int) -> None:
        """Bring a tab to the front."""
        self.tabs.setCurrentIndex(index)

    def _build(self, index: int) -> QWidget:
        makers: dict[int, Callable[[], QWidget]] = {DATA: self._make_data, TRAIN: self._make_train, GALLERY: self._make_gallery}
        return self._add(index, makers[index]())

    def _add(self, index: int, panel: QWidget) -> QWidget:
        self._panels[index] = panel
        self._pages[index].addWidget(panel)
        for part in [panel, *panel.findChildren(QSplitter)]:
            state = self._services.settings.value.splitters.get(part.objectName())
            if state and isinstance(part, QSplitter):
                part.restoreState(state)
        self.panel_built.emit(index)
        return panel

    def _make_explore(self) -> ExplorePanel:
        s = self._services
        panel = ExplorePanel(s.document, s.decoding, s.settings, s.messenger, self._pages[EXPLORE].parentWidget())
        panel.open_requested.connect(self.files.open_picture)
        panel.faces.data_requested.connect(lambda: self.show_tab(DATA))
        panel.faces.reframe_requested.connect(self._on_panel_reframe_requested)
        panel.save_picture_requested.connect(self.files.save_picture)
        panel.save_strip_requested.connect(self.files.save_strip)
        return panel

    def _make_data(self) -> QWidget:
        from explorer.panels.data import DataPanel  # noqa: PLC0415 - not needed for the first picture

        s = self._services
        panel = DataPanel(s.document, s.settings, s.messenger, self._pages[DATA].parentWidget())
        panel.go_to_train_requested.connect(lambda: self.show_tab(TRAIN))
        return panel

    def _make_train(self) -> QWidget:
        from explorer.panels.train import TrainPanel  # noqa: PLC0415

        s = self._services
        panel = TrainPanel(s.document, s.job, s.settings, s.messenger, self._pages[TRAIN].parentWidget())
        panel.data_requested.connect(lambda: self.show_tab(DATA))
        panel.model_requested.connect(self._on_train_model_requested)
        panel.run_progressed.connect(self._on_train_run_progressed)
        panel.run_ended.connect(self.status.clear_run)
        panel.run_moved.connect(self._on_train_run_moved)
        panel.pictures_requested.connect(lambda config: self.panel(DATA).open_config(config))  # type: ignore[attr-defined]
        return panel

    def _make_gallery(self) -> QWidget:
        from explorer.panels.gallery import GalleryPanel  # noqa: PLC0415

        s = self._services
        panel = GalleryPanel(s.document, s.decoding, s.settings, s.messenger, self._pages[GALLERY].parentWidget())
        panel.face_chosen.connect(self._on_gallery_face_chosen)
        panel.model_requested.connect(self.header.model_button.showMenu)
        panel.train_requested.connect(lambda: self.show_tab(TRAIN))
        panel.data_requested.connect(lambda: self.show_tab(DATA))
        panel.reframe_requested.connect(self._on_panel_reframe_requested)
        return panel

    # -- actions ------------------------------------------------------------------------------------------------

    def _handlers(self) -> dict[str, Callable[..., object]]:
        document = self._services.document
        return {
            "open_data": lambda: self._in_data("choose_folder"),
            "open_demo": lambda: self._in_data("choose_demo"),
            "open_model": self.files.open_model,
            "open_photo": self.files.open_picture,
            "save_picture": self.save_picture,
            "save_strip": self.files.save_strip,
            "copy_picture": self.files.copy_picture,
            "undo": document.undo_stack.undo,
            "redo": document.undo_stack.redo,
            "reset": document.reset_edits,
            "reroll": self.reroll,
            "start_training": lambda: self._in_train("toggle_start"),
            "pause_training": lambda: self._in_train("toggle_pause"),
            "stop_training": lambda: self._in_train("stop"),
            "tab_data": lambda: self.show_tab(DATA),
            "tab_train": lambda: self.show_tab(TRAIN),
            "tab_gallery": lambda: self.show_tab(GALLERY),
            "tab_explore": lambda: self.show_tab(EXPLORE),
            "theme_system": lambda _: self.set_theme("system"),
            "theme_light": lambda _: self.set_theme("light"),
            "theme_dark": lambda _: self.set_theme("dark"),
            "settings": self.show_settings,
            "about": self.show_about,
            "quit": self.close,
        }

    def _in_data(self, method: str) -> None:
        self.show_tab(DATA)
        getattr(self.panel(DATA), method)()

    def _in_train(self, method: str) -> None:
        self.show_tab(TRAIN)
        getattr(self.panel(TRAIN), method)()

    def set_theme(self, choice: ThemeChoice) -> None:
        """Follow the system, or force light or dark."""
        self._services.settings.update(theme=choice)
        apply_theme(cast(QApplication, QApplication.instance()), choice)

    def reroll(self) -> None:
        """Other faces, in the tab that is in front."""
        if self.tabs.currentIndex() == DATA:
            self.panel(DATA).faces.reshuffle()  # type: ignore[attr-defined]
        elif self.tabs.currentIndex() == GALLERY:
            self.panel(GALLERY).reroll()  # type: ignore[attr-defined]
        else:
            self.explore.faces.reroll()

    def save_picture(self) -> None:
        """Save what is in front: the Gallery's sheet, or else the face that is edited."""
        if self.tabs.currentIndex() == GALLERY:
            self.panel(GALLERY).save()  # type: ignore[attr-defined]
        else:
            self.files.save_picture()

    def show_settings(self) -> None:
        """Appearance, the folder for runs, the picture cache; beside the window, which stays usable."""
        from explorer.dialogs.settings import SettingsDialog  # noqa: PLC0415

        dialog = self.findChild(SettingsDialog)
        if dialog is None:
            s = self._services
            dialog = SettingsDialog(s.settings, s.messenger, self)
            dialog.theme_chosen.connect(lambda choice: self.actions_by_id[f"theme_{choice}"].trigger())
            s.document.data_changed.connect(dialog.refresh)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def show_about(self) -> None:
        """What this is."""
        from explorer.dialogs.about import AboutDialog  # noqa: PLC0415

        dialog = AboutDialog(self)
        dialog.open()

    # -- events -------------------------------------------------------------------------------------------------

    def _restore(self) -> None:
        value = self._services.settings.value
        self.resize(*SIZE)
        if value.window_geometry:
            self.restoreGeometry(value.window_geometry)
        self.tabs.setCurrentIndex(EXPLORE)
        chosen = self.actions_by_id.get(f"theme_{value.theme}")
        if chosen is not None:
            chosen.setChecked(True)

    def _remember(self) -> None:
        splitters = dict(self._services.settings.value.splitters)
        splitters |= {
            part.objectName(): bytes(part.saveState().data()) for part in self.findChildren(QSplitter) if part.objectName()
        }
        self._services.settings.update(window_geometry=bytes(self.saveGeometry().data()), splitters=splitters)

    def _update_actions(self) -> None:
        document = self._services.document
        self.actions_by_id["undo"].setEnabled(document.undo_stack.canUndo())
        self.actions_by_id["redo"].setEnabled(document.undo_stack.canRedo())
        self.actions_by_id["reset"].setEnabled(bool(document.session.edits))

    def _on_tabs_current_changed(self, index: int) -> None:
        self.panel(index)

    def _on_messenger_message_posted(self, message: Message) -> None:
        self.toasts.show_message(message.text, message.kind, message.details, message.action)
        self.status.set_message(message.text)

    def _on_train_model_requested(self, path: str) -> None:
        self.model_requested.emit(path)
        self.show_tab(EXPLORE)

    def _on_train_run_progressed(self, progress: object) -> None:
        p = progress
        self.status.set_run(p.name, p.epoch, p.epochs, p.images_per_second, p.seconds_left, p.fraction)  # type: ignore[attr-defined]

    def _on_train_run_moved(self, old: Path, new: Path) -> None:
        """The model in use may lie in the folder that has another name now."""
        document, settings = self._services.document, self._services.settings
        old, new = old.resolve(), new.resolve()
        last = Path(settings.value.last_checkpoint)
        if document.model is not None and Path(document.model.path).is_relative_to(old):
            document.set_model_path(new / Path(document.model.path).relative_to(old))
        if last.is_relative_to(old):
            settings.update(last_checkpoint=str(new / last.relative_to(old)))

    def _on_files_picture_chosen(self, path: str) -> None:
        self.show_tab(EXPLORE)
        self.explore.faces.open_file(path)

    def _on_gallery_face_chosen(self, anchor: Anchor, original: np.ndarray | None) -> None:
        self._services.document.set_anchor(anchor, original)
        self.show_tab(EXPLORE)

    def _on_panel_reframe_requested(self, crop: str, size: int) -> None:
        self.show_tab(DATA)
        self.panel(DATA).reframe(crop, size)  # type: ignore[attr-defined]

    def on_model_ready(self, model: LoadedModel) -> None:
        """Choose a face where there is none, and put the keyboard on the smile."""
        self.explore.choose_first_face()
        slider = self.explore.sliders.main_slider
        if slider is not None and self.tabs.currentIndex() == EXPLORE and not self.explore.isAncestorOf(self.focusWidget() or self):
            slider.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_before_closing(self) -> bool:
        """While a run goes on: whether to stop and save it. True to close. One that needs no window may be left running."""
        job = self._services.job
        box = QMessageBox(self)
        box.setWindowTitle("Labkhand")
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self.tr("A run is going on."))
        train = self._panels.get(TRAIN)
        planned = train.plans.closing_note if train is not None else ""  # type: ignore[attr-defined]
        text = self.tr("Closing stops it and saves where it is; you can resume it later.")
        box.setInformativeText(f"{text} {planned}".strip())
        stop = box.addButton(self.tr("Stop and save"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stop)
        leave = box.addButton(self.tr("Leave it running"), QMessageBox.ButtonRole.DestructiveRole) if job.is_attached else None
        if leave is not None:
            box.setInformativeText(self.tr("It goes on without this window, too. You can stop and save it, or leave it running."))
        box.exec()
        if leave is not None and box.clickedButton() is leave:
            job.detach()
            return True
        return box.clickedButton() is stop

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        job = self._services.job
        if self._closing and job.is_active:
            event.ignore()  # it was agreed to already, and follows by itself
            return
        if job.is_active and not self.ask_before_closing():
            event.ignore()
            return
        if job.is_active:  # it may have ended while the question stood
            self.status.set_message(self.tr("Stopping the run and saving…"))
            event.ignore()
            self._close_when_stopped()
            return
        self._remember()
        self._services.decoding.close()
        super().closeEvent(event)

    def _close_when_stopped(self) -> None:
        """Stop the run, keep the window responsive meanwhile, and close once it has ended."""
        job = self._services.job
        self._closing = True
        self.setEnabled(False)
        job.ended.connect(lambda _: QTimer.singleShot(0, self._close_now))
        job.stop()

    def _close_now(self) -> None:
        self.setEnabled(True)
        self.close()
