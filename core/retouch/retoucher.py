"""A trained retoucher with a numpy interface: a face and a model's change of it in, layers out. Stored in its model's file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from core import checkpoint
from core.checkpoint import RETOUCHER, Checkpoint
from core.errors import CheckpointError
from core.retouch.layers import RetouchLayers
from core.retouch.network import COARSE, SIDE, STEP, WIDTHS, RetouchNet, View, strain
from core.retouch.shade import UNIT, lightness, shaded, unburnt

KEY = "retoucher"  # in a header's `data`
VERSION = 3
LEAST_STRENGTH, MOST_STRENGTH = 0.2, 3.0
LONGEST = 7.0  # pixels of the frame: a strength makes no motion longer, since broad smiles are broad already
NEVER = 1e9  # larger than any face's doubt


@dataclass(frozen=True, slots=True, eq=False)
class Retoucher:
    """Makes an edit of a photo look photographed.

    Attributes:
        net: in evaluation mode.
        directions: the names of the model's directions that it learned.
        bounds: of a face's doubt: below the first it gets all of an edit, above the second none (`core.retouch.doubt`).
        strengths: factors for 100 % and -100 %, relative to what it learned; the larger its motion, the less of them is used.
        lights: the light's own factors at 100 % and -100 %, relative to what it learned; None: as the motion's.
        shades: how much of the model's own shades comes in addition at 100 % and -100 % (`core.retouch.shade`).
        strain: bounds of an edit's strain (`core.retouch.network`): below the first a face gets all of it, above the second
            none.
    """

    net: RetouchNet
    directions: tuple[str, ...]
    bounds: tuple[float, float] = (NEVER, NEVER)
    strengths: tuple[float, float] = (1.0, 1.0)
    strain: tuple[float, float] = (NEVER, NEVER)
    lights: tuple[float, float] | None = None
    shades: tuple[float, float] = (0.0, 0.0)

    def layers(self, face: np.ndarray, before: np.ndarray, after: np.ndarray, more: bool = True) -> tuple[RetouchLayers, float]:
        """The layers for a face at 100 %, and their strain.

        Args:
            face: uint8 (S, S, 3), the photo's own face in the model's frame, of any side.
            before: uint8 (S, S, C), the face as the model draws it.
            after: the same, edited by 100 %, or by -100 %.
            more: whether it is 100 %, not -100 %.
        """
        x = torch.from_numpy(_resized(_coloured(face), SIDE)).permute(2, 0, 1)[None] / 255.0
        change = _resized(_coloured(after).astype(np.float32) - _coloured(before), COARSE)
        with torch.inference_mode():
            asked = torch.from_numpy(change).permute(2, 0, 1)[None] / 255.0
            output = self.net(x, asked)
            strained = float(strain(output)[0])
        parts = (output.flow, output.light, output.mask, output.colour)
        flow, light, mask, colour = (np.array(part[0].permute(1, 2, 0).numpy()) for part in parts)
        answered = RetouchLayers.of(flow, light, mask[..., 0], colour)
        sign = 0 if more else 1
        times = self.strengths[sign]
        if times > 1.0:
            longest = float(np.sqrt(np.square(flow).sum(axis=2).max()))
            times = max(1.0, min(times, LONGEST / max(longest, 1e-6)))
        own = times if self.lights is None else self.lights[sign]
        scaled = answered if times == own == 1.0 else answered.stronger(times, own)
        if self.lights is None and not self.shades[sign]:  # as files of before have it
            return scaled, strained
        return self._shaded(scaled, face, before, after, self.shades[sign]), strained

    def _shaded(
        self, layers: RetouchLayers, face: np.ndarray, before: np.ndarray, after: np.ndarray, times: float
    ) -> RetouchLayers:
        """Layers with so much of the model's own shades, and less light where skin is nearly white."""
        photo, *drawn = (_resized(_coloured(picture), SIDE) for picture in (face, before, after))
        mask = cv2.resize(layers.mask, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        view = self.net.view
        shade = shaded(photo, drawn[0], drawn[1], np.asarray(mask), (view.top, view.bottom, view.left, view.right))
        return layers.with_shade(np.float32(times) * shade, unburnt(lightness(photo), SIDE / UNIT))


def in_checkpoint(checkpoint: Checkpoint) -> Retoucher | None:
    """The retoucher in a model's file; None where there is none, or one of a version that this program doesn't know.

    Raises:
        CheckpointError: it is damaged.
    """
    entry = checkpoint.header.data.get(KEY)
    if not isinstance(entry, dict) or entry.get("version") not in WIDTHS or entry.get("model") != checkpoint.header.id:
        return None
    net = RetouchNet(_view(entry.get("view")), WIDTHS[entry["version"]])
    weights = {name: torch.from_numpy(np.asarray(value, np.float32)) for name, value in checkpoint.part(RETOUCHER).items()}
    try:
        net.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(f"The retoucher's weights don't fit it: {error}", "Train it again.") from None
    net.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a sixth quicker
    try:
        directions = tuple(str(name) for name in entry["directions"])
        low, high = (float(bound) for bound in entry["bounds"])
        more, less = (float(times) for times in entry.get("strengths", (1.0, 1.0)))
        all_of_it, none_of_it = (float(bound) for bound in entry.get("strain", (NEVER, NEVER)))
        light_more, light_less = (float(times) for times in entry.get("lights", (1.0, 1.0)))
        shade_more, shade_less = (float(times) for times in entry.get("shades", (0.0, 0.0)))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CheckpointError(f"What the model's file says of its retoucher is broken ({error}).", "Train it again.") from None
    if not (LEAST_STRENGTH <= more <= MOST_STRENGTH and LEAST_STRENGTH <= less <= MOST_STRENGTH):
        raise CheckpointError(
            f"What the model's file says of its retoucher is broken (strengths: {more}, {less}).", "Train it again."
        )
    if not (0.0 <= light_more <= MOST_STRENGTH and 0.0 <= light_less <= MOST_STRENGTH):
        raise CheckpointError(
            f"What the model's file says of its retoucher is broken (lights: {light_more}, {light_less}).", "Train it again."
        )
    if not 0.0 <= all_of_it <= none_of_it:
        raise CheckpointError(
            f"What the model's file says of its retoucher is broken (strain: {all_of_it}, {none_of_it}).", "Train it again."
        )
    if not (0.0 <= shade_more <= MOST_STRENGTH and 0.0 <= shade_less <= MOST_STRENGTH):
        raise CheckpointError(
            f"What the model's file says of its retoucher is broken (shades: {shade_more}, {shade_less}).", "Train it again."
        )
    lights, shades = (light_more, light_less) if "lights" in entry else None, (shade_more, shade_less)
    return Retoucher(net, directions, (low, high), (more, less), (all_of_it, none_of_it), lights, shades)


def for_checkpoint(retoucher: Retoucher, model_id: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What a model's file stores of a retoucher: an entry of its header's `data`, and the tensors, in half precision."""
    bounds = [round(bound, 4) for bound in retoucher.bounds]
    view = retoucher.net.view
    entry = {"version": VERSION, "model": model_id, "directions": list(retoucher.directions), "bounds": bounds}
    if retoucher.strengths != (1.0, 1.0):
        entry["strengths"] = list(retoucher.strengths)
    if retoucher.strain != (NEVER, NEVER):
        entry["strain"] = [round(bound, 4) for bound in retoucher.strain]
    if retoucher.lights is not None:
        entry["lights"] = list(retoucher.lights)
    if retoucher.shades != (0.0, 0.0):
        entry["shades"] = list(retoucher.shades)
    entry["view"] = [view.top, view.bottom, view.left, view.right]
    return {KEY: entry}, {RETOUCHER + name: value.half().numpy() for name, value in retoucher.net.state_dict().items()}


def _view(sides: object) -> View:
    """The network's view by its header; the whole frame where it says nothing."""
    if sides is None:
        return View()
    if isinstance(sides, list) and len(sides) == 4 and all(type(side) is int for side in sides):
        view = View(*sides)
        sizes = (view.bottom - view.top, view.right - view.left)
        if min(sides) >= 0 and max(sides) <= SIDE and all(size > 0 and size % STEP == 0 for size in sizes):
            return view
    raise CheckpointError(f"What the model's file says of its retoucher is broken (view: {sides}).", "Train it again.")


def _coloured(picture: np.ndarray) -> np.ndarray:
    return np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture


def _resized(picture: np.ndarray, side: int) -> np.ndarray:
    """float32 (side, side, 3)."""
    values = np.ascontiguousarray(picture, np.float32)
    if values.shape[0] == side:
        return values
    way = cv2.INTER_AREA if side < values.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(values, (side, side), interpolation=way), np.float32)


def keep_in_checkpoint(path: Path, checkpoint_id: str, retoucher: Retoucher, target: Path | None = None) -> bool:
    """Write a retoucher into its model's file, or into `target`; gives and raises what `core.checkpoint.keep_part` does."""
    return checkpoint.keep_part(path, checkpoint_id, RETOUCHER, *for_checkpoint(retoucher, checkpoint_id), target)
