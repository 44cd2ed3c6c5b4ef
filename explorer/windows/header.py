"""The right end of the tab bar: what this tab is, the model in use, the device, and the program's own menu."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget, QWidgetAction

from core import checkpoint
from core.data.sources import spoken_name
from core.errors import CoreError
from core.families.base import SPARSE
from core.families.registry import family
from core.latent.learned_prior import may_learn
from core.runs.events_log import EVENTS_NAME, began_at
from core.runs.listing import read_config
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.document.recent import Recent
from explorer.look.icons import icon
from explorer.look.theme import EDGE, SPACE, small_font
from explorer.settings.store import SettingsStore
from explorer.train.start import model_file_name

LISTED_RUNS = 8


class Header(QWidget):
    """Shows which model is in use, and where it computes; opens others."""

    model_chosen = Signal(str)
    """A checkpoint's file."""

    def __init__(
        self,
        document: Document,
        settings: SettingsStore,
        actions: dict[str, QAction],
        recent: Recent,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._settings = settings
        self._actions = actions
        self._recent = recent
        self._room = 0  # 0: as much as it likes
        self._text = ""
        self._name = ""
        self._model_menu = QMenu(self)
        self._model_menu.setToolTipsVisible(True)
        self._model_menu.aboutToShow.connect(self._fill_model_menu)
        self.model_button = QToolButton(self)
        self.model_button.setIcon(icon("model"))
        self.model_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.model_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.model_button.setAutoRaise(True)
        self.model_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.model_button.setMenu(self._model_menu)
        self._device = QLabel(self)
        self._device.setProperty("muted", True)
        self._device.setToolTip(self.tr("Where this window computes pictures, and with what precision; each run shows its own"))
        self.help_button = QToolButton(self)
        self.help_button.setIcon(icon("info"))
        self.help_button.setText(self.tr("What is this?"))
        self.help_button.setAutoRaise(True)
        self.help_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.help_button.setToolTip(actions["help"].toolTip())
        self.help_button.setAccessibleName(self.tr("What is this?"))
        self.help_button.clicked.connect(lambda _checked=False: actions["help"].trigger())
        self.more_button = QToolButton(self)
        self.more_button.setIcon(icon("more"))
        self.more_button.setAutoRaise(True)
        self.more_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more_button.setToolTip(actions["menu"].toolTip())
        self.more_button.setAccessibleName(self.tr("Menu"))
        self.more_button.setMenu(self._program_menu())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, EDGE - SPACE, 0)
        layout.setSpacing(SPACE)
        for widget in (self.help_button, self.model_button, self._device, self.more_button):
            layout.addWidget(widget)
        document.model_changed.connect(self._show)
        document.model_loading_changed.connect(self._show)
        self._show()

    def open_menu(self) -> None:
        """Open the program's menu below its button, at its first entry."""
        menu = self.more_button.menu()
        menu.popup(self.more_button.mapToGlobal(self.more_button.rect().bottomLeft()))
        menu.setActiveAction(menu.actions()[0])

    def add_menu(self, menu: QMenu) -> None:
        """Put a menu below the actions that open things, in the menu of files."""
        self._file_menu.insertMenu(self._below_open, menu)

    def set_room(self, width: int) -> None:
        """Say how wide it may be: words, device and help go first where there is no room, then the model's name is elided."""
        if width != self._room:
            self._room = width
            self._fit()

    def _fit(self) -> None:
        self.model_button.setText(self._text)
        self._device.setVisible(bool(self._device.text()))
        self.help_button.show()
        self.help_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        layout = self.layout()
        assert layout is not None
        icon_alone = partial(self.help_button.setToolButtonStyle, Qt.ToolButtonStyle.ToolButtonIconOnly)
        steps = (icon_alone, self._device.hide, self._name_with_dots, self._name_alone, self.help_button.hide, self._elide)
        for shorten in steps:
            layout.invalidate()
            if 0 < self._room < self.sizeHint().width():
                shorten()
        self.updateGeometry()

    def _name_with_dots(self) -> None:
        if self._name:
            self.model_button.setText(f"{self._name}…" if self._document.loading else self._name)

    def _name_alone(self) -> None:
        self.model_button.setText(self._name or self._text)

    def _elide(self) -> None:
        text, metrics = self.model_button.text(), self.model_button.fontMetrics()
        over = self.sizeHint().width() - self._room
        room = max(metrics.horizontalAdvance(text) - over, metrics.horizontalAdvance("MMMM"))
        self.model_button.setText(metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room))

    def _program_menu(self) -> QMenu:
        """A few submenus, so that none is higher than a small screen."""
        menu = QMenu(self)
        self._file_menu = self._add_submenu(
            menu,
            self.tr("File"),
            ("open_data", "open_demo", "open_sprites", "open_digits", "sort_pictures", "", "open_model", "open_photo"),
        )
        self._below_open = self._file_menu.addSeparator()
        self._file_menu.addAction(self._actions["save_picture"])
        edits = ("copy_picture", "paste_photo", "", "copy_edit", "paste_edit", "apply_edit")
        self._add_submenu(menu, self.tr("Edit"), ("undo", "redo", "reset", "", *edits))
        zoom = ("zoom_in", "zoom_out", "zoom_actual", "zoom_fit")
        view = self._add_submenu(
            menu, self.tr("View"), (*zoom, "plain_pixels", "", "full_screen", "whole_photo", "", "before", "split")
        )
        view.addSeparator()
        self._add_submenu(view, self.tr("Appearance"), ("theme_system", "theme_light", "theme_dark"))
        self._add_submenu(menu, self.tr("Help"), ("help", "shortcuts", "explain", "", "about"))
        menu.addSeparator()
        for name in ("settings", "quit"):
            menu.addAction(self._actions[name])
        return menu

    def _add_submenu(self, menu: QMenu, title: str, names: Sequence[str]) -> QMenu:
        """A menu of these actions; "" is a line between them."""
        submenu = menu.addMenu(title)
        for name in names:
            if name:
                submenu.addAction(self._actions[name])
            else:
                submenu.addSeparator()
        return submenu

    def _fill_model_menu(self) -> None:
        """Shipped models, the newest runs, what was opened lately besides, and any file."""
        menu = self._model_menu
        menu.clear()
        current = self._document.model.path if self._document.model else ""
        self._add_title(self.tr("Shipped models"))
        for name, path in checkpoint.shipped().items():
            self._offer(name, path, current)
        runs = newest_runs(self._settings.runs_place)
        if runs:
            menu.addSeparator()
            self._add_title(self.tr("Runs"))
            for run in runs:
                self._offer(run.name, run / "checkpoints" / "best.safetensors", current)
        listed = {str(action.data()) for action in menu.actions()}
        recent = [path for path in self._recent.models if path not in listed]
        if recent:
            menu.addSeparator()
            self._add_title(self.tr("Opened lately"))
            for file in recent:
                self._offer(model_file_name(file), Path(file), current, partial(self._recent.choose_model, file))
        menu.addSeparator()
        menu.addAction(self._actions["open_model"])
        if self._document.model is not None and may_learn(self._document.model.header.config):
            menu.addAction(self._actions["learn_prior"])

    def _add_title(self, text: str) -> None:
        """A heading within the menu; Fusion shows none of QMenu's own sections' texts."""
        label = QLabel(text, self._model_menu)
        label.setProperty("menu_title", True)
        label.setFont(small_font())
        action = QWidgetAction(self._model_menu)
        action.setDefaultWidget(label)
        action.setEnabled(False)
        self._model_menu.addAction(action)

    def _offer(self, name: str, path: Path, current: str, choose: Callable[[], None] | None = None) -> None:
        about = model_words(path)
        action = self._model_menu.addAction("\t".join(text.replace("&", "&&") for text in (name, about) if text))
        action.setData(str(path))
        action.setToolTip("\n".join(text for text in (about, str(path)) if text))
        action.setCheckable(True)
        action.setChecked(str(path) == current)
        choose = choose or partial(self.model_chosen.emit, str(path))
        action.triggered.connect(lambda _checked=False, choose=choose: choose())

    def _show(self) -> None:
        model: LoadedModel | None = self._document.model
        if self._document.loading:
            text = self.tr("Loading {name}…").format(name=self._document.loading)
        else:
            text = self.tr("Model: {name}").format(name=model.name) if model else self.tr("No model")
        self._text = text
        self._name = self._document.loading or (model.name if model is not None else "")  # enough where there is little room
        self._device.setText(model.device if model else "")
        self._fit()
        self.model_button.setToolTip(describe(model, self) if model else self.tr("Choose a model"))


def newest_runs(folder: Path) -> list[Path]:
    """The run folders that hold a model, the newest first, as runs are listed: by when they began."""
    try:
        folders = [path for path in folder.iterdir() if (path / "checkpoints" / "best.safetensors").is_file()]
        began = {path: began_at(path / EVENTS_NAME) for path in folders}
    except OSError:  # no runs yet
        return []
    newest = sorted(folders, key=lambda path: (0.0 if math.isnan(began[path]) else began[path], path.name), reverse=True)
    return newest[:LISTED_RUNS]


def model_words(path: Path) -> str:
    """What a model's file holds, in a few words: "VAE, 64 px, latent 128, beta 4"; empty where that can't be read.

    A run's own settings are read from beside it, which takes less than its header.
    """
    config = read_config(path.parent.parent) if path.parent.name == "checkpoints" else None
    if config is None:
        try:
            config = checkpoint.read_header(path).config
        except CoreError:
            return ""
    kind = family(config.family)
    return ", ".join((kind.title, f"{config.data.image_size} px", *kind.about(config.settings)))


def describe(model: LoadedModel, widget: QWidget) -> str:
    """The tooltip of the model in use."""
    header = model.header
    channels, height, width = header.image_shape
    kind = widget.tr("colour") if channels == 3 else widget.tr("grey")
    if model.space.adds:
        codes = widget.tr("latent size {size}").format(size=model.size)
        if model.active is not None:
            codes = widget.tr("{codes} ({n} active)").format(codes=codes, n=model.active)
    elif model.space.kind == SPARSE:
        grid, _, atoms = model.space.shape
        codes = widget.tr("{grid} × {grid} places of {atoms} atoms each").format(grid=grid, atoms=atoms)
    elif not model.spaces:
        codes = widget.tr("without codes")
    else:
        shape = " × ".join(map(str, model.space.shape))
        codes = widget.tr("a grid of {shape} out of {count} codes").format(shape=shape, count=f"{model.space.entries:,}")
    return widget.tr(
        "The model in use: {family}, {kind} {width}×{height}, {codes}, epoch {epoch}, trained on {data}. Click to choose another."
    ).format(
        family=model.family.title,
        kind=kind,
        width=width,
        height=height,
        codes=codes,
        epoch=header.epoch,
        data=spoken_name(header.config.data.source, header.data.get("name", "?")),
    )
