"""What single families have in Explore, found by the family's name: a pane in place of sliders, or a page in place of all else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from PySide6.QtWidgets import QWidget

from core.families.registry import PLACES
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.explore.direction_menu import DirectionMenu
from explorer.explore.families.photo_page import PhotoPage
from explorer.messages import Messenger
from explorer.widgets.canvas import FaceCanvas


@dataclass(frozen=True, slots=True, eq=False)
class PaneParts:
    """What Explore lends to its panes.

    Attributes:
        document: whose face they change.
        decoding: draws codes.
        canvas: that shows the face.
        shows_model: whether it does so as the model draws it, and not in its photo.
        menu: what fits directions, and opens and saves them.
    """

    document: Document
    decoding: DecodeService
    canvas: FaceCanvas
    shows_model: Callable[[], bool]
    menu: DirectionMenu


MakePane = Callable[[PaneParts, QWidget], Any]
"""Makes a widget with `set_model`, which gets None while a model of another family is in use, and `refresh`."""

MakePage = Callable[[Messenger, QWidget], PhotoPage[Any, Any]]
"""Makes a page; its `set_model` gets None while a model of another family is in use."""


def own_panes() -> dict[str, MakePane]:
    """What makes the pane of a family, where there is one: `pane` of the module here that is called like it."""
    return _of_modules("pane")


def own_pages() -> dict[str, MakePage]:
    """What makes the page of a family without codes, where there is one: `page` of its module."""
    return _of_modules("page")


def _of_modules(what: str) -> dict[str, Any]:
    names = {family: f"{__package__}.{family}" for family in PLACES}
    modules = {family: import_module(name) for family, name in names.items() if find_spec(name) is not None}
    return {family: getattr(module, what) for family, module in modules.items() if hasattr(module, what)}
