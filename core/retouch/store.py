"""A retoucher inside its model's file: the one place that writes it there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core import checkpoint
from core.checkpoint import RETOUCHER
from core.retouch.retoucher import Retoucher, for_checkpoint


def keep_in_checkpoint(path: Path, checkpoint_id: str, retoucher: Retoucher, target: Path | None = None) -> bool:
    """Write a retoucher into its model's file, in place of the one that is there.

    Args:
        path: the checkpoint.
        checkpoint_id: of the model that the retoucher belongs to.
        retoucher: the trained one.
        target: the file to write; None: the checkpoint itself.

    Returns:
        False, with nothing written, if the file holds another model by now.

    Raises:
        CheckpointError: it can't be read.
        CoreError: it can't be written.
    """
    loaded = checkpoint.load(path, training_state=True)
    if loaded.header.id != checkpoint_id:
        return False
    said, tensors = for_checkpoint(retoucher, checkpoint_id)
    others = {name: value for name, value in loaded.tensors.items() if not name.startswith(RETOUCHER)}
    checkpoint.save(target or path, replace(loaded.header, data=loaded.header.data | said), others | tensors)
    return True
