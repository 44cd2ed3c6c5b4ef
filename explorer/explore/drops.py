"""What is dropped on Explore: pictures to open, and a sentence that says what to do with anything else."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject

from core.checkpoint import SUFFIX
from core.files import printable
from core.photo.inputs import SUFFIXES
from explorer.actions import keys_of
from explorer.messages import Message

NAMED = 3  # files that a sentence names


@dataclass(frozen=True, slots=True)
class Dropped:
    """Files and folders that are dragged or were copied."""

    pictures: tuple[str, ...]
    folders: tuple[str, ...]
    others: tuple[str, ...]  # files that are no pictures, and addresses in the web


def dropped(mime: QMimeData) -> Dropped:
    """What is dragged, or lies on the clipboard."""
    places = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
    folders = tuple(place for place in places if os.path.isdir(place))
    files = [place for place in places if place not in folders]
    pictures = tuple(place for place in files if Path(place).suffix.lower() in SUFFIXES)
    remote = tuple(url.toString() for url in mime.urls() if not url.isLocalFile())
    return Dropped(pictures, folders, tuple(place for place in files if place not in pictures) + remote)


def advice(what: Dropped, speaker: QObject, open_folder: Callable[[str], None]) -> Message | None:
    """What to do with the things that can't be opened here; None where all were pictures.

    Args:
        what: was dropped.
        speaker: whose words these are.
        open_folder: opens a folder on the Data tab.
    """
    others = (*what.folders, *what.others)
    if not others:
        return None
    names = ", ".join(printable(Path(place).name) for place in others[:NAMED]) + (", …" if len(others) > NAMED else "")
    if what.pictures:
        return Message(speaker.tr("Left out, as no pictures: {names}.").format(names=names), "warning")
    if what.folders:
        text = speaker.tr("{name} is a folder: drop its pictures here to edit them, or open it on the Data tab to train on them.")
        folder = what.folders[0]
        action = (speaker.tr("Open on Data"), lambda: open_folder(folder))
        return Message(text.format(name=printable(Path(folder).name)), "info", action=action)
    if "://" in others[0]:
        text = speaker.tr("That lies on the web: copy the picture there and paste it here ({keys}), or save it and drop its file.")
        return Message(text.format(keys=keys_of("paste_photo")))
    if others[0].endswith(SUFFIX):
        text = speaker.tr("{names} is a model: open it from the menu at the top ({keys}).")
        return Message(text.format(names=names, keys=keys_of("open_model")))
    text = speaker.tr("Only pictures can be edited here, such as JPEG or PNG files: {names} is none.")
    many = speaker.tr("Only pictures can be edited here, such as JPEG or PNG files: {names} are none.")
    return Message((text if len(others) == 1 else many).format(names=names))
