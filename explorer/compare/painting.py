"""A report's figures as the window shows them: made anew for its width, its screen and its theme by one worker after another."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QFontInfo, QImage
from PySide6.QtWidgets import QApplication

from core.export.paper import WIDTH, Paper
from explorer.look.pixels import to_large_qimage
from explorer.look.theme import colors
from explorer.tasks import Progress, run_task

if TYPE_CHECKING:
    from core.export.report import Figure


@dataclass(frozen=True, slots=True)
class Look:
    """How a figure is wanted: its width in the screen's pixels, and what it is drawn on."""

    width: int
    paper: Paper


class Wants(Protocol):
    """Who shows a figure."""

    figure: Figure

    @property
    def is_in_sight(self) -> bool: ...

    def take(self, image: QImage, look: Look) -> None: ...


class FigurePainter(QObject):
    """Makes one picture at a time, those in sight first; of several wishes for the same place the last one counts.

    Args:
        failed: is told what can't be drawn.
    """

    def __init__(self, failed: Callable[[BaseException], None], parent: QObject) -> None:
        super().__init__(parent)
        self._failed = failed
        self._wishes: dict[Wants, Look] = {}
        self._busy = False
        self._page = 0  # counts: a picture for the page before finds nobody

    @property
    def is_done(self) -> bool:
        """Whether all that was wanted is there."""
        return not self._busy and not self._wishes

    def want(self, view: Wants, look: Look) -> None:
        """A place wants its figure so."""
        self._wishes[view] = look
        self._next()

    def forget(self) -> None:
        """All places are gone."""
        self._wishes.clear()
        self._page += 1

    def _next(self) -> None:
        if self._busy or not self._wishes:
            return
        view = next((one for one in self._wishes if one.is_in_sight), next(iter(self._wishes)))
        look, figure = self._wishes.pop(view), view.figure
        self._busy = True
        page = self._page

        def done(image: QImage) -> None:
            self._busy = False
            if page == self._page and view not in self._wishes:  # else it is gone, or wants another one by now
                view.take(image, look)
            self._next()

        def failed(error: BaseException) -> None:
            self._busy = False
            self._failed(error)
            self._next()

        def work(_: Progress) -> QImage:
            return painted(figure, look)

        run_task(self, work, done=done, failed=failed, name="figure of a report")


def screen_look(width: float, ratio: float) -> Look:
    """A figure as wide as this, in device-independent pixels, in the theme that is in use."""
    theme = colors()
    pixels = max(1, round(width * ratio))
    paper = Paper(
        ground=theme.window.name(),
        text=theme.text.name(),
        line=theme.line.name(),
        border=theme.border.name(),
        hues=(*(hue.name() for hue in theme.hues), theme.text.name()),
        dpi=pixels / WIDTH,
        families=(QFontInfo(QApplication.font()).family(),),
    )
    return Look(pixels, paper)


def painted(figure: Figure, look: Look) -> QImage:
    """A figure as a picture of that width; for a worker: the first one imports matplotlib."""
    if figure.draw is not None:
        from core.export.drawn import to_pixels  # noqa: PLC0415
        from explorer.chart.figure import font_families  # noqa: PLC0415

        families = tuple(font_families(look.paper.families[0]))
        return to_large_qimage(to_pixels(figure.draw, replace(look.paper, families=families))[..., :3])
    assert figure.sheet is not None
    ground = QColor(look.paper.ground)
    return to_large_qimage(sharply(figure.sheet((ground.red(), ground.green(), ground.blue())), look.width))


def sharply(pixels: np.ndarray, width: int) -> np.ndarray:
    """A sheet enlarged without smoothing its pixels, or made smaller without losing any.

    Between whole multiples each pixel keeps its size to a fraction, and only the line between two is mixed of both.

    Args:
        pixels: uint8 (H, W, 3).
        width: wanted.

    Returns:
        uint8 (H * width / W, width, 3).
    """
    from PIL import Image  # noqa: PLC0415 - not needed for the first picture

    times = max(1, math.ceil(width / pixels.shape[1]))
    height = max(1, round(pixels.shape[0] * width / pixels.shape[1]))
    large = Image.fromarray(pixels.repeat(times, axis=0).repeat(times, axis=1))
    return np.asarray(large.resize((width, height), Image.Resampling.BOX))
