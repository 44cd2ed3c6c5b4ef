"""For tests of the window: an application in its own clothes, and no task or thread left behind."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer import tasks
from explorer.document.loading import LoadedModel
from explorer.garbage import GarbageCollector
from explorer.look.theme import apply_theme
from explorer.windows.closing import Closing
from tests.explorer.explore_bench import Bench

ASK_UNSAVED = Closing.ask_unsaved


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Closing asks, in a test."""
    Closing.ask_unsaved = ASK_UNSAVED  # type: ignore[method-assign]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Once it is over, nobody is there to be asked."""
    Closing.ask_unsaved = lambda self: True  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def themed_app(qapp: QApplication) -> QApplication:
    """The application, dressed in the light theme."""
    apply_theme(qapp, "light")
    return qapp


@pytest.fixture(scope="session")
def tests_done(qapp: QApplication) -> Iterator[list[int]]:
    """Counts the tests; garbage is collected as it is in the app."""
    collector = GarbageCollector(qapp)
    collector.start()
    yield [0]
    tasks.drop_all_tasks()
    gc.collect()  # while the application is there: what is left of its windows can't be destroyed after it
    collector.stop()
    gc.disable()


@pytest.fixture(autouse=True)
def own_window_state(themed_app: QApplication, tests_done: list[int]) -> Iterator[None]:
    """Every test starts in the light theme, left to right, and leaves no task running."""
    gc.disable()  # closing an app switched it on
    kept = themed_app.topLevelWidgets()  # of fixtures that several tests share
    yield
    tasks.drop_all_tasks()
    for window in themed_app.topLevelWidgets():
        if window not in kept:
            window.hide()  # it would take the next test's mouse,
            window.deleteLater()  # and Qt's signals hold what a window's own functions hold, so that no collector takes it
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    tests_done[0] += 1
    gc.collect(2 if tests_done[0] % 20 == 0 else 1)
    themed_app.setLayoutDirection(themed_app.layoutDirection().LeftToRight)
    apply_theme(themed_app, "light")


@pytest.fixture(scope="session")
def colouriser(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """A colouriser that takes no colour points."""
    from tests.explorer.photo_page_bench import a_colouriser  # loads torch

    return a_colouriser(tmp_path_factory.mktemp("colouriser") / "run", learning_rate=0.004)


@pytest.fixture(scope="session")
def translator(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """A CycleGAN of faces that smile and faces that don't."""
    from tests.explorer.photo_page_bench import a_translator  # loads torch

    return a_translator(tmp_path_factory.mktemp("cyclegan") / "run")


@pytest.fixture
def empty_bench(qtbot: QtBot) -> Iterator[Bench]:
    """The Explore tab, shown, before any model."""
    made = Bench()
    qtbot.addWidget(made.panel)
    made.panel.show()
    qtbot.waitExposed(made.panel)
    yield made
    made.decoding.close()


@pytest.fixture
def bench(empty_bench: Bench) -> Bench:
    """The Explore tab with a model and a face."""
    empty_bench.open_model()
    return empty_bench
