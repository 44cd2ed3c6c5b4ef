"""The Gallery's reconstructions: validation pictures, each over its reconstruction."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.config import FACE
from core.data.statistics import near_white
from core.export.images import wrapped
from explorer.data.sources import source_title
from explorer.document.decoding import DecodeService
from explorer.document.document import Document
from explorer.document.frame_check import FrameCheck
from explorer.document.framing import framing_of, held_out, same_files
from explorer.document.loading import LoadedModel
from explorer.gallery.encoded import EncodedSection
from explorer.gallery.section import EXPORT_COLUMNS, Export
from explorer.gallery.valid_faces import COUNTS, EncodedFaces, ValidFaces, put_choice_of_pictures
from explorer.look.icons import icon
from explorer.look.theme import SPACE
from explorer.qt import override
from explorer.saving.ask_path import file_name


def psnr(x: np.ndarray, y: np.ndarray) -> float:
    """Peak signal-to-noise ratio of two uint8 pictures of one shape, in dB, capped at 100 as in `core.metrics`."""
    return _decibels(_squares(x, y))


def object_psnr(x: np.ndarray, y: np.ndarray) -> float | None:
    """The same over the pixels whose original x isn't near-white, as in `core.metrics`; None where all are."""
    errors = _squares(x, y)[~near_white(x)]
    return _decibels(errors) if errors.size else None


def _squares(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    difference: np.ndarray = (x.astype(np.float32) - y.astype(np.float32)) / 255.0
    return np.square(difference)


def _decibels(squares: np.ndarray) -> float:
    return float(-10.0 * np.log10(max(float(squares.mean()), 1e-10)))


class ReconstructionsSection(EncodedSection):
    """8 or 32 validation pictures, each over its reconstruction, with how near they are."""

    reframe_requested = Signal(str, int)
    """Read the data again, with the crop and image size that the model was trained with."""

    def __init__(
        self,
        document: Document,
        decode_service: DecodeService,
        valid: ValidFaces,
        frame_check: FrameCheck,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(document, decode_service, valid, parent)
        self._frame_check = frame_check
        self._mends_by_faces = False  # which framing the notice offers
        self._psnr: list[float | None] = []
        self._object_psnr: list[float | None] = []  # without the white background, of data sets that have one
        self.count_choice = put_choice_of_pictures(self)
        self._notice = QWidget(self)
        self._notice_mark = QLabel(self._notice)
        self._notice_text = QLabel(self._notice)
        self._notice_text.setWordWrap(True)
        self.reframe_button = QPushButton(self.tr("Frame them the same way"), self._notice)
        self.reframe_button.setToolTip(
            self.tr(
                "<p>Read the pictures again, framed as those that this model was trained on. It changes no file, but Data then has "
                "them so, and the next training uses that</p>"
            )
        )
        notice = QHBoxLayout(self._notice)
        notice.setContentsMargins(0, 0, 0, 0)
        notice.setSpacing(SPACE)
        notice.addWidget(self._notice_mark, 0, Qt.AlignmentFlag.AlignVCenter)
        notice.addWidget(self._notice_text, 1)
        notice.addWidget(self.reframe_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self._notice)
        layout.addWidget(self.sheet, 1)
        self.reframe_button.clicked.connect(self._on_reframe_button_clicked)
        frame_check.changed.connect(self._show_notice)

    @property
    def count(self) -> int:
        """How many pictures are shown: 8 or 32, or all where there are fewer."""
        wanted = COUNTS[self.count_choice.choice]
        return wanted if self._faces is None else min(wanted, len(self._faces.rows))

    @property
    def mean_psnr(self) -> float | None:
        """In dB, over the pictures shown; None until all are there."""
        known = [value for value in self._psnr if value is not None]
        return float(np.mean(known)) if known and len(known) == len(self._psnr) else None

    @property
    def mean_object_psnr(self) -> float | None:
        """The same over the pixels whose originals aren't near-white; None also where the data set's background isn't white."""
        known = [value for value in self._object_psnr if value is not None]
        return float(np.mean(known)) if known and self.mean_psnr is not None else None

    @property
    def caption(self) -> str:
        faces, mean = self._faces, self.mean_psnr
        if faces is None:
            return ""
        if held_out(faces.model, faces.data):
            text = self.tr("Validation pictures (top) over their reconstructions")
        else:
            text = self.tr("Pictures of {data} (top) over their reconstructions, not the model's own validation pictures")
        text = text.format(data=source_title(faces.data.config.source, faces.data.index.name))
        if mean is not None:
            text = self.tr("{text}; mean PSNR {psnr} dB").format(text=text, psnr=f"{mean:.1f}")
        of_object = self.mean_object_psnr
        if of_object is not None:
            words = self.tr("{text}, {psnr} dB without the white background (where the original is below 0.98 in a channel)")
            text = words.format(text=text, psnr=f"{of_object:.1f}")
        return self.tr("{text}. Model: {model}").format(text=text, model=faces.model.name)

    @override
    def refresh(self) -> None:
        self._show_notice()
        super().refresh()

    def _show_faces(self, faces: EncodedFaces, before: EncodedFaces | None) -> None:
        self._frame_check.ensure()
        same = before is not None and np.array_equal(before.rows, faces.rows) and before.data is faces.data
        count = self.count
        kept = [self.sheet.picture(i, 1) if same and i < self.sheet.count else None for i in range(count)]
        self._psnr = [None] * count
        self._object_psnr = [None] * count
        self.sheet.set_pictures([list(faces.originals[:count]), kept], self._label)
        self.ask(faces.z[:count], faces.given.at(slice(count)))

    @override
    def clear(self) -> None:
        super().clear()
        self._psnr, self._object_psnr = [], []
        self.sheet.set_pictures([[], []])

    def show_decoded(self, place: int, image: np.ndarray) -> None:
        assert self._faces is not None
        self.sheet.set_picture(place, image, 1)
        original = self._faces.originals[place]
        self._psnr[place] = psnr(original, image)
        self._object_psnr[place] = object_psnr(original, image) if self._faces.on_white else None

    def export(self) -> Export | None:
        faces, count = self._faces, self.sheet.count
        if faces is None or not self.is_complete or self.mean_psnr is None:
            return None
        decoded = [picture for i in range(count) if (picture := self.sheet.picture(i, 1)) is not None]
        above, below = (wrapped(pictures, EXPORT_COLUMNS) for pictures in (faces.originals[:count], np.stack(decoded)))
        recipe = {
            "what": "validation pictures over their reconstructions",
            "checkpoint": faces.model.id,
            "data": faces.data.fingerprint,
            "split_seed": faces.data.config.split_seed,
            "rows": faces.rows[:count].tolist(),
            "psnr_db": round(self.mean_psnr, 3),
        }
        if self.mean_object_psnr is not None:
            recipe["psnr_without_white_db"] = round(self.mean_object_psnr, 3)
        rows = [row for pair in zip(above, below, strict=True) for row in pair]
        name = file_name(faces.model.name, "reconstructions", str(count))
        return Export(rows, self.caption, (), recipe, name, together=2)

    @override
    def _label(self, index: int) -> str:
        name = super()._label(index)
        value = self._psnr[index] if index < len(self._psnr) else None
        if value is None:
            return name
        text = self.tr("{file}: PSNR {psnr} dB").format(file=name, psnr=f"{value:.1f}")
        without = self._object_psnr[index]
        return text if without is None else self.tr("{text}, without white {psnr} dB").format(text=text, psnr=f"{without:.1f}")

    def _show_notice(self) -> None:
        """Say that pictures framed unlike the model's own are reconstructed worse than necessary."""
        model, data = self.model, self.document.data
        differs, words = False, self._frame_check.words()
        if model is not None and data is not None:
            differs = framing_of(model, data)[0] != data.config.crop and (same_files(model, data) or _by_face(model))
        self._notice.setVisible(differs or bool(words))
        self.reframe_button.setVisible(differs or self._frame_check.is_mended_by_faces)
        self._notice_mark.setPixmap(icon("info", "muted_text").pixmap(16, 16))
        if differs:
            words = self.tr(
                "These pictures are framed differently from those the model was trained on. Framed the same way, they "
                "come out better."
            )
        self._mends_by_faces = not differs
        self._notice_text.setText(words)

    def _on_reframe_button_clicked(self) -> None:
        if self.model is not None:
            config = self.model.header.config.data
            self.reframe_requested.emit(FACE if self._mends_by_faces else config.crop, config.image_size)


def _by_face(model: LoadedModel) -> bool:
    """Whether the model's own pictures were framed by their faces."""
    return model.header.config.data.crop == FACE
