"""Asking where to save: with a proposed name, in the last folder, and nothing overwritten unasked."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

_LONGEST = 200  # bytes of a proposed name: file systems take 255, and a number and an ending follow


def ask_save_path(parent: QWidget, title: str, folder: str, name: str, kinds: str) -> Path | None:
    """Ask for the file to write.

    Args:
        parent: of the dialog.
        title: of the dialog.
        folder: the last one; "" = the person's pictures.
        name: the proposed file name; a number is added where it is taken.
        kinds: the dialog's filter, such as "PNG picture (*.png)"; several are joined by ";;", and choosing one gives the
            name its ending.

    Returns:
        The file, None if the person cancelled. If it exists, the person has agreed to overwrite it.
    """
    dialog = QFileDialog(parent, title, str(usual_folder(folder)), kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix(Path(name).suffix.lstrip("."))  # added before the dialog checks whether the file exists
    dialog.selectFile(free_path(usual_folder(folder), name).name)
    dialog.filterSelected.connect(lambda kind: _take_ending(dialog, kind))
    chosen = dialog.selectedFiles() if dialog.exec() == QFileDialog.DialogCode.Accepted else []
    dialog.deleteLater()
    return Path(chosen[0]) if chosen else None


def _take_ending(dialog: QFileDialog, kind: str) -> None:
    """Give the name in the dialog the ending of a kind such as "GIF animation (*.gif)"."""
    ending, chosen = re.search(r"\*(\.\w+)", kind), dialog.selectedFiles()
    if ending is not None:
        dialog.setDefaultSuffix(ending[1].lstrip("."))
        if chosen and not os.path.isdir(chosen[0]):
            dialog.selectFile(Path(chosen[0]).with_suffix(ending[1]).name)


def usual_folder(folder: str) -> Path:
    """The last folder if it still exists, or else the person's pictures."""
    if folder and os.path.isdir(folder):
        return Path(folder)
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return Path(pictures) if pictures and os.path.isdir(pictures) else Path.home()


def free_path(folder: Path, name: str) -> Path:
    """`name` in the folder, with the first number that makes it free where it is taken."""
    wanted = Path(name)
    path, number = folder / name, 2
    while os.path.lexists(path):
        path = folder / f"{wanted.stem}-{number}{wanted.suffix}"
        number += 1
    return path


def file_name(*parts: str) -> str:
    """A file name made from words: lower case, words joined by hyphens, no path, no suffix, as long as file systems take it."""
    words = re.sub(r"[^\w.+]+", "-", " ".join(parts).lower(), flags=re.UNICODE).strip("-._")
    short = re.sub(r"-{2,}", "-", words)[:120].encode("utf-8", "ignore")[:_LONGEST].decode("utf-8", "ignore")
    return short.rstrip("-._") or "labkhand"


def percent_in_name(percentage: float) -> str:
    """A percentage in a file's name, where a minus sign would be one more hyphen."""
    rounded = round(percentage)
    return f"minus {-rounded}" if rounded < 0 else str(rounded)


def obstacle(path: Path, speaker: QObject) -> str:
    """Why no file can be written at a path, in a sentence; "" if nothing is known to be in its way.

    Args:
        path: of the file.
        speaker: whose words these are.
    """
    for place in (path.parent, path):
        try:
            os.stat(place)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return speaker.tr("The name is too long for a file there: choose a shorter one.")
            if error.errno in (errno.EACCES, errno.EPERM):
                return speaker.tr("You may not open the folder {folder}: choose another one.").format(folder=path.parent)
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                return speaker.tr("The folder {folder} can't be reached: choose another one.").format(folder=path.parent)
    if not os.path.isdir(path.parent):
        return speaker.tr("There is no folder {folder}.").format(folder=path.parent)
    return speaker.tr("{name} is a folder: choose another name.").format(name=path.name) if os.path.isdir(path) else ""


def show_in_folder(path: Path) -> None:
    """Open the folder that holds a file in the desktop's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
