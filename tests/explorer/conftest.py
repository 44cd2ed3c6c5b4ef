"""For tests of the window: an application in its own clothes, and no task or thread left behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from explorer import tasks
from explorer.theme import apply_theme


@pytest.fixture(scope="session")
def themed_app(qapp: QApplication) -> QApplication:
    """The application, dressed in the light theme."""
    apply_theme(qapp, "light")
    return qapp


@pytest.fixture(autouse=True)
def own_window_state(themed_app: QApplication) -> Iterator[None]:
    """Every test starts in the light theme, left to right, and leaves no task running."""
    yield
    tasks.drop_all_tasks()
    themed_app.setLayoutDirection(themed_app.layoutDirection().LeftToRight)
    apply_theme(themed_app, "light")
