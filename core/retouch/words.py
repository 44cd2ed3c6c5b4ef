"""Notes about photos whose edit is weakened; without OpenCV, so that the window starts fast."""

from __future__ import annotations

WEAKER = 0.9  # of an edit: from here on, weakening isn't mentioned
LEAST_SHOWN = 0.02  # of an edit: less isn't visible


def weaker_note(name: str, trusted: float) -> str:
    """A note about a photo whose edit is weakened, "" where it isn't.

    Args:
        name: of the photo.
        trusted: how much of its edit it gets, 0 to 1 (`core.photo.face_edit.FaceEdit.trusted`).
    """
    if trusted >= WEAKER:
        return ""
    far = f"is applied at {100 * trusted:.0f} % of its strength" if trusted >= LEAST_SHOWN else "is left out"
    why = "the face is turned, hidden, unlike those that the model was trained on, or would have to change too much"
    return f"{name}: {why}; the edit {far}."
