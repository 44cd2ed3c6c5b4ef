"""The window: four tabs, the header at their end, the status line below, and messages above it all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from core import checkpoint
from core.config import DataConfig
from core.latent.session import Anchor
from explorer.actions import make_actions
from explorer.document.loading import LoadedModel, is_in_use
from explorer.document.picture_adder import Added
from explorer.document.recent import Recent
from explorer.explore.tab import ExplorePanel
from explorer.explore.trust_card import title
from explorer.help.explain import explain_focus
from explorer.look.icons import icon
from explorer.messages import Message
from explorer.qt import override
from explorer.runs.progress import RunProgress
from explorer.widgets.keyboard.return_key import press_with_return
from explorer.widgets.last_message import LastMessage
from explorer.widgets.status_line import StatusLine
from explorer.widgets.toast import ToastArea
from explorer.widgets.zoom.area import ZoomArea
from explorer.windows.closing import Closing, Unsaved
from explorer.windows.dialogs import WindowDialogs
from explorer.windows.edit_actions import EditActions
from explorer.windows.file_actions import FileActions
from explorer.windows.full_screen import FullScreen
from explorer.windows.header import Header
from explorer.windows.lazy_tabs import Building, LazyTabs
from explorer.windows.memory import choose_plain_pixels, choose_theme, follow_run, remember, restore
from explorer.windows.picture_menus import PictureMenus
from explorer.windows.recent_menu import RecentMenu
from explorer.windows.services import Services

if TYPE_CHECKING:  # built when they are first needed
    from explorer.data.tab import DataPanel
    from explorer.gallery.tab import GalleryPanel
    from explorer.train.tab import TrainPanel

DATA, TRAIN, GALLERY, EXPLORE = range(4)
HELP_ANCHORS = ("data", "train", "gallery", "explore")
"""The headings about the tabs, in docs/window.md."""
HOMES = {"data": DATA, "start": TRAIN, "photo": EXPLORE, "faces": EXPLORE, "waiting pictures": EXPLORE, "direction": EXPLORE}
"""The tab that messages of a topic belong to, whichever is in front when they come; those of other topics belong to that one."""
_MORE_TOOLS = ("undo", "redo", "reset", "", "zoom_in", "zoom_out", "zoom_fit", "whole_photo")  # under Explore's canvas
TOAST_MARGIN = 48  # pixels: above the status line


def _topic_of(tab: int) -> str:
    """The topic of messages that answer what was done in a tab."""
    return f"tab {tab}"


_OF_MODEL = "model in use"
"""The topic of errors that name no other, in tabs that show what the model in use does: another model settles them."""
_OF_FOCUS = "focus"
"""The topic of what was said of the control with the focus."""
_WITH_MODEL = (_topic_of(GALLERY), _topic_of(EXPLORE))


class MainWindow(QMainWindow):
    """Holds the panels. Explore is built at once; the others when they are first needed, or when there is time."""

    model_requested = Signal(str)
    """A checkpoint's file or a run folder is to be opened."""
    actions_by_id: dict[str, QAction]
    explore: ExplorePanel
    menus: PictureMenus

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._model_path = ""  # of the model in use
        services.document.model_changed.connect(self._on_document_model_changed)  # first: what others say of it is to be read
        self.files = FileActions(services.document, services.settings, services.messenger, lambda: self.explore, self)
        self.files.model_chosen.connect(self.model_requested)
        self.files.pictures_chosen.connect(self._on_files_pictures_chosen)
        self.files.picture_pasted.connect(self._on_files_picture_pasted)
        self.dialogs = WindowDialogs(services.document, services.settings, services.messenger, self)
        self.dialogs.theme_chosen.connect(lambda choice: self.actions_by_id[f"theme_{choice}"].trigger())
        self.dialogs.model_changed.connect(self.model_requested)
        self.dialogs.labelled.connect(lambda *folders: self._in_data(lambda data: data.read_again(*folders)))
        self.edits = EditActions(services.document, services.messenger, self.dialogs.show_apply_edit, self)
        self.edits.copies.changed.connect(self._update_actions)
        self.setWindowTitle("Labkhand")
        self.setWindowIcon(icon("smile"))
        self.actions_by_id = make_actions(self, self._handlers())
        self.addActions(list(self.actions_by_id.values()))
        self.recent = Recent(services.settings, services.messenger, self)
        self.header = Header(services.document, services.settings, self.actions_by_id, self.recent, self)
        self.recent.data_chosen.connect(lambda config: self._in_data(lambda data: data.open_config(config)))
        self.recent.model_chosen.connect(self.model_requested)
        self.recent.photo_chosen.connect(lambda path: self.files.pictures_chosen.emit([path]))
        self.header.add_menu(RecentMenu(self.recent, self))
        names = ("tab_data", "tab_train", "tab_gallery", "tab_explore")
        makers: dict[int, Callable[[QWidget], Building]] = {
            EXPLORE: self._make_explore,
            TRAIN: self._make_train,
            DATA: self._make_data,
            GALLERY: self._make_gallery,
        }
        self.tabs = LazyTabs([self.actions_by_id[name] for name in names], makers, services.settings, self)
        self.tabs.setCornerWidget(self.header)
        self.tabs.resized.connect(lambda: self.header.set_room(self.tabs.width() - self.tabs.tabBar().sizeHint().width()))
        self.status = StatusLine(self)
        self.full_screen: FullScreen | None = None
        self._came_from: tuple[int, DataConfig] | None = None
        central = QWidget(self)
        layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.status)
        self.setCentralWidget(central)
        document = services.document
        unsaved = Unsaved(lambda: document.unsaved, self._unsaved_directions, self._save_all)
        self.closing = Closing(services.job, self._planned_note, unsaved, self.status, self)
        self.toasts = ToastArea(self, bottom_margin=TOAST_MARGIN)
        self.explore = cast(ExplorePanel, self.tabs.panel(EXPLORE))
        self._last_message = LastMessage(self.status.line, self.toasts, self)
        self.status.run_clicked.connect(lambda: self.show_tab(TRAIN))
        self.header.model_chosen.connect(self._on_header_model_chosen)
        services.messenger.message_posted.connect(self._on_messenger_message_posted)
        services.messenger.settled.connect(self._on_messenger_settled)
        cast(QApplication, QApplication.instance()).focusChanged.connect(self._on_application_focus_changed)
        services.document.undo_changed.connect(self._update_actions)
        services.document.session_changed.connect(self._update_actions)
        self.explore.view_changed.connect(self._update_actions)
        restore(self, services.settings, self.actions_by_id)
        self.tabs.setCurrentIndex(EXPLORE)
        self.toasts.set_front(_topic_of(EXPLORE))
        self.tabs.currentChanged.connect(self._on_tabs_current_changed)
        self.setFocus(Qt.FocusReason.OtherFocusReason)  # else Qt gives it to the first button, with a frame
        self._update_actions()

    # -- panels -------------------------------------------------------------------------------------------------

    def panel(self, index: int) -> QWidget:
        """A tab's panel, built if it wasn't yet."""
        return self.tabs.panel(index)

    @property
    def data(self) -> DataPanel:
        """The Data tab's panel; likewise the others."""
        return cast("DataPanel", self.panel(DATA))

    @property
    def train(self) -> TrainPanel:
        return cast("TrainPanel", self.panel(TRAIN))

    @property
    def gallery(self) -> GalleryPanel:
        return cast("GalleryPanel", self.panel(GALLERY))

    def build_next(self) -> bool:
        """Build a part of a panel that isn't built yet; False once all are."""
        return self.tabs.build_next()

    def show_tab(self, index: int) -> None:
        """Bring a tab to the front."""
        self.tabs.setCurrentIndex(index)

    def _make_explore(self, page: QWidget) -> Building:
        yield from ()  # the first tab shown is built in one go
        s = self._services
        panel = ExplorePanel(s.document, s.decoding, s.settings, s.messenger, page)
        panel.open_requested.connect(self.files.open_picture)
        panel.canvas.readout.full_screen.show()
        panel.canvas.readout.full_screen_chosen.connect(self.toggle_full_screen)
        panel.strip.more.setMenu(self.edits.menu(self.actions_by_id, panel))
        panel.tools.set_more([self.actions_by_id[name] if name else None for name in _MORE_TOOLS])
        panel.faces.data_requested.connect(lambda: self.show_tab(DATA))
        panel.faces.fitting_model_requested.connect(self.model_requested)
        panel.faces.reframe_requested.connect(self._on_panel_reframe_requested)
        panel.faces.own_pictures_requested.connect(self._on_panel_own_pictures_requested)
        panel.faces.opener.model_requested.connect(self.model_requested)
        panel.folder_requested.connect(self._on_explore_folder_requested)
        panel.faces.opener.file_opened.connect(self.recent.add_photo)
        panel.faces.adder.added.connect(self._on_adder_added)
        panel.save_picture_requested.connect(self.files.save_picture)
        panel.save_many_requested.connect(self.files.save_many)
        panel.save_strip_requested.connect(self.files.save_strip)
        self.menus = PictureMenus(panel, s.document, self.actions_by_id, self.files, self.edits.copies)
        panel.menu.teach_requested.connect(lambda: self.dialogs.show_teach(s.decoding, self.explore.menu.keeper))
        panel.menu.retouch_requested.connect(self.dialogs.show_retouch)
        return panel

    def _make_data(self, page: QWidget) -> Building:
        from explorer.data.tab import DataPanel  # noqa: PLC0415 - not needed for the first picture

        yield
        s = self._services
        panel = DataPanel(s.document, s.settings, s.messenger, page)
        panel.go_to_train_requested.connect(lambda: self._in_train(lambda train: train.show_setup()))
        panel.sorting_requested.connect(self.dialogs.show_sort)
        panel.reading_ended.connect(self._on_data_reading_ended)
        return panel

    def _make_train(self, page: QWidget) -> Building:
        from explorer.train.column import DataBox  # noqa: PLC0415
        from explorer.train.run_box import RunBox  # noqa: PLC0415
        from explorer.train.settings.form import TrainSettings  # noqa: PLC0415
        from explorer.train.tab import TrainPanel, TrainParts  # noqa: PLC0415
        from explorer.train.view import TrainView  # noqa: PLC0415

        s = self._services
        yield
        form = TrainSettings(page)
        yield
        view = TrainView(s.messenger, s.settings, page)
        yield
        run_box, data_box = RunBox(page), DataBox(page)
        yield
        panel = TrainPanel(s.document, s.job, s.settings, s.messenger, page, TrainParts(form, view, run_box, data_box))
        yield
        panel.lay_out()
        panel.data_requested.connect(lambda: self.show_tab(DATA))
        panel.model_requested.connect(self._on_train_model_requested)
        panel.run_progressed.connect(self._on_train_run_progressed)
        panel.run_ended.connect(self.status.clear_run)
        panel.undo_changed.connect(self._update_actions)
        panel.run_moved.connect(lambda old, new: follow_run(s.document, s.settings, old, new))
        panel.pictures_requested.connect(self._on_train_pictures_requested)
        panel.prior_requested.connect(self.dialogs.show_prior)
        return panel

    def _make_gallery(self, page: QWidget) -> Building:
        from explorer.gallery.tab import GalleryPanel  # noqa: PLC0415

        yield
        s = self._services
        panel = GalleryPanel(s.document, s.decoding, s.settings, s.messenger, page)
        panel.face_chosen.connect(self._on_gallery_face_chosen)
        panel.model_requested.connect(self.header.model_button.showMenu)
        panel.train_requested.connect(lambda: self.show_tab(TRAIN))
        panel.data_requested.connect(lambda: self.show_tab(DATA))
        panel.fitting_model_requested.connect(self.model_requested)
        panel.reframe_requested.connect(self._on_panel_reframe_requested)
        panel.own_pictures_requested.connect(self._on_panel_own_pictures_requested)
        return panel

    # -- actions ------------------------------------------------------------------------------------------------

    def _handlers(self) -> dict[str, Callable[..., object]]:
        settings = self._services.settings
        return {
            "open_data": lambda: self._ask_in_data(lambda data: data.choose_folder()),
            "open_demo": lambda: self._in_data(lambda data: data.choose_demo()),
            "open_sprites": lambda: self._in_data(lambda data: data.choose_sprites()),
            "open_digits": lambda: self._ask_in_data(lambda data: data.choose_digits()),
            "sort_pictures": self.dialogs.show_sort,
            "open_model": self.files.open_model,
            "learn_prior": self.dialogs.show_prior,
            "open_photo": self.files.open_picture,
            "save_picture": self.save_picture,
            "save_strip": self._with_faces(self.files.save_strip),
            "save_before_after": self._with_faces(self.files.exporter.save_before_after),
            "save_film": self._with_faces(self.files.exporter.save_film),
            "copy_picture": self.copy_picture,
            "paste_photo": self.files.paste_photo,
            "copy_edit": self._with_faces(self.edits.copies.copy),
            "paste_edit": self._with_faces(self.edits.copies.paste),
            "apply_edit": self._with_faces(self.edits.apply),
            "next_face": lambda: self.explore.faces.opener.turn_to_face(1),
            "previous_face": lambda: self.explore.faces.opener.turn_to_face(-1),
            "show_photo": self.show_photo,
            "take_away": self.take_away,
            "undo": self.undo,
            "redo": self.redo,
            "reset": self.reset,
            "reroll": self.reroll,
            "zoom_in": lambda: self._zoom(lambda area: area.zoom_in()),
            "zoom_out": lambda: self._zoom(lambda area: area.zoom_out()),
            "zoom_actual": lambda: self._zoom(lambda area: area.show_actual_size()),
            "zoom_fit": lambda: self._zoom(lambda area: area.fit()),
            "plain_pixels": lambda is_plain: choose_plain_pixels(self, settings, is_plain),
            "full_screen": self.toggle_full_screen,
            "whole_photo": lambda: self._in_sight(lambda explore: explore.toggle_whole_photo()),
            "before": lambda: self._in_sight(lambda explore: explore.toggle_before()),
            "split": lambda: self._in_sight(lambda explore: explore.toggle_split()),
            "start_training": lambda: self._in_train(lambda train: train.toggle_start()),
            "pause_training": lambda: self._in_train(lambda train: train.toggle_pause()),
            "stop_training": lambda: self._in_train(lambda train: train.stop()),
            "tab_data": lambda: self.show_tab(DATA),
            "tab_train": lambda: self.show_tab(TRAIN),
            "tab_gallery": lambda: self.show_tab(GALLERY),
            "tab_explore": lambda: self.show_tab(EXPLORE),
            "theme_system": lambda _: choose_theme(settings, "system"),
            "theme_light": lambda _: choose_theme(settings, "light"),
            "theme_dark": lambda _: choose_theme(settings, "dark"),
            "settings": self.dialogs.show_settings,
            "menu": self.open_menu,
            "help": self.show_help,
            "shortcuts": self.dialogs.show_shortcuts,
            "explain": self.explain_focus,
            "about": self.dialogs.show_about,
            "quit": self.close,
        }

    def _with_faces(self, do: Callable[[], object]) -> Callable[[], None]:
        """An action on an edited face; with a model without codes, what speaks against it is said instead."""

        def act() -> None:
            model = self._services.document.model
            if model is None or model.spaces:
                do()
                return
            text = self.tr("A {family} has no codes, so there is no edit of a face. This needs another model, such as a VAE.")
            self._services.messenger.info(text.format(family=model.family.title))

        return act

    def _in_data(self, do: Callable[[DataPanel], object]) -> None:
        self.show_tab(DATA)
        do(self.data)

    def _ask_in_data(self, ask: Callable[[DataPanel], bool]) -> None:
        """Ask for pictures, and go to the Data tab if any were chosen."""
        if ask(self.data):
            self.show_tab(DATA)

    def _in_train(self, do: Callable[[TrainPanel], object]) -> None:
        self.show_tab(TRAIN)
        do(self.train)

    def undo(self) -> None:
        """Take back the last change, in Train that of the runs: their old names, or out of the trash again."""
        if self._undoes_runs:
            self.train.undo()
            return
        stack = self.explore.undo_stack
        self._say_out_of_sight(self.tr("Undone in Explore: {text}"), stack.undoText())
        stack.undo()

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        stack = self.explore.undo_stack
        self._say_out_of_sight(self.tr("Done again in Explore: {text}"), stack.redoText())
        stack.redo()

    def _say_out_of_sight(self, what: str, change: str) -> None:
        if change and self.tabs.currentIndex() != EXPLORE:  # it can't be seen
            self._services.messenger.info(what.format(text=change))

    @property
    def _undoes_runs(self) -> bool:
        return self.tabs.currentIndex() == TRAIN and self.tabs.built(TRAIN) is not None and self.train.can_undo

    def _zoom(self, do: Callable[[ZoomArea], object]) -> None:
        """Zoom the picture with the focus, or else the one in the tab in front."""
        area = self._zoom_area()
        if area is not None:
            do(area)

    def _zoom_area(self) -> ZoomArea | None:
        if self.full_screen is not None:
            return self.full_screen.area
        focused, front = self.focusWidget(), self.tabs.currentWidget()
        areas = [area for area in front.findChildren(ZoomArea) if area.isVisible()] if front is not None else []
        return focused if isinstance(focused, ZoomArea) and focused in areas else next(iter(areas), None)

    def toggle_full_screen(self) -> None:
        """Show the picture that would be zoomed on the whole screen, or no longer."""
        area = self._zoom_area()
        if self.full_screen is not None:
            self.full_screen.close()
        elif area is None:
            self._services.messenger.info(self.tr("There is no picture here that could fill the screen."))
        else:
            self.full_screen = FullScreen(area, self.actions_by_id, self)
            self.full_screen.closed.connect(self._on_full_screen_closed)

    def _on_full_screen_closed(self) -> None:
        self.full_screen = None

    def _in_sight(self, do: Callable[[ExplorePanel], object]) -> None:
        """Do something to what Explore shows, if it is in front."""
        if self.tabs.currentIndex() == EXPLORE:
            do(self.explore)

    def reroll(self) -> None:
        """Show other faces, in the tab in front."""
        if self.tabs.currentIndex() == DATA:
            self.data.faces.reshuffle()
        elif self.tabs.currentIndex() == GALLERY:
            self.gallery.reroll()
        else:
            self.explore.faces.reroll()

    def show_photo(self) -> None:
        """Open the folder of the picture on Explore's canvas."""
        self.menus.show_photo()

    def take_away(self) -> None:
        """Take the picture on Explore's canvas out of the list of opened ones."""
        self.explore.faces.take_away()

    def reset(self) -> None:
        """Take back what edits Explore shows."""
        self.explore.reset()

    def show_help(self) -> None:
        """Say what the tab in front is."""
        self.dialogs.show_help(HELP_ANCHORS[self.tabs.currentIndex()])

    def open_menu(self) -> None:
        """Open the program's menu."""
        self.header.open_menu()

    def explain_focus(self) -> None:
        """Show the tooltip of what has the focus, as the mouse would."""
        if not explain_focus():
            text = self.tr("There is no explanation of this. F1 says what the tab in front is.")
            self._last_message.show(Message(text), (_topic_of(self.tabs.currentIndex()), _OF_FOCUS))

    def save_picture(self) -> None:
        """Save what is in front: the Gallery's sheet, the pictures of a run, or the edited face; or say why nothing is saved."""
        front = self.tabs.currentIndex()
        if front == GALLERY:
            self.gallery.save()
        elif self._has_picture_in_sight():
            save = self.files.save_picture if front == EXPLORE else self.train.view.preview.save_picture
            save()

    def copy_picture(self) -> None:
        """Copy what is in front: the pictures of a run, or the edited face; or say why nothing is copied."""
        front = self.tabs.currentIndex()
        if front == GALLERY:
            self._services.messenger.info(self.tr("The Gallery's pictures can't be copied; save them instead."))
        elif self._has_picture_in_sight():
            copy = self.files.copy_picture if front == EXPLORE else self.train.view.preview.copy_picture
            copy()

    def _has_picture_in_sight(self) -> bool:
        """Whether Explore or the pictures of a run are in front; if not, it is said why."""
        front, reason = self.tabs.currentIndex(), ""
        if front == DATA:
            reason = self.tr("The edited picture is in Explore; go there to save or copy it.")
        elif front == TRAIN:
            reason = self._why_out_of_sight() or self.train.view.preview.missing
        if reason:
            self._services.messenger.info(reason)
        return not reason

    def _why_out_of_sight(self) -> str:
        """Why the pictures of a run aren't seen though Train is in front; empty where they are."""
        if self.train.stage.currentWidget() is not self.train.view:
            return self.tr("The pictures of the run are behind the table of runs; close it first.")
        is_seen = self.train.view.preview.isVisible()
        return "" if is_seen else self.tr("The pictures of the run are folded away; unfold them first.")

    # -- events -------------------------------------------------------------------------------------------------

    def _update_actions(self) -> None:
        stack = self.explore.undo_stack
        self.actions_by_id["undo"].setEnabled(self._undoes_runs or stack.canUndo())
        self.actions_by_id["redo"].setEnabled(stack.canRedo())
        self.edits.update(self.actions_by_id, self.explore.tools.sees_edits)

    def _on_messenger_message_posted(self, message: Message) -> None:
        home = _topic_of(HOMES.get(message.topic, self.tabs.currentIndex())) if message.of_tab else ""
        of_model = message.kind == "error" and not message.topic and home in _WITH_MODEL
        topics = tuple(filter(None, (message.topic or (_OF_MODEL if of_model else ""), home)))
        self._last_message.show(message, topics)
        if message.is_quiet:
            return
        self.toasts.show_message(message.text, message.kind, message.details, message.action, topics, home)

    def _on_application_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is not None:
            self._last_message.settle(_OF_FOCUS)

    def _on_document_model_changed(self, model: LoadedModel | None) -> None:
        path = model.path if model is not None else ""
        if path != self._model_path:  # rather than the same run's next epoch
            self._model_path = path
            self._on_messenger_settled(_OF_MODEL)

    def _on_messenger_settled(self, topic: str) -> None:
        self._last_message.settle(topic)
        self.toasts.dismiss(topic)

    def _on_tabs_current_changed(self, index: int) -> None:
        if self.full_screen is not None:
            self.full_screen.close()  # it would go on showing the tab before
        self._update_actions()
        for other in range(self.tabs.count()):
            if other != index:
                self._last_message.leave(_topic_of(other))
        self.toasts.set_front(_topic_of(index))
        if index != DATA:
            self._came_from = None

    def _on_train_model_requested(self, path: str, edits: bool) -> None:
        self.model_requested.emit(path)
        self.show_tab(EXPLORE if edits else GALLERY)

    def _on_train_pictures_requested(self, config: DataConfig) -> None:
        self.data.open_config(config)

    def _on_train_run_progressed(self, p: RunProgress) -> None:
        speed, left = p.images_per_second, p.seconds_left
        self.status.set_run(p.name, p.epoch, p.epochs, speed, left, p.fraction, p.phase, p.is_paused, p.doing)

    def _on_adder_added(self, added: Added) -> None:
        if added.picture.path is not None:
            self.recent.add_photo(str(added.picture.path))

    def _on_files_pictures_chosen(self, paths: list[str]) -> None:
        self.show_tab(EXPLORE)
        self.explore.faces.open_files(paths)

    def _on_files_picture_pasted(self, path: str, kept: object) -> None:
        self.show_tab(EXPLORE)
        self.explore.faces.open_file(path, kept)

    def _on_gallery_face_chosen(self, anchor: Anchor, original: np.ndarray | None, class_name: str = "") -> None:
        self._services.document.set_anchor(anchor, original, class_name)
        self.show_tab(EXPLORE)

    def _on_explore_folder_requested(self, folder: str) -> None:
        self._in_data(lambda data: data.open_source(folder))

    def _on_header_model_chosen(self, path: str) -> None:
        """Open a model, unless it is the one in use: this is said, as nothing else would change."""
        document = self._services.document
        if document.model is not None and not document.loading and is_in_use(document.model, Path(path)):
            self._services.messenger.info(self.tr("The model {name} is in use already.").format(name=document.model.name))
        else:
            self.model_requested.emit(path)

    def _on_panel_reframe_requested(self, crop: str, size: int) -> None:
        """Read the pictures for the model in use, in sight of how far that is, and then lead back to the tab that asked."""
        asked_in = self.tabs.currentIndex()
        self.show_tab(DATA)
        self.data.reframe(crop, size)
        config = self.data.being_read
        self._came_from = None if config is None else (asked_in, config)

    def _on_panel_own_pictures_requested(self, config: DataConfig) -> None:
        """Read the pictures that the model in use learned from, and then lead back to the tab that asked."""
        asked_in = self.tabs.currentIndex()
        self._in_data(lambda data: data.open_config(config))
        self._came_from = asked_in, config

    def _on_data_reading_ended(self, config: DataConfig) -> None:
        came_from, self._came_from = self._came_from, None
        if came_from is not None and came_from[1] == config:
            self.show_tab(came_from[0])
            self._focus_tab()

    def _focus_tab(self) -> None:
        """The button that led away is gone: keys mean what it has brought, not whatever comes next in the window."""
        index, focused = self.tabs.currentIndex(), self.focusWidget()
        panel = self.tabs.built(index)
        if panel is not None and (focused is None or not panel.isAncestorOf(focused)):
            heir = self.explore.front_canvas if index == EXPLORE else self.tabs.tabBar()
            heir.setFocus(Qt.FocusReason.OtherFocusReason)

    def on_model_ready(self, model: LoadedModel) -> None:
        """Choose a face where there is none, and give the smile's slider the focus."""
        if Path(model.path) not in checkpoint.shipped().values():
            self.recent.add_model(model.path)
        self.explore.choose_first_face()
        QTimer.singleShot(0, self, self._focus_smile)  # the sliders of a new model are shown once they have their places

    def _focus_smile(self) -> None:
        slider, focused = self.explore.sliders.main_slider, self.focusWidget()
        if (
            slider is not None
            and slider.isVisibleTo(self.explore)
            and self.tabs.currentIndex() == EXPLORE
            and (focused is None or not self.explore.isAncestorOf(focused))
        ):
            slider.setFocus(Qt.FocusReason.OtherFocusReason)

    def _planned_note(self) -> str:
        return self.train.plans.closing_note if self.tabs.built(TRAIN) is not None else ""

    def _unsaved_directions(self) -> list[str]:
        """The directions that are in no file, by name and, where another model is in use, with their model's."""
        document = self._services.document
        named = ((title(one), document.model_left(one)) for one in document.unsaved_directions)
        of_model = self.tr("{direction} of {model}")
        return [of_model.format(direction=name, model=model) if model else name for name, model in named]

    def _save_all(self, then: Callable[[], None]) -> None:
        """Save all edits that are in no file, where the progress can be seen."""
        self.show_tab(EXPLORE)
        self.files.save_all(then)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press_with_return(event):
            super().keyPressEvent(event)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.closing.may_close():
            event.ignore()
            return
        if self.full_screen is not None:
            self.full_screen.close()
        remember(self, self._services.settings, self.tabs.splitter_states())
        self._services.decoding.close()
        super().closeEvent(event)
