"""How soon the canvas follows a brush of codes and sliders of other families, beside the VAE's slider.

Opens the real app as `ui_latency` does, with the shipped models one after the other: drags the smile of `faces`, brushes a code
over a picture of `codes` and drags its smile, drags the strongest atom of `sparse`.

- canvas_ms: as `ui_latency` has it, for each of these; of a brush, from a mouse event that reaches another cell.
- window_stall_ms: the longest time between two beats on the window's thread, for each of these.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from common import draw_pictures, note, own_places, parser, report, spread, use_screen
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication
from ui_latency import LOADING, SIZE, Drag, Hands, Heart

from core import checkpoint
from core.config import DataConfig

if TYPE_CHECKING:
    from explorer.app import App

T = TypeVar("T")
ROWS, COLUMNS = (1, 6), (1, 6)  # of the 8x8 cells that the brush goes over, from and to


class Families:
    """The three models in turn, with what each took."""

    def __init__(self, app: App, pictures: Path, seconds: float, drags: int) -> None:
        self._app, self._explore = app, app.window.explore
        self._pictures, self._seconds, self._drags = pictures, seconds, drags
        self.hands, self.heart = Hands(app), Heart()
        self.found: dict[str, list[float]] = {}

    def go(self) -> None:
        """Everything in turn."""
        from explorer.explore.faces.column import VALIDATION
        from explorer.explore.families.sc_vae import AtomPane
        from explorer.explore.families.vq_vae import DIRECTIONS, CodesPane
        from explorer.windows.main_window import DATA, EXPLORE

        window, explore, hands = self._app.window, self._explore, self.hands
        window.resize(*SIZE)
        window.show()
        self._app.start("faces")
        self._open("faces")
        window.show_tab(DATA)
        window.panel(DATA).open_config(DataConfig(source=str(self._pictures), image_size=64))
        hands.wait_for(lambda: self._app.document.data is not None and not self._app.document.data_pending, "the pictures")
        window.show_tab(EXPLORE)
        self.heart.start()
        self._measure("faces, smile", lambda: hands.drag(_there(explore.sliders.main_slider), self._seconds))
        self._open("codes")
        codes = explore.own_panes["vq_vae"]
        assert isinstance(codes, CodesPane)
        self._measure("codes, brush", lambda: self._brush(codes))
        codes.show_page(DIRECTIONS)
        hands.wait(0.5)
        sliders = _there(codes.directions.sliders)
        self._measure("codes, smile", lambda: hands.drag(_there(sliders.main_slider), self._seconds))
        self._open("sparse")
        explore.faces.set_source(VALIDATION)
        explore.faces.choose(0)
        atoms = explore.own_panes["sc_vae"]
        assert isinstance(atoms, AtomPane)
        hands.wait_for(lambda: bool(atoms.shown_atoms) and explore.is_up_to_date, "the atoms")
        self._measure("sparse, atom", lambda: hands.drag(_there(atoms.slider(atoms.shown_atoms[0])), self._seconds))

    def _open(self, name: str) -> None:
        note(f"opening {name}")
        app, document = self._app, self._app.document
        if document.model is not None and document.model.name != name:
            app.open_model(str(checkpoint.shipped()[name]))
        self.hands.wait_for(lambda: document.model is not None and document.model.name == name, name)
        if name != "sparse":  # it has no samples to begin with
            self.hands.wait_for(lambda: self._explore.picture is not None and self._explore.is_up_to_date, f"a face of {name}")
        self.hands.wait(1.5)

    def _brush(self, pane: object) -> Drag:
        """Brush to and fro over the middle of the face."""
        from explorer.explore.families.vq_vae import CodesPane

        assert isinstance(pane, CodesPane)
        brush = pane.painter.brush
        first, last = brush.rect_of(ROWS[0], COLUMNS[0]).center(), brush.rect_of(ROWS[1], COLUMNS[1]).center()
        middle, reach = (first + last) / 2.0, (last - first) / 2.0

        def place(turn: float) -> QPointF:
            angle = 2 * math.pi * turn
            return QPointF(middle.x() + reach.x() * math.cos(angle), middle.y() + reach.y() * math.sin(1.7 * angle))

        return self.hands.sweep(brush, first, place, self._seconds)

    def _measure(self, name: str, drag: Callable[[], Drag]) -> None:
        note(name)
        for _ in range(self._drags):
            self.heart.phase = name
            latencies = drag().latencies()
            self.heart.phase = "at rest"
            self.found.setdefault(name, []).extend(latencies)
            self.hands.wait(0.3)


def _there(widget: T | None) -> T:
    """What the model must have to be measured."""
    assert widget is not None
    return widget


def main() -> None:
    """Run it."""
    given = parser("How soon the canvas follows a brush of codes and sliders of other families.").parse_args()
    with tempfile.TemporaryDirectory(prefix="labkhand-") as folder:
        own = Path(folder)
        os.environ |= own_places(own)
        platform = use_screen(os.environ)  # type: ignore[arg-type]
        draw_pictures(own / "pictures", 40)
        from explorer.app import App

        app = App(QApplication(["family_latency"]))
        families = Families(app, own / "pictures", 0.4 if given.quick else 5.0, 1 if given.quick else 4)
        try:
            families.go()
        finally:
            app.close()
            app.window.closing.ask_unsaved = lambda: True  # type: ignore[method-assign] - nobody is there to be asked
            app.window.close()
    stalls = {name: spread(gaps)["max"] for name, gaps in families.heart.gaps.items() if name != LOADING}
    result = {
        "canvas_ms": {name: spread(times) for name, times in families.found.items()},
        "window_stall_ms": {name: stalls[name] for name in families.found},
        "platform": platform,
    }
    report(result, given.json)


if __name__ == "__main__":
    main()
