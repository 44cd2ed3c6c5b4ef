"""Exports of Explore's face other than the picture itself: the strip, before and after, and the change as a film."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from core.export.sheet_file import SheetFile
from core.latent.code import space_named
from core.progress import Progress
from explorer.document.document import Document
from explorer.messages import Messenger
from explorer.saving.pictures import Saver, picture_name, session_recipe, strip_name, strip_picture
from explorer.settings.store import SettingsStore
from explorer.tasks import run_task

if TYPE_CHECKING:
    from core.data.photo import Photo
    from core.photo.part import EditView

FILM_SIDE = 512  # pixels of the longer side
STRIP_SIDE = 1024  # of each photo in a strip, at most


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The face at this moment, so that later changes don't affect an export."""

    view: Callable[[int], EditView]  # makes the view, with at most so many pixels on a photo part's longer side; for a worker
    photo: Photo | None  # whose profile the pictures have
    before: np.ndarray  # (D,)
    after: np.ndarray  # (D,)
    can_move: bool  # whether there are faces between these two codes


class Exporter(QObject):
    """Makes and saves the exports, off the window's thread.

    Args:
        saver: asks where and writes.
        shows_photo: whether the canvas shows the photo rather than the model's own drawing of its face.
    """

    def __init__(
        self,
        document: Document,
        settings: SettingsStore,
        messenger: Messenger,
        saver: Saver,
        shows_photo: Callable[[], bool],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document = document
        self._settings = settings
        self._messenger = messenger
        self._saver = saver
        self._shows_photo = shows_photo
        self._window = window

    def awaits_photo(self) -> bool:
        """Whether the photo is still being made ready; then nothing is saved in its place, and the person is told."""
        anchor = self._document.session.anchor
        if anchor is None or not self._document.awaits_photo:
            return False
        text = self.tr("{name} isn't ready yet. Try once more in a moment.")
        self._messenger.info(text.format(name=anchor.label))
        return True

    def save_strip(self, percentages: list[float], labels: list[str]) -> None:
        """One picture of the face at these percentages of the main direction; for a photo, the part around the face."""
        if self.awaits_photo():
            return
        session, direction, now = self._document.session, self._document.main_direction, self._snapshot()
        if direction is None or now is None:
            self._messenger.info(self.tr("There is no strip to save yet."))
            return
        all_codes = [self._document.code_with(session.with_edit("direction", direction.name, one).edits) for one in percentages]
        codes = [code for code in all_codes if code is not None]
        recipe = session_recipe(session, "strip") | {"direction": direction.name, "percentages": percentages}
        original = self._document.original(session.anchor) if self._settings.value.strip_original else None
        caption = self.tr("Steps along “{name}”, in percent of the way to the average picture with it. Model: {model}")
        caption = caption.format(name=direction.shown_name.replace("_", " "), model=self._model_name)
        name, title = strip_name(session, direction.shown_name, percentages), self.tr("Save the strip")
        self._ask(now, codes, labels, name, recipe, caption, title, original=original, in_picture=True)

    def save_before_after(self) -> None:
        """The face without its edits and with them, side by side."""
        if self.awaits_photo():
            return
        session, now = self._document.session, self._snapshot()
        if now is None or not session.edits:
            self._say_nothing_changed()
            return
        name = f"{picture_name(session, self._document.shown_name)}-before-after"
        labels = [self.tr("Before"), self.tr("After")]
        caption = self.tr("Before and after an edit. Model: {model}").format(model=self._model_name)
        title = self.tr("Save before and after")
        self._ask(now, [now.before, now.after], labels, name, session_recipe(session, "before and after"), caption, title)

    def save_film(self) -> None:
        """A film from the face to the edited one and back."""
        if self.awaits_photo():
            return
        now = self._snapshot()
        if now is None or not self._document.session.edits:
            self._say_nothing_changed()
            return
        if not now.can_move:
            text = self.tr(
                "Nothing lies between two codes of a codebook, so there is no film of the change. Before and after can be saved "
                "side by side."
            )
            self._messenger.info(text)
            return
        name = picture_name(self._document.session, self._document.shown_name)

        def work(progress: Progress) -> bool:
            from core.export.video import can_write_mp4  # noqa: PLC0415 - loads OpenCV

            return can_write_mp4()

        run_task(
            self, work, done=lambda mp4: self._ask_film(now, name, mp4), failed=self._messenger.report, name="try to write a film"
        )

    def write_film(self, now: Snapshot, path: Path) -> None:
        """Write the film of a face."""
        what = self.tr("Making {name}").format(name=path.name)

        def work(progress: Progress) -> None:
            from core.export.change_film import save_change  # noqa: PLC0415 - loads OpenCV, off the window's thread
            from core.photo.part import in_srgb  # noqa: PLC0415

            progress(what, 0, 0)
            view = now.view(FILM_SIDE)
            side = FILM_SIDE
            if view.part is not None:
                side = max(view.part.pixels.shape[:2])  # a photo isn't enlarged
                if now.photo is not None:
                    pixels = in_srgb(view.part.pixels, now.photo.icc)  # films can't hold a profile
                    view = replace(view, part=replace(view.part, pixels=pixels))
            change = now.after - now.before
            save_change(
                path,
                lambda share: view.picture(now.before + np.float32(share) * change),
                side,
                lambda _doing, done, total: progress(what, done, total),
            )

        self._saver.work.start(what, work, lambda _: self._saver.on_saved(path), "film")

    def _snapshot(self) -> Snapshot | None:
        document = self._document
        anchor, model, after = document.session.anchor, document.model, document.edited_code()
        if anchor is None or model is None or after is None:
            return None
        opened = document.shown_photo if self._shows_photo() else None
        before = np.asarray(anchor.z, np.float32)

        def view(side: int) -> EditView:
            from core.photo.edit import place  # noqa: PLC0415 - loads OpenCV, off the window's thread
            from core.photo.part import EditView  # noqa: PLC0415

            if opened is None:
                return EditView(model.engine)
            face = place(opened.photo, anchor.both_eyes, model.header)
            return EditView.of_photo(model.engine, before, face, side, anchor.is_as_before)

        photo = replace(opened.photo, alpha=None, camera=None) if opened is not None else None
        return Snapshot(view, photo, before, after, space_named(model.spaces, anchor.space).adds)

    def _ask(
        self,
        now: Snapshot,
        codes: Sequence[np.ndarray],
        labels: list[str],
        name: str,
        recipe: dict[str, Any],
        caption: str,
        title: str,
        *,
        original: np.ndarray | None = None,
        in_picture: bool = False,
    ) -> None:
        """Save pictures of codes side by side; `original` (S, S, C), as the model sees it, before them.

        In a PDF or SVG they stand over the caption, with `in_picture` also in a picture. `title` is that of the dialog.
        """
        what = self.tr("Making the pictures")

        def steps(progress: Progress) -> tuple[list[np.ndarray], list[str]]:
            view, pictures = now.view(STRIP_SIDE), []
            for done, code in enumerate(codes):
                progress(what, done, len(codes))
                pictures.append(view.picture(code))
            if original is None:
                return pictures, labels
            first = original if view.part is None else view.part.pixels
            return [first, *pictures], [self.tr("Original"), *labels]

        def picture(progress: Progress) -> np.ndarray:
            return strip_picture(*steps(progress), caption if in_picture else "")

        def sheet(progress: Progress) -> SheetFile:
            pictures, words = steps(progress)
            return SheetFile([np.stack(pictures)], caption, words)

        self._saver.ask_and_save(picture, name, recipe, now.photo, is_edit=False, sheet=sheet, title=title)

    def _ask_film(self, now: Snapshot, name: str, mp4: bool) -> None:
        from explorer.saving.ask_picture import SavePicture  # noqa: PLC0415 - not needed for the first picture

        dialog = SavePicture(
            name,
            self._settings,
            self._window,
            is_edit=False,
            edited=False,  # a film has no notes to say so, and no corner is written into
            folder=self._saver.proposed_folder(now.photo),
            film=(".gif", ".webp", ".mp4") if mp4 else (".gif", ".webp"),
            title=self.tr("Save the change as a film"),
        )
        dialog.accepted.connect(lambda: self.write_film(now, dialog.path))
        dialog.open()

    @property
    def _model_name(self) -> str:
        model = self._document.model
        return "" if model is None else model.name

    def _say_nothing_changed(self) -> None:
        self._messenger.info(self.tr("Nothing is changed yet: move a slider first."))
