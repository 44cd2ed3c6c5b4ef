"""Notes about photos whose edit is weakened; without OpenCV, so that the window starts fast."""

from __future__ import annotations

WEAKER = 0.9  # of an edit: from here on, weakening isn't mentioned
LEAST_SHOWN = 0.02  # of an edit: less isn't visible


def is_for_size(trusted: float, by_size: float) -> bool:
    """Whether an edit is weakened first of all because the face is small, given both shares of `weaker_note`."""
    return by_size < WEAKER and by_size * by_size <= trusted


def weaker_note(name: str, trusted: float, by_size: float = 1.0) -> str:
    """A note about a photo whose edit is weakened, "" where it isn't.

    Args:
        name: of the photo.
        trusted: how much of its edit it gets, 0 to 1 (`core.photo.face_edit.FaceEdit.trusted`).
        by_size: how much of it would be left by the face's size alone, at least `trusted`.
    """
    if trusted >= WEAKER:
        return ""
    far = f"is applied at {100 * trusted:.0f} % of its strength" if trusted >= LEAST_SHOWN else "is left out"
    why = "the face is turned, hidden, unlike those that the model was trained on, or would have to change too much"
    if is_for_size(trusted, by_size):
        why = "the face has too few pixels for an edit that looks real"
    return f"{name}: {why}; the edit {far}."
