"""How long the window is held up while a large photo is opened, edited, saved, copied and pasted in it.

Opens the real app as `ui_latency` does, and in it a drawn face as a photo of `--megapixels`; meanwhile a 5 ms timer beats on the
window's thread.

- `longest_stalls_ms`: the longest time between two beats, by what was going on (so 5 means that nothing held it).
- `seconds`: how long each of them took.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from common import find_model, note, own_places, parser, report, use_screen
from PIL import Image
from PySide6.QtWidgets import QApplication
from ui_latency import LOADING, SIZE, FirstPaint, Hands, Heart

from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters

if TYPE_CHECKING:
    from explorer.app import App

FORMATS = (".png", ".jpg", ".webp")


def draw_photo(path: Path, megapixels: float) -> None:
    """A drawn face that fills a photo, with a camera's noise."""
    side = int((megapixels * 1e6) ** 0.5)
    face = np.asarray(draw_face(sample_parameters(np.random.default_rng([3, 1])), 1024))
    pixels = np.asarray(cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC))
    noise = np.random.default_rng(0).integers(0, 8, (side, side, 1), dtype=np.uint8)
    Image.fromarray(np.minimum(pixels, 247) + noise).save(path, quality=92)


class Visit:
    """A person who edits a photo of their own."""

    def __init__(self, app: App, model: str, folder: Path) -> None:
        self._app, self._window, self._model, self._folder = app, app.window, model, folder
        self.heart = Heart()
        self.hands = Hands(app)
        self.seconds: dict[str, float] = {}

    def go(self, photo: Path) -> None:
        """Open the window and the photo, and do all that one does with it."""
        self._open()
        self._doing("opening the photo", lambda: self._window.explore.faces.open_file(str(photo)), self._is_opened)
        slider = self._window.explore.sliders.main_slider
        assert slider is not None, "the model has no direction"
        self._doing("dragging the smile", lambda: self.hands.drag(slider, 2.0), self._is_at_rest)
        for ending in FORMATS:
            self._doing(f"saving {ending}", lambda ending=ending: self._save(ending), self._is_at_rest)
        self._doing("copying", self._window.files.copy_picture, self._is_at_rest)
        self._doing("pasting", self._window.files.paste_photo, self._is_opened)

    def _open(self) -> None:
        done: list[str] = []
        self._window.resize(*SIZE)
        FirstPaint(self._window, self.heart.start)
        self._app.settled.connect(lambda: done.append("settled"))
        self._app.start(self._model)
        self.hands.wait_for(lambda: bool(done) and self._window.explore.picture is not None, "the model")
        self.hands.wait(1.0)

    def _doing(self, phase: str, act: Callable[[], object], is_done: Callable[[], bool]) -> None:
        self.heart.phase = phase
        begin = time.perf_counter()
        act()
        self.hands.wait_for(is_done, phase)
        self.seconds[phase] = round(time.perf_counter() - begin, 2)
        self.hands.wait(1.0)
        self.heart.phase = "at rest"
        note(f"{phase}: {self.seconds[phase]} s")

    def _save(self, ending: str) -> None:
        from explorer.saving.ask_picture import SavePicture

        self._window.files.save_picture()
        (dialog,) = self._window.findChildren(SavePicture)
        dialog.set_folder(self._folder)
        dialog.format.set_ending(ending)
        dialog.name.setText(f"edited{ending}")
        dialog.accept()
        self.hands.wait_for(lambda: not self._window.findChildren(SavePicture), "the dialog's end")

    def _is_at_rest(self) -> bool:
        from explorer.tasks import running_tasks

        return not running_tasks()

    def _is_opened(self) -> bool:
        return self._is_at_rest() and self._window.explore.shows_photo


def main() -> None:
    """Run it."""
    options = parser("How long the window is held up while a large photo is edited in it.")
    options.add_argument("--checkpoint", default="", metavar="C", help="the shipped `faces` by default")
    options.add_argument("--megapixels", type=float, default=0.0, help="50 by default (--quick: 4)")
    given = options.parse_args()
    megapixels = given.megapixels or (4 if given.quick else 50)
    with tempfile.TemporaryDirectory(prefix="labkhand-") as folder:
        own = Path(folder)
        os.environ |= own_places(own)
        platform = use_screen(os.environ)  # type: ignore[arg-type]
        model = find_model(given.checkpoint, own)
        draw_photo(own / "photo.jpg", megapixels)
        from explorer.app import App

        qt = QApplication(["photo_window"])
        app = App(qt)
        visit = Visit(app, model, own)
        try:
            visit.go(own / "photo.jpg")
        finally:
            app.close()
            app.window.closing.ask_unsaved = lambda: True  # type: ignore[method-assign] - nobody is there to be asked
            app.window.close()
    stalls = {phase: round(max(gaps), 1) for phase, gaps in visit.heart.gaps.items() if phase != LOADING}
    result = {"megapixels": megapixels, "longest_stalls_ms": stalls, "seconds": visit.seconds, "platform": platform}
    report(result, given.json)


if __name__ == "__main__":
    main()
