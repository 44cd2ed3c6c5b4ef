"""Connects a slider to the document's edits."""

from __future__ import annotations

from explorer.document.document import Document
from explorer.widgets.slider.latent_slider import LatentSlider


def connect_edit(slider: LatentSlider, document: Document, kind: str, key: str) -> None:
    """Let a slider ask the document to change one edit; a drag is one step of undo."""

    def on_slider_value_changed(value: float) -> None:
        anchor = document.session.anchor
        if anchor is not None:
            document.set_edit(kind, key, value - (anchor.z[int(key)] if kind == "dimension" else 0.0))

    slider.gesture_started.connect(document.begin_gesture)
    slider.gesture_finished.connect(document.end_gesture)
    slider.value_changed.connect(on_slider_value_changed)
