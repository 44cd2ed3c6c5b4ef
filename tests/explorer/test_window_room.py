"""The window on small screens: it opens within them, its tabs scroll and fold, and nothing in them is cut."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QSplitter,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.coach.base import Advice, Severity
from core.config import DataConfig, all_settings, preset
from core.data.dataset import FaceData, load
from core.data.sets.drawn.faces import write_demo
from core.families.registry import families, family
from core.setting import FRONT
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.job.training import JobState, TrainingJob
from explorer.look.theme import GROUP
from explorer.messages import Messenger
from explorer.qt import override
from explorer.runs.progress import RunProgress
from explorer.saving.apply_edit import ApplyEdit
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.train.column import DataBox
from explorer.train.tab import TrainPanel
from explorer.widgets.elided_label import ElidedLabel
from explorer.widgets.empty_state import EmptyState
from explorer.widgets.room import screen
from explorer.widgets.room.page import ScrollPage
from explorer.widgets.room.screen import fitting, keep_on_screen
from explorer.widgets.room.splitter import FoldingSplitter
from explorer.widgets.room.wrap import WrapLayout
from explorer.widgets.slider.latent_slider import LatentSlider
from explorer.widgets.strip_view import GAP
from explorer.widgets.toast import SHADOW
from explorer.windows.main_window import DATA, EXPLORE, GALLERY, TRAIN, MainWindow
from explorer.windows.services import Services
from tests.explorer.test_document import direction
from tests.explorer.test_train_panel import checkpoint_file, make_run
from tests.helpers.fake_engine import fake_model
from tests.helpers.fake_train import epoch_event

FAKE_CHILD = Path(__file__).resolve().parents[1] / "helpers" / "fake_train.py"
FRAME = QSize(2, 25)
SCREENS = ((1366, 768), (1024, 700), (960, 600), (853, 480), (720, 450), (640, 360))
"""In effective pixels: the last four are 1440 x 900 and 1280 x 720 at 150 and 200 %."""


def sizes(first: tuple[int, int], *others: tuple[int, int]) -> list[object]:
    """One in the quick half of the tests, the others in the long one."""
    return [first, *(pytest.param(size, marks=pytest.mark.long) for size in others)]


def make_window(qtbot: QtBot, settings: UiSettings) -> Iterator[MainWindow]:
    document = Document()
    decoding = DecodeService()
    document.model_changed.connect(decoding.set_model)
    job = TrainingJob(command=[sys.executable, str(FAKE_CHILD), "slow"])
    window = MainWindow(Services(document, decoding, job, SettingsStore(settings), Messenger()))
    with qtbot.waitExposed(window):
        window.show()
    document.set_model(fake_model(name="fake", directions={"smile": direction()}))
    window.on_model_ready(document.model)
    yield window
    job.shutdown()
    decoding.close()
    window.close()


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    monkeypatch.setenv("LABKHAND_RUNS", str(tmp_path / "runs"))
    yield from make_window(qtbot, UiSettings())


def settle() -> None:
    for _ in range(4):  # layouts ask each other for room
        QApplication.processEvents()


def cut_controls(panel: QWidget) -> list[str]:
    """The visible controls that are smaller than they must be, or stick out of what holds them."""
    cut = []
    for control in panel.findChildren(QWidget):
        if not control.isVisible() or not isinstance(control, (QAbstractButton, QAbstractSpinBox, QComboBox)):
            continue
        least = control.minimumSizeHint()
        if isinstance(control, QAbstractSpinBox):  # its hint has room for the largest number that it takes
            edit = control.findChild(QLineEdit)
            least = QSize(0, control.minimumHeight() or least.height())
            least.setWidth(control.width() - edit.width() + edit.fontMetrics().horizontalAdvance(control.text()) + 8)
        if control.width() < least.width() or control.height() < least.height() - 1:
            cut.append(f"{type(control).__name__} {control.accessibleName()}: {control.size()} < {least}")
        holder, scrolls = control.parentWidget(), False
        while holder is not None and holder is not panel:
            place = QRect(control.mapTo(holder, QPoint()), control.size())
            area = holder.parentWidget()
            if isinstance(area, QScrollArea):  # what sticks out of a viewport can be scrolled to
                if area.horizontalScrollBarPolicy() != Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
                    break
                scrolls = True
            if scrolls:
                place = QRect(place.left(), 0, place.width(), 1)
            if not holder.rect().adjusted(-1, -1, 1, 1).contains(place):
                cut.append(f"{type(control).__name__} {control.accessibleName()} sticks out of {type(holder).__name__}")
            holder = holder.parentWidget()
    return cut


class _Requests(QObject):
    """Counts requests for a layout."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def requests_for_layouts(qtbot: QtBot) -> int:
    """How many there are in a while that is longer than any timer that ends a change of size."""
    requests = _Requests()
    QApplication.instance().installEventFilter(requests)
    qtbot.wait(120)
    settle()
    QApplication.instance().removeEventFilter(requests)
    return requests.count


def test_at_rest_nothing_is_laid_out_again(qtbot: QtBot, window: MainWindow, faces: FaceData) -> None:
    """One request that leads to another goes on for ever, and takes half of a core."""
    window._services.document.set_data(faces)
    for tab in (DATA, TRAIN, GALLERY, EXPLORE):
        window.show_tab(tab)
        for size in ((1280, 768), (1024, 700), (720, 450)):
            window.resize(QSize(*size) - FRAME)
            # Work that began elsewhere, as reading thumbnails, brings some more; on a busy machine that may take a while.
            quiet = 0
            for _ in range(40):
                quiet = quiet + 1 if requests_for_layouts(qtbot) == 0 else 0
                if quiet == 3:
                    break
            assert quiet == 3, f"tab {tab} at {size} never comes to rest"


@pytest.fixture(scope="session")
def faces(tmp_path_factory: pytest.TempPathFactory) -> FaceData:
    """Sixteen, which no test changes."""
    folder = tmp_path_factory.mktemp("drawn") / "faces"
    write_demo(folder, count=16, size=32)
    return load(DataConfig(source=str(folder), image_size=32))


def test_no_control_is_cut_on_any_screen(window: MainWindow, faces: FaceData) -> None:
    window._services.document.set_data(faces)
    for size in SCREENS:
        inside = QSize(*size) - FRAME
        for tab in (DATA, TRAIN, GALLERY, EXPLORE):
            window.show_tab(tab)
            window.resize(inside)
            settle()
            where = f"tab {tab} at {size}"
            assert window.size() == inside, f"{where}: it can't be made that small"
            assert cut_controls(window.panel(tab)) == [], where
            page = window.panel(tab).parentWidget().parentWidget()
            assert isinstance(page, ScrollPage)
            assert page.horizontalScrollBar().maximum() == 0, f"{where}: it scrolls sideways"
        bar, corner = window.tabs.tabBar(), window.tabs.cornerWidget()
        assert bar.tabRect(EXPLORE).right() < corner.x(), f"{size}: the tabs don't all fit"


def pressed_in(window: MainWindow) -> list[tuple[str, QRect]]:
    """What can be pressed in the window, apart from messages, as far as it is in sight."""
    controls = []
    for control in window.findChildren(QWidget):
        is_control = isinstance(control, (QAbstractButton, QAbstractSpinBox, QComboBox, LatentSlider, QTabBar))
        if not is_control or not control.isVisible() or control.window() is not window or window.toasts.isAncestorOf(control):
            continue
        rect = QRect(control.mapTo(window, QPoint()), control.size())
        holder = control.parentWidget()
        while holder is not None and holder is not window:
            rect &= QRect(holder.mapTo(window, QPoint()), holder.size())
            holder = holder.parentWidget()
        if not rect.isEmpty():
            controls.append((f"{type(control).__name__} {control.accessibleName()}", rect))
    return controls


def test_the_program_menu_fits_the_smallest_screen(window: MainWindow) -> None:
    menus, names = [window.header.more_button.menu()], set()
    for menu in menus:  # grows
        assert menu.sizeHint().width() <= SCREENS[-1][0]
        assert menu.sizeHint().height() <= SCREENS[-1][1]
        menus.extend(submenu for action in menu.actions() if (submenu := action.menu()) is not None)
        names |= {action.objectName() for action in menu.actions()}
    assert len(menus) > 4
    assert {"open_data", "open_photo", "save_picture", "undo", "split", "theme_dark", "about", "settings", "quit"} <= names


@pytest.mark.long
def test_messages_cover_no_control_on_any_screen(window: MainWindow, faces: FaceData) -> None:
    QCursor.setPos(0, 0)
    window._services.document.set_data(faces)
    for number in range(3):
        window.toasts.show_message(f"Saved portrait-smile-{number}.png.", "error", action=("Show in folder", lambda: None))
    for size in SCREENS:
        for tab in (DATA, TRAIN, GALLERY, EXPLORE):
            window.show_tab(tab)
            window.resize(QSize(*size) - FRAME)
            settle()
            window.toasts.set_front("")
            assert window.toasts.toasts()[-1].isVisible(), "the newest is seen"
            for toast in filter(QWidget.isVisible, window.toasts.toasts()):
                card = QRect(toast.mapTo(window, QPoint()), toast.size()).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
                covered = [name for name, rect in pressed_in(window) if rect.intersects(card)]
                assert covered == [], f"tab {tab} at {size}"
                assert window.rect().contains(card)


def test_save_picture_is_in_sight_where_it_was_cut(window: MainWindow) -> None:
    window.show_tab(EXPLORE)
    for size in SCREENS[:-1]:
        window.resize(QSize(*size) - FRAME)
        settle()
        button = window.explore.strip.save_picture
        page = window.explore.parentWidget()
        assert page.rect().contains(QRect(button.mapTo(page, QPoint()), button.size())), size


def test_a_low_window_gives_its_height_to_the_picture(window: MainWindow) -> None:
    window.show_tab(EXPLORE)
    explore, page = window.explore, window.explore.parentWidget()
    strip, tools = explore.strip, explore.tools
    for size, least in (((720, 450), 0.55), ((640, 360), 0.45)):
        window.resize(QSize(*size) - FRAME)
        settle()
        assert strip.is_folded
        assert explore.canvas.height() >= least * window.height(), size
        assert tools.height() == tools.split.height(), "all tools in one line"
        assert tools.split.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
        assert is_in_sight(strip.save_picture, page)
    window.resize(QSize(720, 450) - FRAME)
    QTest.mouseClick(strip.fold, Qt.MouseButton.LeftButton)
    settle()
    assert all(is_in_sight(part, page) for part in (strip.view, strip._steps, strip._from, strip._to, strip.original, strip.fold))
    assert cut_controls(explore) == []
    window.resize(QSize(1366, 768) - FRAME)
    settle()
    assert not strip.fold.isVisible()
    assert tools.split.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    window.resize(QSize(720, 450) - FRAME)
    settle()
    assert not strip.is_folded, "it was unfolded"


class LayoutCounter(QObject):
    """Counts how often widgets are laid out."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self.count = 0
        for widget in widgets:
            widget.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def test_tools_leave_their_words_away_before_they_take_a_second_line(window: MainWindow) -> None:
    window.show_tab(EXPLORE)
    tools = window.explore.tools
    tools.eyes.show()
    tools.model_view.show()
    for width, words in ((1366, True), (1024, False), (1100, False), (1366, True), (720, False)):
        window.resize(QSize(width, 700) - FRAME)
        settle()
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if words else Qt.ToolButtonStyle.ToolButtonIconOnly
        assert tools.split.toolButtonStyle() == style, width
        assert tools.split.width() == tools.split.sizeHint().width(), width
        assert tools.height() == tools.split.height(), width
    tools._caption.set_text("group.jpg")
    window.resize(QSize(1180, 700) - FRAME)
    settle()
    worded = [tool.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon for tool in tools._worded]
    assert worded == sorted(worded, reverse=True), "as many words as fit, those first that texts name"
    assert worded[0]
    assert not worded[-1]
    assert tools.height() == tools.split.height()
    counter = LayoutCounter(tools, window.explore.strip, window.explore)
    settle()
    assert counter.count == 0, "they are laid out once, not for ever"


def test_the_number_of_steps_moves_nothing_and_a_narrow_strip_tells_the_last_one(window: MainWindow) -> None:
    window.show_tab(EXPLORE)
    strip, view = window.explore.strip, window.explore.strip.view
    for width in (1366, 960):
        window.resize(QSize(width, 600) - FRAME)
        settle()
        heights = set()
        for steps in (2, 6, 16):
            strip.set_steps(steps)
            settle()
            heights.add((strip.height(), window.explore.canvas.height()))
            assert strip.height() <= max(view.heightForWidth(view.width()), strip._controls.height()), (width, steps)
            assert view.rect().contains(view.cell(steps - 1))
            room = view.heightForWidth(view.width()) - view.cell(0).top()
            assert view.cell(0).width() >= min(room, (view.width() - GAP * (steps - 1)) // steps)
            labelled = view._labelled(view.fontMetrics())
            assert steps - 1 in labelled
            rects = sorted(labelled.values(), key=QRect.left)
            assert all(one.right() < other.left() for one, other in pairwise(rects))
            assert rects[-1].right() < view.width()
        assert len(heights) == 1, heights


def is_in_sight(control: QWidget, page: QWidget) -> bool:
    return control.isVisible() and page.rect().contains(QRect(control.mapTo(page, QPoint()), control.size()))


def test_train_on_these_leads_to_the_start_button_in_a_small_window(window: MainWindow, faces: FaceData) -> None:
    window._services.document.set_data(faces)
    window.resize(QSize(720, 450) - FRAME)
    window.show_tab(TRAIN)
    settle()
    train = window.train
    setup = (train.run_box.start_button, train.findChild(DataBox).text)

    def mark() -> QAbstractButton:
        return next(b for b in train.columns.findChildren(QAbstractButton) if b.isVisible() and "old: " in b.accessibleName())

    assert all(is_in_sight(part, window) for part in setup), "the tab begins with them"
    assert mark().accessibleName() == "Unfold: curves and pictures"
    QTest.mouseClick(mark(), Qt.MouseButton.LeftButton)
    settle()
    assert train.view.isVisible()
    assert mark().accessibleName() == "Unfold: settings and runs"
    assert train.stage.width() <= train.stage.parentWidget().width(), "nothing is cut at the right"
    window.show_tab(DATA)
    window.data.go_to_train_requested.emit()
    settle()
    assert all(is_in_sight(part, window) for part in setup), "the button leads to them"
    assert not train.view.isVisible()
    train.runs.table_button.click()
    settle()
    assert train.stage.table.isVisible(), "where it was asked for"


@pytest.mark.long
def test_the_settings_end_between_rows_while_a_run_trains(window: MainWindow, faces: FaceData) -> None:
    window._services.document.set_data(faces)
    window.show_tab(TRAIN)
    train = window.train
    form = train.settings_form
    form.set_values({"objective.beta": 4.0})
    train.run_box.show_state(JobState.RUNNING, "faces-1")
    for size in ((1366, 768), (1024, 700), (960, 600), (1280, 744)):
        window.resize(QSize(*size) - FRAME)
        settle()
        page = train.findChild(DataBox).parentWidget().parentWidget()
        for row in (form.reset_button, form.start_choice, form.widget("epochs")):
            top = row.mapTo(page, QPoint()).y()
            assert top + row.height() <= page.height() or top >= page.height(), f"{row.accessibleName()} is cut at {size}"


@pytest.mark.parametrize(("path", "typed"), [("epochs", 3), ("model.latent_dim", 64)])
@pytest.mark.parametrize("size", sizes((1280, 744), (1024, 700), (960, 600)))
def test_what_is_typed_does_not_move_start_under_the_mouse(
    window: MainWindow, faces: FaceData, path: str, typed: int, size: tuple[int, int]
) -> None:
    window._services.document.set_data(faces)
    window.show_tab(TRAIN)
    window.resize(QSize(*size) - FRAME)
    train = window.train
    train.settings_form.more.set_open(True)
    settle()
    start, field = train.run_box.start_button, train.settings_form.widget(path)
    assert isinstance(field, QSpinBox)
    train.run_box.start_clicked.disconnect(train.start)
    pressed: list[bool] = []
    train.run_box.start_clicked.connect(lambda: pressed.append(True))
    before = start.mapTo(window, QPoint())
    field.lineEdit().setText(str(typed))
    QTest.mousePress(start, Qt.MouseButton.LeftButton)
    field.interpretText()
    settle()
    assert train.run_box.difference.whole_text.startswith("Differs from Quick")
    assert start.mapTo(window, QPoint()) == before
    QTest.mouseRelease(start, Qt.MouseButton.LeftButton)
    assert pressed == [True]


def test_a_note_at_a_field_does_not_move_start_while_it_is_pressed(window: MainWindow, faces: FaceData, tmp_path: Path) -> None:
    model = checkpoint_file(tmp_path / "a.safetensors", data__image_size=faces.config.image_size)
    window._services.document.set_data(faces)
    window.show_tab(TRAIN)
    window.resize(QSize(1366, 768) - FRAME)
    settle()
    train = window.train
    start, form = train.run_box.start_button, train.settings_form
    train.run_box.start_clicked.disconnect(train.start)
    before = start.mapTo(window, QPoint())
    QTest.mousePress(start, Qt.MouseButton.LeftButton)
    form.start_from(str(model))
    settle()
    assert any(note.isVisible() for note in form._notes.values())
    assert start.mapTo(window, QPoint()) == before
    QTest.mouseRelease(start, Qt.MouseButton.LeftButton)
    settle()
    assert start.mapTo(window, QPoint()) != before, "now the note has its room"


def test_the_list_of_runs_gives_way_before_the_settings_scroll(window: MainWindow) -> None:
    """Before there are pictures a button more is above them, and the last row was cut."""
    window.show_tab(TRAIN)
    window.resize(QSize(1024, 700) - FRAME)
    settle()
    area = window.train._column._scroll
    assert area.verticalScrollBar().maximum() == 0
    assert area.height() >= area.content.sizeHint().height()


def test_the_curves_get_what_the_pictures_do_not_need(window: MainWindow) -> None:
    window.show_tab(TRAIN)
    view = window.train.view
    cards = {}
    for size in ((1366, 768), (1024, 700)):
        window.resize(QSize(*size) - FRAME)
        settle()
        cards[size] = view.sizes()[1]
        assert view.preview._sheet.arrangement().side(view.preview._sheet.width(), view.preview._sheet.height()) > 36
    assert cards[1024, 700] < cards[1366, 768]
    view.moveSplitter(view.height() - 300, 1)
    divided = view.sizes()[1]
    assert divided > cards[1366, 768]
    window.resize(QSize(1366, 768) - FRAME)
    settle()
    assert abs(view.sizes()[1] - divided) < 20, "as the person has divided it"


@pytest.mark.parametrize("size", sizes((1366, 768), (1024, 700), (960, 600)))
def test_the_curves_keep_their_height_beside_the_coach(window: MainWindow, faces: FaceData, size: tuple[int, int]) -> None:
    window.show_tab(TRAIN)
    window.resize(QSize(*size) - FRAME)
    view = window.train.view
    reason = "Its reason, which takes several lines of words in a narrow window. " * 4
    view.coach.set_advice([Advice("few", "There are few pictures.", reason, Severity.WARNING)], "run")
    settle()
    (row,) = view.coach._rows.values()
    assert view.chart.height() >= 300
    assert row.sentence.isVisible()
    assert row.reason.isVisible() or reason.strip() in row.sentence.toolTip()
    page = view.parentWidget().parentWidget().parentWidget()
    assert isinstance(page, ScrollPage)
    assert is_in_sight(view.chart, page)
    assert is_in_sight(row.sentence, page)


@pytest.mark.parametrize("size", sizes((1366, 768), (1024, 700), (960, 600)))
def test_another_preset_moves_nothing(window: MainWindow, faces: FaceData, size: tuple[int, int]) -> None:
    window._services.document.set_data(faces)
    window.show_tab(TRAIN)
    window.resize(QSize(*size) - FRAME)
    form, box = window.train.settings_form, window.train.run_box
    places = set()
    for kind in range(form._model.count()):
        form._model.setCurrentIndex(kind)
        for index in range(form._preset.count()):
            form._preset.setCurrentIndex(index)
            settle()
            assert form._about.whole_text in (form._about.text().replace("\n", " "), unescape(form._about.toolTip()[3:-4]))
            controls = (form.start_choice, form.widget("epochs"), box.start_button)
            places.add(tuple(control.mapTo(window, QPoint()).y() for control in controls))
    assert len(places) == 1, places


@pytest.mark.parametrize("size", sizes((1366, 768), (1024, 700), (960, 600)))
def test_a_second_click_folds_the_settings_again(window: MainWindow, faces: FaceData, size: tuple[int, int]) -> None:
    window._services.document.set_data(faces)
    window.show_tab(TRAIN)
    window.resize(QSize(*size) - FRAME)
    settle()
    more = window.train.settings_form.more
    header = more.findChild(QAbstractButton)
    at = header.mapTo(window, header.rect().center())
    for is_open in (True, False):
        target = window.childAt(at)
        QTest.mouseClick(target, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, target.mapFrom(window, at))
        settle()
        assert more.is_open == is_open
        assert header.mapTo(window, header.rect().center()) == at
        first = window.train.settings_form.findChildren(QLabel)
        assert not is_open or any(label.isVisible() and more.isAncestorOf(label) for label in first)


def test_more_settings_are_in_sight_beside_the_plan_of_a_series(window: MainWindow, faces: FaceData) -> None:
    window._services.document.set_data(faces)
    window.show_tab(TRAIN)
    window.resize(QSize(1366, 768) - FRAME)
    window.train.run_box.show_series(True)
    settle()
    more = window.train.settings_form.more
    QTest.mouseClick(more.findChild(QAbstractButton), Qt.MouseButton.LeftButton)
    settle()
    area = window.train._column._scroll.viewport()
    rows = [label for label in window.train.settings_form.findChildren(QLabel) if label.isVisible() and more.isAncestorOf(label)]
    assert sum(is_in_sight(label, area) for label in rows) >= 2
    assert is_in_sight(more.findChild(QAbstractButton), area)


def with_six_runs(qtbot: QtBot, window: MainWindow, faces: FaceData) -> TrainPanel:
    """The Train tab in front, with six runs and pictures to train on."""
    for number in range(6):
        make_run(Path(os.environ["LABKHAND_RUNS"]) / f"faces-{number}", 2)
    window._services.document.set_data(faces)
    window.show_tab(TRAIN)
    qtbot.waitUntil(lambda: len(window.train.runs.list.runs) == 6, timeout=5000)
    return window.train


@pytest.mark.parametrize("size", sizes((1366, 768), (1024, 700), (960, 600)))
@pytest.mark.parametrize("state", [JobState.IDLE, JobState.RUNNING])
def test_the_settings_in_front_and_start_are_in_sight_without_scrolling(
    qtbot: QtBot, window: MainWindow, faces: FaceData, size: tuple[int, int], state: JobState
) -> None:
    train = with_six_runs(qtbot, window, faces)
    form, box = train.settings_form, train.run_box
    form.set_values({"objective.beta": 4.0})
    box.show_state(state, "faces-9")
    window.resize(QSize(*size) - FRAME)
    settle()
    area = train._column._scroll
    assert area.verticalScrollBar().maximum() == 0
    header = form.more.findChild(QAbstractButton)
    front = [form._preset, form.start_choice, *(form.widget(path) for path in ("epochs", "model.latent_dim", "objective.beta"))]
    for control in (*front, header, form.reset_button):
        assert is_in_sight(control, area.viewport()), control.accessibleName()
    assert is_in_sight(box.queue_button, train)
    if state is JobState.IDLE:
        assert is_in_sight(box.start_button, train)
    else:
        assert is_in_sight(box.pause_button, train)
        assert is_in_sight(box.stop_button, train)
    runs = train.runs.list
    rows = runs.viewport().height() // runs.row_height
    assert rows >= (4 if state is JobState.IDLE and size != (960, 600) else 1)


@pytest.mark.parametrize("name", [one.name for one in families()])
def test_the_settings_in_front_of_each_family_are_whole(window: MainWindow, faces: FaceData, name: str) -> None:
    window.resize(QSize(1024, 700) - FRAME)
    window.show_tab(TRAIN)
    form = window.train.settings_form
    form.set_family(name)
    settle()
    front = [path for path, known in all_settings(name).items() if known.group == FRONT and known.label]
    shown = [form.widget(path) for path in front if form.widget(path).isVisibleTo(form)]
    assert shown
    for field in shown:
        row = field.parentWidget()
        assert field.geometry().right() <= row.rect().right(), field.accessibleName()
        for label in row.findChildren(QLabel):
            assert label.sizeHint().width() <= row.width(), label.text()
        if isinstance(field, QAbstractSpinBox):
            line = field.findChild(QLineEdit)
            assert line.fontMetrics().horizontalAdvance(line.text()) <= line.width(), line.text()


@pytest.mark.long
@pytest.mark.parametrize("size", sizes((853, 480), (720, 450), (640, 360)))
@pytest.mark.parametrize("state", [JobState.IDLE, JobState.RUNNING])
def test_on_the_smallest_screens_the_settings_have_all_the_height_that_start_leaves(
    qtbot: QtBot, window: MainWindow, faces: FaceData, size: tuple[int, int], state: JobState
) -> None:
    train = with_six_runs(qtbot, window, faces)
    form, box = train.settings_form, train.run_box
    box.show_state(state, "faces-9")
    window.resize(QSize(*size) - FRAME)
    settle()
    page = window.panel(TRAIN).parentWidget().parentWidget()
    assert page.verticalScrollBar().maximum() == 0, "a page that scrolls around one that scrolls"
    area = train._column._scroll
    assert area.viewport().height() == area.height(), "no strip stays blank"
    assert area.height() + box.height() + 2 * GROUP >= train._column.height()
    front: list[QWidget] = [form._preset]
    if state is JobState.IDLE:
        front += [form.start_choice, *(form.widget(path) for path in ("epochs", "model.latent_dim", "objective.beta"))]
    for control in front:
        assert is_in_sight(control, area.viewport()), control.accessibleName()
    pressed = [box.queue_button, box.series_button]
    pressed += [box.start_button] if state is JobState.IDLE else [box.pause_button, box.stop_button]
    for control in pressed:
        assert is_in_sight(control, train), control.accessibleName()
        assert control.width() >= control.minimumSizeHint().width(), control.accessibleName()
    area.ensureWidgetVisible(form.widget("objective.beta"))
    assert is_in_sight(form.widget("objective.beta"), area.viewport())
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    assert is_in_sight(train.runs.more_button, area.viewport()), "the runs are below the settings"
    assert train.runs.list.height() >= 3 * train.runs.list.row_height
    window.resize(QSize(1366, 768) - FRAME)
    settle()
    assert not area.content.isAncestorOf(train.runs)
    assert is_in_sight(train.runs.more_button, train)


@pytest.mark.parametrize("size", sizes((853, 480), (720, 450), (640, 360)))
def test_on_the_smallest_screens_data_shows_pictures_and_what_opens_them(
    window: MainWindow, faces: FaceData, size: tuple[int, int]
) -> None:
    window._services.document.set_data(faces)
    window.show_tab(DATA)
    window.resize(QSize(*size) - FRAME)
    settle()
    data = window.data
    opens = next(button for button in data.column.findChildren(QAbstractButton) if button.text() == "Open a folder…")
    for control in (opens, data.train_button, data.faces.reshuffle_button, data.faces.grid):
        assert is_in_sight(control, data), control.accessibleName()
    page = data.parentWidget().parentWidget()
    assert isinstance(page, ScrollPage)
    assert (page.verticalScrollBar().maximum(), page.horizontalScrollBar().maximum()) == (0, 0)
    assert data.faces.grid.height() >= 96


@pytest.mark.long
@pytest.mark.parametrize("size", sizes((960, 600), (720, 450)))
def test_the_table_of_runs_needs_no_more_height_than_itself(qtbot: QtBot, window: MainWindow, size: tuple[int, int]) -> None:
    """It took the curves' least height, so that its buttons were below the window's edge."""
    make_run(Path(os.environ["LABKHAND_RUNS"]) / "faces-1", 2)
    window.show_tab(TRAIN)
    window.resize(QSize(*size) - FRAME)
    qtbot.waitUntil(lambda: len(window.train.runs.list.runs) == 1, timeout=5000)
    window.train.runs.table_button.click()
    settle()
    table = window.train.stage.table
    page = window.train.stage.parentWidget().parentWidget()
    assert isinstance(page, ScrollPage)
    assert page.verticalScrollBar().maximum() == 0
    for control in (table.compare_button, table.trash_button, table.close_button, table.table):
        assert is_in_sight(control, page), control.accessibleName()


@pytest.mark.long
def test_a_low_chart_keeps_scale_and_smoothing_behind_a_button(window: MainWindow, qtbot: QtBot) -> None:
    window.show_tab(TRAIN)
    chart = window.train.view.chart
    chart.append(epoch_event(1, 3))
    controls = chart.controls
    for size, is_behind in (((1024, 700), True), ((1366, 768), False)):
        window.resize(QSize(*size) - FRAME)
        settle()
        assert controls.how_button.isVisible() == is_behind
        assert controls.log.isVisible() != is_behind
        assert chart.plot.height() >= 200
    window.resize(QSize(1024, 700) - FRAME)
    settle()
    qtbot.mouseClick(controls.how_button, Qt.MouseButton.LeftButton)
    assert controls.log.isVisible()
    qtbot.keyClick(controls.log, Qt.Key.Key_Space)
    assert controls.options.log
    qtbot.keyClick(controls.log, Qt.Key.Key_Escape)
    assert not controls.log.isVisible()


@pytest.mark.long
def test_a_long_name_of_a_run_is_elided_above_its_curves(window: MainWindow) -> None:
    window.show_tab(TRAIN)
    window.resize(QSize(853, 480) - FRAME)
    chart = window.train.view.chart
    name = "a very long name of a run that somebody gave to it in a weak moment"
    chart.set_run(name)
    settle()
    title = chart._title
    assert "…" in title.text()
    assert title.sizeHint().width() <= title.width()
    assert title.toolTip() == name


def test_the_gallery_fits_where_the_pictures_do_not_fit_the_model(window: MainWindow, faces: FaceData) -> None:
    window._services.document.set_data(faces)
    window.show_tab(GALLERY)
    gallery = window.gallery
    gallery.show_section(0)
    window.resize(QSize(720, 450) - FRAME)
    settle()
    page = gallery.parentWidget().parentWidget()
    assert isinstance(page, ScrollPage)
    assert isinstance(gallery._pages.currentWidget(), EmptyState)
    assert page.verticalScrollBar().maximum() == 0
    assert is_in_sight(gallery.report_button, page)
    assert not gallery._pages.currentWidget()._mark.isVisible()
    window.resize(1366, 768)
    settle()
    assert gallery._pages.currentWidget()._mark.isVisible(), "the icon comes back with the room"


def test_the_gallery_gives_the_height_of_a_low_window_to_its_pictures(window: MainWindow) -> None:
    window.show_tab(GALLERY)
    gallery = window.gallery
    window.resize(QSize(640, 360) - FRAME)
    settle()
    assert gallery._hint.isHidden()
    page = gallery.parentWidget().parentWidget()
    assert isinstance(page, ScrollPage)
    assert page.verticalScrollBar().maximum() == 0
    window.resize(1366, 768)
    settle()
    assert gallery._hint.isVisible()


@pytest.fixture
def small_screen(monkeypatch: pytest.MonkeyPatch) -> QRect:
    area = QRect(0, 0, 640, 360)
    monkeypatch.setattr(screen, "available_area", lambda window: area)
    return area


def test_the_tools_say_what_is_edited(window: MainWindow) -> None:
    caption = next(label for label in window.explore.tools.findChildren(ElidedLabel) if label.isVisible())
    anchor = window._services.document.session.anchor
    assert anchor is not None
    for size in SCREENS:
        window.resize(QSize(*size) - FRAME)
        settle()
        assert caption.text() == anchor.label, size


def test_a_long_name_is_whole_where_there_is_room(window: MainWindow) -> None:
    document = window._services.document
    caption = next(label for label in window.explore.tools.findChildren(ElidedLabel) if label.isVisible())
    assert document.session.anchor is not None
    document.set_anchor(replace(document.session.anchor, label="non_smile/Somebody_with_a_Long_Name_0001.jpg"))
    window.resize(1900, 900)
    settle()
    assert caption.text() == "non_smile/Somebody_with_a_Long_Name_0001.jpg"
    window.resize(1024, 700)
    settle()
    assert "…" in caption.text(), "the tools keep their line"
    assert caption.text().endswith("jpg"), "two photos differ in the end of their names"
    assert "Somebody_with_a_Long_Name" in caption.toolTip()
    assert window.explore.tools.height() < 2 * window.explore.tools.split.height()


def test_in_a_small_window_tools_stay_in_a_line_and_the_rest_is_in_a_menu(window: MainWindow) -> None:
    tools, document = window.explore.tools, window._services.document
    tools.set_photo(True)  # two more of them
    document.set_edit("direction", "smile", 60.0)
    window.resize(1366, 768)
    settle()
    assert not tools.more.isVisible()
    for size in (QSize(960, 575), QSize(640, 336)):
        window.resize(size)
        settle()
        assert tools.height() < 2 * tools.split.height(), "one line"
        assert tools.more.isVisible()
        menu = tools.more.menu()
        assert isinstance(menu, QMenu)
        menu.aboutToShow.emit()
        entries = [action for action in menu.actions() if not action.isSeparator()]
        assert entries[0].text() == document.session.anchor.label
        assert {"Undo", "Reset", "Zoom in", "Fit the picture"} <= {entry.text().split(" (")[0] for entry in entries}
        for tool in tools.findChildren(QToolButton):
            assert not tool.isVisible() or tool.toolTip(), "an icon alone says little"


def test_a_geometry_from_a_larger_screen_is_fitted(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_screen: QRect
) -> None:
    monkeypatch.setenv("LABKHAND_RUNS", str(tmp_path / "runs"))
    large = QWidget()
    large.setGeometry(2000, 1200, 3000, 2000)
    geometry = bytes(large.saveGeometry().data())
    for window in make_window(qtbot, replace(UiSettings(), window_geometry=geometry)):
        settle()
        assert small_screen.contains(window.geometry())


def test_what_is_larger_than_the_screen_is_made_to_fit(qtbot: QtBot, small_screen: QRect) -> None:
    dialog = QWidget()
    qtbot.addWidget(dialog)
    dialog.setFixedSize(5000, 4000)
    keep_on_screen(dialog)
    dialog.show()
    assert small_screen.contains(dialog.geometry())


def test_a_dialog_opens_over_its_window_and_not_in_the_screens_corner(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "available_area", lambda window: QRect(0, 0, 1600, 1000))
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.setGeometry(200, 100, 1200, 800)
    parent.show()
    dialog = QDialog(parent)
    dialog.resize(400, 300)
    keep_on_screen(dialog)
    dialog.show()
    off = dialog.geometry().center() - parent.geometry().center()
    assert off.manhattanLength() < 4
    dialog.hide()
    dialog.move(20, 40)
    dialog.show()
    assert dialog.pos() == QPoint(20, 40), "where it was put"


def test_fitting_leaves_room_for_the_frame() -> None:
    area = QRect(10, 20, 640, 360)
    assert fitting(QRect(0, 0, 1280, 800), FRAME, area) == QRect(11, 44, 638, 335)
    assert fitting(QRect(100, 100, 300, 200), FRAME, area) == QRect(100, 100, 300, 200)
    assert fitting(QRect(600, 370, 300, 200), FRAME, area).bottomRight().x() < area.right()


class Columns:
    """Two foldable panes around one that stays."""

    def __init__(self, qtbot: QtBot) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.splitter = FoldingSplitter("columns")
        outer = QVBoxLayout(self.window)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.splitter)
        self.first, self.middle, self.last = QWidget(), QWidget(), QWidget()
        for pane, least in ((self.first, 200), (self.middle, 250), (self.last, 300)):
            pane.setMinimumWidth(least)
        self.splitter.add_pane(self.first, 220, fold="first")
        self.splitter.add_pane(self.middle, 600, stretch=1)
        self.splitter.add_pane(self.last, 340, fold="last")
        self.window.resize(1200, 400)
        with qtbot.waitExposed(self.window):
            self.window.show()
        settle()

    def resize(self, width: int, height: int) -> None:
        self.window.resize(width, height)
        settle()

    def mark(self, name: str) -> QAbstractButton:
        return next(b for b in self.splitter.findChildren(QAbstractButton) if b.accessibleName().endswith(f": {name}"))

    @property
    def open(self) -> list[bool]:
        return [self.first.isVisible(), self.middle.isVisible(), self.last.isVisible()]


def test_columns_fold_for_want_of_room_and_come_back(qtbot: QtBot) -> None:
    columns = Columns(qtbot)
    assert columns.open == [True, True, True]
    assert columns.splitter.sizes()[::2] == [220, 340]
    columns.resize(700, 400)
    assert columns.open == [False, True, True]
    columns.resize(400, 400)
    assert columns.open == [False, True, False]
    columns.resize(1200, 400)
    settle()
    assert columns.open == [True, True, True]
    assert columns.splitter.sizes()[::2] == [220, 340]


def test_the_mark_of_a_folded_column_says_what_is_behind_it(qtbot: QtBot) -> None:
    columns = Columns(qtbot)
    columns.resize(700, 400)
    first, last = columns.mark("first"), columns.mark("last")
    assert last.height() == last.sizeHint().height() == 48, "only a mark, since the column is in sight"
    words = first.fontMetrics().horizontalAdvance("First")
    assert first.height() == first.sizeHint().height() > words

    def ink(mark: QAbstractButton) -> int:
        picture = mark.grab().toImage()
        ground = picture.pixel(picture.width() // 2, 3)
        rows = range(30, picture.height() - 3)
        return sum(picture.pixel(column, row) != ground for row in rows for column in range(3, picture.width() - 3))

    assert ink(first) > 20, "it is written"
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    settle()
    assert first.height() == 48
    assert last.height() > 48


def test_a_column_that_the_person_folded_stays_so_where_others_are_brought_back(qtbot: QtBot) -> None:
    columns = Columns(qtbot)
    columns.resize(700, 400)
    columns.splitter.bring_back(columns.first)
    assert columns.open == [True, True, False]
    columns.resize(1200, 400)
    columns.splitter.fold(columns.first, True)
    columns.splitter.bring_back(columns.first)
    assert columns.open == [False, True, True]


def test_a_column_that_is_unfolded_takes_the_others_place(qtbot: QtBot) -> None:
    columns = Columns(qtbot)
    columns.resize(700, 400)
    QTest.mouseClick(columns.mark("first"), Qt.MouseButton.LeftButton)
    assert columns.open == [True, True, False]


def test_folded_columns_and_widths_are_remembered_but_not_the_squeezed_ones(qtbot: QtBot) -> None:
    columns = Columns(qtbot)
    QTest.keyClick(columns.mark("last"), Qt.Key.Key_Space)
    columns.splitter.moveSplitter(260, 1)
    columns.splitter.splitterMoved.emit(260, 1)
    columns.resize(440, 400)
    assert columns.open == [False, True, False]
    state = columns.splitter.saveState()
    again = Columns(qtbot)
    assert again.splitter.restoreState(state)
    settle()
    assert again.open == [True, True, False]
    assert again.splitter.sizes()[0] == 260
    QTest.mouseClick(again.mark("last"), Qt.MouseButton.LeftButton)
    assert again.open == [True, True, True]
    assert not again.splitter.restoreState(QByteArray(QSplitter().saveState())), "an earlier version's state"


def test_a_column_dragged_to_the_edge_folds(qtbot: QtBot) -> None:
    columns = Columns(qtbot)
    handle = columns.splitter.handle(1)
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(4, 4))
    QTest.mouseMove(handle, QPoint(-210, 4))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(-210, 4))
    settle()
    assert columns.open == [False, True, True]


def test_a_wrapped_row_goes_on_in_the_next_line(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    outer = QVBoxLayout(box)
    outer.setContentsMargins(0, 0, 0, 0)
    row = WrapLayout()
    outer.addLayout(row)
    outer.addStretch(1)
    start, end = QPushButton("start"), QPushButton("end")
    row.addWidget(start)
    row.push_rest()
    row.addWidget(end)
    box.resize(600, 200)
    box.show()
    assert (start.x(), end.geometry().right()) == (0, 599)
    assert start.y() == end.y()
    box.resize(end.sizeHint().width() + 20, 200)
    assert end.y() > start.y()
    assert end.geometry().right() == box.width() - 1


def test_a_page_can_be_resized_before_its_content_comes(qtbot: QtBot) -> None:
    page = ScrollPage(None)
    qtbot.addWidget(page)
    page.resize(300, 200)
    page.show()
    page.resize(320, 200)
    assert page.minimumSizeHint().isValid()
    page.set_content(QLabel("words"))
    assert page.content.isVisible()


def test_a_page_scrolls_only_where_it_must(qtbot: QtBot) -> None:
    content = QWidget()
    inside = QVBoxLayout(content)
    words = QLabel("some words that wrap " * 4)
    words.setWordWrap(True)
    inside.addWidget(words)
    canvas = QWidget()
    canvas.setMinimumSize(300, 200)
    inside.addWidget(canvas, 1)
    page = ScrollPage(content)
    qtbot.addWidget(page)
    page.resize(500, 400)
    page.show()
    assert page.verticalScrollBar().maximum() == page.horizontalScrollBar().maximum() == 0
    assert content.size() == page.viewport().size()
    page.resize(250, 150)
    assert page.verticalScrollBar().maximum() > 0
    assert page.horizontalScrollBar().maximum() > 0


def test_dialogs_fit_the_smallest_screen(window: MainWindow, small_screen: QRect) -> None:
    show = window.dialogs
    decoding = window._services.decoding
    shown: list[Callable[[], None]] = [
        show.show_settings, show.show_about, show.show_retouch, lambda: show.show_apply_edit(()),
        lambda: show.show_teach(decoding, window.explore.menu.keeper),
        window.files.save_picture,
    ]  # fmt: skip
    for number, open_one in enumerate(shown):
        before = {dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()}
        open_one()
        settle()
        (dialog,) = {dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()} - before
        name = f"{number}: {type(dialog).__name__}"
        assert small_screen.contains(dialog.geometry()), name
        page, foot = dialog.findChild(ScrollPage), dialog.layout().itemAt(1).geometry()
        buttons = [button for button in dialog.findChildren(QPushButton) if not page.isAncestorOf(button) and button.isVisible()]
        assert buttons, f"{name}: which button closes it?"
        for button in buttons:
            place = QRect(button.mapTo(dialog, QPoint()), button.size())
            assert (dialog.rect() & foot).contains(place), f"{name}: {button.text()} is out of sight"
        dialog.close()


def test_a_dialog_keeps_its_least_size_where_there_is_room(window: MainWindow) -> None:
    window.dialogs.show_apply_edit(())
    (dialog,) = window.findChildren(ApplyEdit)
    settle()
    page = dialog.findChild(ScrollPage)
    dialog.resize(10, 10)
    settle()
    assert page.horizontalScrollBar().maximum() == page.verticalScrollBar().maximum() == 0
    dialog.close()


@pytest.mark.long
def test_folded_columns_are_remembered_between_starts(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_RUNS", str(tmp_path / "runs"))
    kept = UiSettings()
    for window in make_window(qtbot, kept):
        window.resize(1280, 800)
        window.explore.columns.fold(window.explore.faces, True)
        window.train.columns.moveSplitter(420, 1)
        window.train.columns.splitterMoved.emit(420, 1)
        window.close()
        kept = window._services.settings.value
    for window in make_window(qtbot, kept):
        window.resize(1280, 800)
        window.show_tab(TRAIN)
        settle()
        assert not window.explore.columns.is_open(window.explore.faces)
        assert window.explore.columns.is_open(window.explore.sliders)
        assert window.train.columns.sizes()[0] == 420


def test_a_text_gives_way_before_the_last_tool_gets_a_line_of_its_own(qtbot: QtBot) -> None:
    row = QWidget()
    qtbot.addWidget(row)
    layout = WrapLayout(row)
    text = ElidedLabel(row)
    text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    text.set_text("A photo of a name that is rather long, " * 3)
    for widget in (text, *(QToolButton(row) for _ in range(4))):
        layout.addWidget(widget)
    wide = layout.sizeHint().width()
    one_line = layout.heightForWidth(wide)
    assert layout.heightForWidth(wide - 20) == one_line
    assert layout.heightForWidth(60) > one_line


@pytest.mark.parametrize("size", sizes((1366, 768), (1024, 700), (960, 600), (720, 450)))
@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.IDLE])
def test_what_can_be_done_with_a_run_is_in_sight(
    window: MainWindow, faces: FaceData, size: tuple[int, int], state: JobState
) -> None:
    """At 150 % the row of Open model and Resume was gone, and couldn't be scrolled to."""
    window._services.document.set_data(faces)
    window.show_tab(TRAIN)
    window.resize(QSize(*size) - FRAME)
    train = window.train
    train._shelf.set_own(Path("runs/faces-1"), train.settings_form.config)
    train.runs.choose(Path("runs/faces-1"))
    train.run_box.show_state(state, "faces-1")
    settle()
    buttons = [button for button in (train.runs.more_button, train.runs.menu_button) if button.isVisible()]
    assert len(buttons) == 1
    assert buttons[0].isEnabled()
    QTest.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert "Duplicate settings" in [action.text() for action in train.runs._menu.actions()]
    train.runs._menu.close()


@pytest.mark.parametrize("size", sizes((1440, 900), (1280, 768), (1024, 700), (960, 600)))
def test_a_run_that_starts_or_ends_moves_nothing(window: MainWindow, faces: FaceData, size: tuple[int, int]) -> None:
    """Its card comes and goes where nothing makes way for it: what can be clicked stays under the mouse."""
    window._services.document.set_data(faces)
    window.show_tab(TRAIN)
    window.resize(QSize(*size) - FRAME)
    train = window.train
    train._shelf.set_own(Path("runs/faces-1"), train.settings_form.config)
    train.runs.set_tight(False)
    form, box, runs = train.settings_form, train.run_box, train.runs
    clickable = (form.start_choice, form.widget("epochs"), box.name_edit, box.start_button, box.queue_button, runs.table_button)
    places = []
    for state in (JobState.IDLE, JobState.RUNNING, JobState.PAUSED, JobState.IDLE):
        box.show_state(state, "faces-1")
        settle()
        assert box.card.isVisible() == (state is not JobState.IDLE)
        rows = [runs.list.mapTo(window, QPoint()), *(part.mapTo(window, QPoint()) for part in clickable)]
        if runs.open_button.isVisible():
            rows.append(runs.open_button.mapTo(window, QPoint()))
        places.append(rows)
    assert all(rows == places[0] for rows in places)


@pytest.mark.parametrize("size", sizes((1440, 900), (1280, 768), (1024, 700)))
def test_the_name_of_the_run_that_goes_on_is_whole(window: MainWindow, faces: FaceData, size: tuple[int, int]) -> None:
    window._services.document.set_data(faces)
    window.show_tab(TRAIN)
    window.resize(QSize(*size) - FRAME)
    train, name = window.train, "celeba-beta-eight"
    train._shelf.set_own(Path("runs") / name, train.settings_form.config)
    for state in (JobState.STARTING, JobState.RUNNING, JobState.PAUSED, JobState.STOPPING):
        train.run_box.show_state(state, name)
        settle()
        assert train.run_box._name.text() == name, state


@pytest.mark.parametrize("size", sizes((1024, 700), (1280, 768), (960, 600), (720, 450)))
def test_what_a_run_says_is_whole_and_moves_nothing(window: MainWindow, faces: FaceData, size: tuple[int, int]) -> None:
    window._services.document.set_data(faces)
    window.show_tab(TRAIN)
    window.resize(QSize(*size) - FRAME)
    box = window.train.run_box
    window.train._shelf.set_own(Path("runs") / "faces-1", window.train.settings_form.config)
    box.show_state(JobState.STARTING, "faces-1")
    settle()
    height = box.card.height()
    far = RunProgress("faces-1", 26, 37, 1240.0, 754.0, 0.5, "sharpening")
    learning = family("vae").completes(preset("quick"))
    assert learning is not None
    for state, say in (
        (JobState.RUNNING, lambda: box.show_progress(far)),
        (JobState.RUNNING, lambda: box.say_last(learning.doing)),
        (JobState.PAUSED, lambda: box.show_progress(far.paused)),
        (JobState.STOPPING, lambda: box.show_progress(far)),
    ):
        box.show_state(state, "faces-1")
        say()
        settle()
        assert "…" not in box._facts.text().removeprefix("Saving and stopping…"), box._facts.text()
        assert box.card.height() == height
    assert box._facts.whole_text == "Saving and stopping… · epoch 26 of 37 · sharpening", "no time is left once it stops"


@pytest.mark.parametrize("size", sizes((1440, 900), (1366, 768), (1280, 768), (1024, 700)))
def test_no_kind_of_model_pushes_more_settings_out_of_sight(window: MainWindow, faces: FaceData, size: tuple[int, int]) -> None:
    window._services.document.set_data(faces)
    window.show_tab(TRAIN)
    window.resize(QSize(*size) - FRAME)
    form, area = window.train.settings_form, window.train._column._scroll
    for one in families():
        form.set_family(one.name)
        settle()
        header = form.more.findChild(QAbstractButton)
        bottom = header.mapTo(area.viewport(), header.rect().bottomLeft()).y()
        assert bottom < area.viewport().height(), (one.name, area.height(), area.content.height())


def test_a_model_that_is_loaded_is_named_in_a_small_window_too(window: MainWindow) -> None:
    document, header = window._services.document, window.header
    window.resize(QSize(640, 360) - FRAME)
    for name, wanted in (("faces", ("faces…", "faces")), ("a-run-with-a-very-long-name", ("…",))):
        document.set_loading(name)
        settle()
        text = header.model_button.text()
        assert any(word in text for word in wanted)
        assert not text.startswith("L"), "the name says more than the word Loading"
        assert len(text) > 4
    document.set_loading("")


@pytest.mark.parametrize("size", sizes((1440, 900), (1366, 768), (1280, 720), (853, 480), (640, 360)))
def test_work_that_begins_and_ends_moves_no_picture(window: MainWindow, size: tuple[int, int]) -> None:
    explore = window.explore
    window.resize(QSize(*size) - FRAME)
    settle()
    canvas, strip = explore.canvas, explore.strip
    places = [(widget.mapTo(window, QPoint(0, 0)), widget.size()) for widget in (canvas, strip)]
    for work in (explore._progress, explore.exporting):
        work.start("Fitting the direction smile")
        work.update_progress("Fitting the direction smile", 1, 2)
        settle()
        assert [(widget.mapTo(window, QPoint(0, 0)), widget.size()) for widget in (canvas, strip)] == places
        assert work.isVisible()
        cancel = work.findChild(QPushButton)
        assert cancel is not None
        middle = cancel.mapTo(window, cancel.rect().center())
        assert window.rect().contains(middle)
        assert window.childAt(middle) is cancel, "nothing covers it"
        work.finish()
        settle()
        assert window.childAt(canvas.mapTo(window, canvas.rect().center())) is canvas
        assert explore._work.isHidden()
