"""One setting of a run as the form shows it: what it is called, what it does, where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QCoreApplication

from core.config import TrainConfig

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str: ...  # PySide6's stubs make it an object
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP

CONTEXT: Final = "train"
Kind = Literal["whole", "number", "choice", "switch"]
FRONT: Final = ""

GROUPS: Final[dict[str, str]] = {  # under "More settings", in this order
    "pictures": QT_TRANSLATE_NOOP("train", "Pictures"),
    "steps": QT_TRANSLATE_NOOP("train", "Steps"),
    "stopping": QT_TRANSLATE_NOOP("train", "Stopping"),
    "reconstruction": QT_TRANSLATE_NOOP("train", "Reconstruction"),
    "latent": QT_TRANSLATE_NOOP("train", "KL term and latent"),
    "network": QT_TRANSLATE_NOOP("train", "Network and regularisation"),
    "machine": QT_TRANSLATE_NOOP("train", "Machine"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One setting."""

    path: str
    """Dotted path in TrainConfig."""
    label: str
    kind: Kind
    tooltip: str
    """What it does, and when one would change it; unit and defaults are added."""
    group: str = FRONT
    """One of GROUPS; FRONT is always in sight."""
    unit: str = ""
    step: float = 1
    choices: tuple[tuple[str, str], ...] = ()
    """(value, text)."""
    zero: str = ""
    """What to show in place of 0."""
    enabled: Callable[[TrainConfig], bool] = lambda config: True
    """Whether it has an effect beside the other settings."""
    shown: Callable[[TrainConfig], bool] = lambda config: True
    """Whether it belongs to the chosen objective and network at all; otherwise the form leaves it out."""

    @property
    def folded(self) -> bool:
        """Whether it stands under "More settings"."""
        return self.group != FRONT


def tr(text: str) -> str:
    """A text of the tables in the person's language."""
    return QCoreApplication.translate(CONTEXT, text)
