"""`--screenshots DIR`: the real app on the shipped model, used as a person would, in light and dark."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QEvent, QEventLoop, QPoint, Qt, QTimer
from PySide6.QtGui import QCursor, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core import checkpoint
from core.errors import CoreError
from core.families.base import Can
from core.files import write_whole

if TYPE_CHECKING:
    from explorer.app import App
    from explorer.train.tab import TrainPanel

SIZE = (1280, 800)
PATIENCE_MS = 300_000
CLEAR = 0.15  # of the way from the least to the most smiling sample: nearer to the middle it isn't clear
DEMO_PICTURES = 240  # for the Data tab's screenshot: few, so that it takes seconds


def take_all(qt: QApplication, folder: Path, checkpoint_name: str = "") -> int:
    """Save a picture of every tab and dialog, light and dark; gives the exit code.

    Settings, runs and caches of the person are left alone: it runs on its own, in a temporary folder.

    Raises:
        CoreError: a picture can't be written, or the app didn't get ready.
    """
    with tempfile.TemporaryDirectory(prefix="labkhand-") as own:
        os.environ["LABKHAND_SETTINGS"] = str(Path(own) / "settings.ini")
        os.environ["LABKHAND_RUNS"] = str(Path(own) / "runs")
        os.environ["LABKHAND_CACHE"] = str(Path(own) / "cache")
        from explorer.app import App

        app = App(qt)
        try:
            return _Tour(qt, app, Path(folder), Path(own)).go(checkpoint_name)
        finally:
            app.close()
            app.window.closing.ask_unsaved = lambda: True  # type: ignore[method-assign] - nobody is there to be asked
            app.window.close()


class _Tour:
    def __init__(self, qt: QApplication, app: App, folder: Path, own: Path) -> None:
        self._qt = qt
        self._app = app
        self._window = app.window
        self._folder = folder
        self._own = own

    def go(self, checkpoint_name: str) -> int:
        from explorer.explore.faces.column import SAMPLES
        from explorer.windows.main_window import DATA, EXPLORE, GALLERY, TRAIN

        app, window = self._app, self._window
        window.resize(*SIZE)
        QCursor.setPos(window.mapToGlobal(QPoint(SIZE[0] // 2, SIZE[1] - 8)))  # on nothing that lights up under the mouse
        app.start(checkpoint_name or "")
        self._wait(lambda: app.document.model is not None and app._settled, "the model")
        self._wait(lambda: window.explore.picture is not None, "the first face")
        for index, name in ((DATA, "data-empty"), (TRAIN, "train-empty")):
            window.show_tab(index)
            self._shoot(name)
        self._explore(EXPLORE, "explore")
        self._teach(EXPLORE)
        self._photo(EXPLORE)
        if not checkpoint_name:
            self._others(GALLERY, EXPLORE)
        self._read_demo(DATA)
        if not checkpoint_name and "drawn" in checkpoint.shipped():
            app.open_model(str(checkpoint.shipped()["drawn"]))
            self._wait(lambda: app.document.model.name == "drawn", "the model of the drawn faces")
            window.explore.faces.set_source(SAMPLES)
            window.explore.faces.open_typical_sample()
            self._explore(EXPLORE, "explore-drawn")
        window.show_tab(TRAIN)
        self._shoot("train")
        self._gallery(GALLERY)
        self._train(TRAIN)
        window.header.model_button.menu().popup(window.header.mapToGlobal(QPoint(0, window.header.height())))
        self._settle()
        self._shoot_widget(window.header.model_button.menu(), "model-menu")
        window.header.model_button.menu().close()
        for show, name in ((window.dialogs.show_about, "about"), (window.dialogs.show_settings, "settings")):
            show()
            self._shoot_dialogs(name)
        return 0

    def _explore(self, index: int, name: str) -> None:
        """Move the smile, then a dimension, as with the mouse."""
        window, document = self._window, self._app.document
        window.show_tab(index)
        self._settle()
        self._shoot(name)
        slider = window.explore.sliders.main_slider
        if slider is not None:
            place = QPoint(round(slider.position_of(80.0)), slider.height() * 3 // 4)
            QTest.mouseClick(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
            self._settle()
            self._shoot(f"{name}-smile")
            document.undo_stack.undo()

    def _teach(self, index: int) -> None:
        """A few faces marked, the others by answering what it asks."""
        from explorer.teach.dialog import TeachDialog

        window, document = self._window, self._app.document
        smile = document.main_direction
        window.show_tab(index)
        window.explore.menu.teach_requested.emit()
        dialog = window.findChild(TeachDialog)
        self._wait(lambda: dialog.learner.is_ready, "the faces to mark")
        if smile is None:
            dialog.close()
            return
        positions = smile.position(dialog.learner.marked.faces.codes)
        low, high = positions.min(), positions.max()
        QTest.keyClicks(dialog.name_field.field, "Bright smile")
        grid = dialog.faces.grid
        for place in range(24):  # those that clearly do and clearly don't
            share = (positions[place] - low) / (high - low)
            if abs(share - 0.5) > CLEAR:
                button = Qt.MouseButton.LeftButton if share > 0.5 else Qt.MouseButton.RightButton
                QTest.mouseClick(grid.viewport(), button, Qt.KeyboardModifier.NoModifier, grid.cell_rect(place).center())
        self._wait(lambda: all(image is not None for image in dialog.preview.images), "what it has learned")
        self._shoot_widget(dialog, "teach")
        dialog.close()
        self._settle()
        self._shoot("explore-taught")
        if dialog.learner.direction is not None:
            document.remove_direction(dialog.learner.direction.name)

    def _photo(self, index: int) -> None:
        """The portrait of Grace Hopper that matplotlib ships: found, made to smile, and its markers."""
        from matplotlib.cbook import get_sample_data

        window, document = self._window, self._app.document
        portrait = self._own / "Grace Hopper.jpg"
        portrait.write_bytes(Path(str(get_sample_data("grace_hopper.jpg", asfileobj=False))).read_bytes())
        window.show_tab(index)
        window.explore.faces.open_file(str(portrait))
        self._wait(lambda: document.session.anchor is not None and document.session.anchor.kind == "photo", "the photo")
        document.set_edit("direction", "smile", 100.0)
        self._settle()
        self._shoot("photo")
        window.explore.faces.opener.correct_eyes()
        self._shoot_dialogs("photo-eyes")
        window.explore.strip.more.menu().popup(window.mapToGlobal(window.rect().center()))
        self._settle()
        self._shoot_widget(window.explore.strip.more.menu(), "photo-more")
        window.explore.strip.more.menu().close()
        window.files.save_picture()
        self._shoot_dialogs("save-picture")
        self._batch(portrait)
        document.reset_edits()

    def _batch(self, portrait: Path) -> None:
        """The same smile on a few pictures, of which one shows no face."""
        from PIL import Image

        from explorer.saving.apply_edit import ApplyEdit

        pictures = self._own / "pictures"
        pictures.mkdir()
        for number in range(1, 4):
            (pictures / f"portrait {number}.jpg").write_bytes(portrait.read_bytes())
        Image.new("RGB", (320, 240), "grey").save(pictures / "wall.png")
        self._window.edits.apply()
        dialog = self._window.findChild(ApplyEdit)
        dialog.take((str(pictures),))
        self._wait(dialog.apply_button.isEnabled, "the list of pictures")
        dialog.start()
        self._wait(lambda: not dialog.run.is_running, "the edited pictures")
        self._shoot_dialogs("apply-edit")

    def _others(self, gallery: int, explore: int) -> None:
        """The shipped models of other families: what the Gallery has for them alone, and Explore."""
        window, document = self._window, self._app.document
        shipped = {name: path for name, path in checkpoint.shipped().items() if checkpoint.read_header(path).config.family != "vae"}
        for name, path in shipped.items():
            self._app.open_model(str(path))
            self._wait(lambda name=name: document.model is not None and document.model.name == name, f"the model {name}")
            window.show_tab(gallery)
            panel = window.panel(gallery)
            shown = [number for number, section in enumerate(panel.sections) if section.available and not section.needs_data]
            for number in shown:
                panel.show_section(number)
                self._wait(lambda panel=panel: panel.section.is_complete, f"section {number} of {name}")
                self._shoot(f"gallery-{name}-{number}")
            window.show_tab(explore)
            page = window.explore.page
            if page is not None:  # of a family without codes, for photos
                page.open_files([str(self._own / "Grace Hopper.jpg")])
                self._wait(lambda page=page: page.picture is not None and not page.is_busy, f"a photo by {name}")
            else:
                if Can.SAMPLE not in document.model.can:  # nothing to begin with
                    window.explore.faces.open_file(str(self._own / "Grace Hopper.jpg"))
                self._wait(lambda: window.explore.picture is not None, f"a face of {name}")
            self._settle()
            self._shoot(f"explore-{name}")
            if name == "codes":
                self._paint()
            elif name == "sparse":
                self._turn_atoms()
        self._app.open_model(str(checkpoint.shipped()["faces"]))
        self._wait(lambda: document.model.name == "faces", "the first model again")

    def _paint(self) -> None:
        """A fringe, painted onto a sample with the code of its hair."""
        from explorer.explore.faces.column import SAMPLES
        from explorer.explore.families.vq_vae import CodesPane

        explore, document = self._window.explore, self._app.document
        explore.faces.set_source(SAMPLES)
        explore.faces.open_typical_sample()
        self._wait(lambda: document.session.anchor is not None and document.session.anchor.kind == "sample", "a sample")
        self._settle()
        pane = explore.own_panes["vq_vae"]
        assert isinstance(pane, CodesPane)
        painter = pane.painter
        hair = painter.brush.rect_of(1, 1).center().toPoint()
        QTest.mouseClick(painter.brush, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, hair)  # takes its code
        places = [painter.brush.rect_of(row, column).center().toPoint() for row, column in ((1, 2), (1, 5), (2, 5), (2, 2))]
        QTest.mousePress(painter.brush, Qt.MouseButton.LeftButton, pos=places[0])
        for place in places[1:]:
            QTest.mouseMove(painter.brush, place)
        QTest.mouseRelease(painter.brush, Qt.MouseButton.LeftButton, pos=places[-1])
        self._wait(lambda: explore.is_up_to_date, "what was painted")
        self._shoot("painted-codes")

    def _turn_atoms(self) -> None:
        """The three strongest atoms of the portrait, turned up."""
        from explorer.explore.families.sc_vae import AtomPane

        explore = self._window.explore
        pane = explore.own_panes["sc_vae"]
        assert isinstance(pane, AtomPane)
        for atom in pane.shown_atoms[:3]:
            slider = pane.slider(atom)
            assert slider is not None
            place = QPoint(round(slider.position_of(100.0)), slider.height() // 2)
            QTest.mouseClick(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
            self._settle()
        self._wait(lambda: explore.is_up_to_date, "the atoms")
        self._shoot("turned-atoms")

    def _read_demo(self, index: int) -> None:
        """Drawn faces in the Data tab."""
        from core.data.sets.drawn.faces import write_demo

        window, document = self._window, self._app.document
        pictures = self._own / "drawn faces"
        write_demo(pictures, DEMO_PICTURES)
        window.show_tab(index)
        window.panel(index).open_source(str(pictures))
        self._wait(lambda: document.data is not None, "the drawn faces")
        self._settle()
        self._shoot("data")

    def _gallery(self, index: int) -> None:
        panel = self._window.panel(index)
        self._window.show_tab(index)
        for section, name in enumerate(("gallery-reconstructions", "gallery-samples", "gallery-interpolation")):
            panel.show_section(section)
            self._settle(600)
            self._shoot(name)

    def _train(self, index: int) -> None:
        """A run of a few epochs, so that there are curves to see."""
        window, job = self._window, self._app.job
        window.show_tab(index)
        panel = window.panel(index)
        panel.settings_form.set_values({"epochs": 4, "batch_size": 32})
        finished: list[object] = []
        job.ended.connect(finished.append)
        panel.toggle_start()
        self._wait(lambda: bool(finished), "the run")
        window.toasts.clear()
        self._settle(800)
        self._shoot("train-run")
        panel.view.chart.controls.choose("kl_per_dim")
        self._settle(800)
        self._shoot("train-heat")
        panel.view.chart.controls.choose("loss")
        panel.stage.show_table(True)
        self._settle(800)
        self._shoot("train-table")
        self._compare(panel)
        panel.stage.show_table(False)

    def _compare(self, panel: TrainPanel) -> None:
        """The run beside one with a stronger bottleneck."""
        from explorer.compare.window import ComparisonWindow

        job, window = self._app.job, self._window
        panel.settings_form.set_values({"epochs": 2, "objective.beta": 4.0})
        finished: list[object] = []
        job.ended.connect(finished.append)
        panel.toggle_start()
        self._wait(lambda: bool(finished), "the second run")
        window.toasts.clear()
        table = panel.stage.table
        panel.stage.show_table(True)
        self._wait(lambda: sum(run.has_model for run in table.table.runs) == 2, "both runs in the table")
        table.table.select([run.folder for run in table.table.runs])
        QTest.mouseClick(table.compare_button, Qt.MouseButton.LeftButton)
        dialog = window.findChild(ComparisonWindow)
        self._wait(lambda: dialog.report is not None and dialog.page.is_whole, "the comparison")
        self._shoot_widget(dialog, "compare", lambda: dialog.painter.is_done)
        dialog.page.ensureWidgetVisible(dialog.page.figures[3], 0, 0)  # the codes, and what precedes them
        self._shoot_widget(dialog, "compare-codes", lambda: dialog.painter.is_done)
        dialog.close()

    def _shoot(self, name: str) -> None:
        self._shoot_widget(self._window, name)

    def _shoot_widget(self, widget: QWidget, name: str, ready: Callable[[], bool] = lambda: True) -> None:
        """The widget in both themes, once all in it is painted in them."""
        from explorer.look.theme import apply_theme

        for theme in ("dark", "light"):
            apply_theme(self._qt, theme)
            self._settle()
            self._wait(ready, f"{name} in the {theme} theme")
            save(widget.grab(), self._folder / f"{name}-{theme}.png")

    def _shoot_dialogs(self, name: str) -> None:
        """Save the open dialog, then close it."""
        self._settle()
        for dialog in self._qt.topLevelWidgets():
            if dialog.isVisible() and dialog.inherits("QDialog"):
                self._shoot_widget(dialog, name)
                dialog.close()

    def _settle(self, milliseconds: int = 350) -> None:
        """Let pending pictures arrive and be painted."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()
        self._qt.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _wait(self, done: Callable[[], bool], what: str) -> None:
        clock = QElapsedTimer()
        clock.start()
        while not done():
            if clock.elapsed() > PATIENCE_MS:
                raise CoreError(f"The app waited {PATIENCE_MS // 1000} s for {what} in vain.", "Look at the log above.")
            self._settle(30)


def save(picture: QPixmap, path: Path) -> None:
    """Write a grabbed picture. Raises CoreError where that fails."""

    def write(beside: Path) -> None:
        if not picture.save(str(beside), "PNG"):  # type: ignore[call-overload]
            raise CoreError(f"{path} can't be written.", "Choose another folder.")

    write_whole(path, write)
