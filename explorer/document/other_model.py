"""What of a session goes on when the model in use is another one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.latent.session import Session
from explorer.document.loading import LoadedModel, as_class

if TYPE_CHECKING:
    from explorer.document.photos import OpenedPhoto


def drawing(model: LoadedModel, class_name: str) -> LoadedModel:
    """A model that draws a class; itself where it does so already, or knows no such class."""
    engine = model.engine
    return as_class(model, class_name) if class_name in engine.classes and class_name != engine.class_name else model


def carried_over(
    session: Session, model: LoadedModel | None, original: np.ndarray | None = None, photo: OpenedPhoto | None = None
) -> Session:
    """What of a session makes sense with another model.

    A face that was read from a picture is encoded anew; one from the prior keeps its code where the sizes fit. Edits stay
    along directions that the model has; a dimension's number means something else in every model. So does the class where a
    conditional model knows one of that name.

    Args:
        session: of the model before.
        model: the one to go on with.
        original: the picture (H, W, C) that the session's face was read from.
        photo: that the session's face is part of; it is brought to the other model's frame.
    """
    if model is None:
        return Session()
    if session.checkpoint_id == model.id:
        return session
    model = drawing(model, session.class_name)
    anchor = session.anchor
    channels, height, width = model.header.image_shape
    if anchor is not None and photo is not None:
        anchor, _ = photo.anchored(anchor.both_eyes, model)
    elif anchor is not None and original is not None and original.shape == (height, width, channels):
        anchor = replace(anchor, z=tuple(map(float, model.engine.encode(original[None]).flat[0])))
    elif anchor is not None and (anchor.kind != "sample" or len(anchor.z) != model.size or not model.space.adds):
        anchor = None
    edits = tuple(edit for edit in session.edits if edit.kind == "direction" and edit.key in model.directions)
    return Session(checkpoint_id=model.id, anchor=anchor, edits=edits, class_name=model.engine.class_name)
