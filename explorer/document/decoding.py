"""Codes to pictures off the window's thread: one worker, one slot per channel, the latest request wins."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from core.latent.code import NOTHING, Code, Given
from explorer.document.loading import LoadedModel

CHUNK = 1  # codes decoded at once: a drag waits for one chunk at most, and more at once is no faster on one core
REST_SECONDS = 0.03  # without a request for the canvas before long requests go on, so that a drag finds the worker free
PROMPT = ("canvas", "before")  # a picture each
CHANNELS = (*PROMPT, "other", "strip", "ends", "samples", "taught", "gallery")  # the first waiting one goes first


Draw = Callable[[np.ndarray], np.ndarray]
"""Codes (n, D) to pictures (n, H, W, C) on the worker's thread, other than by decoding, such as a photo with its edit."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A chunk of a request's pictures."""

    channel: str
    id: int  # of the request
    start: int  # the first picture's place in the request
    images: np.ndarray  # uint8 (n, H, W, C)
    complete: bool  # the last chunk
    requested_at: float  # perf_counter


@dataclass(slots=True, eq=False)
class _Request:
    id: int
    model: LoadedModel
    z: np.ndarray
    at: float
    draw: Draw | None = None
    given: Given = NOTHING
    space: str = ""
    next: int = 0


class DecodeService(QObject):
    """Decodes for every panel. A waiting request is overwritten by a newer one of its channel; a running chunk is never aborted.

    Results come in order: after a picture of a request, none of an older request or model is delivered. A result is
    delivered even if there is a newer *request*, so that a long drag shows pictures all the way; to get one request's
    pictures only, compare the ids.
    """

    decoded = Signal(object)
    """A `Decoded`, on the window's thread."""
    failed = Signal(object)
    """An exception."""
    _arrived = Signal(object, int)
    _broke = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wake = threading.Condition()
        self._slots: dict[str, _Request] = {}
        self._floors: dict[str, int] = {}  # the oldest request of a channel that may still be shown
        self._ids = count(1)
        self._model: LoadedModel | None = None
        self._canvas_at = -REST_SECONDS  # when it was last asked for
        self._closing = False
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)
        self._broke.connect(self.failed, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name="decode", daemon=True)
        self._thread.start()

    def set_model(self, model: LoadedModel | None) -> None:
        """Decode with this model from now on; whatever waits for the old one is dropped."""
        with self._wake:
            self._model = model
            self._slots.clear()

    def request(self, channel: str, z: np.ndarray, draw: Draw | None = None, given: Given = NOTHING, space: str = "") -> int:
        """Ask for pictures of codes; gives the request's id, 0 while there is no model.

        Args:
            channel: one of CHANNELS.
            z: (n, D).
            draw: makes the pictures; None: the model decodes them.
            given: conditions for each, such as the classes for a conditional model.
            space: in which the codes lie; "": the model's first.
        """
        if channel not in CHANNELS:
            raise ValueError(channel)
        with self._wake:
            if self._model is None:
                return 0
            codes = np.array(z, np.float32, ndmin=2)
            request = _Request(next(self._ids), self._model, codes, time.perf_counter(), draw, given, space)
            self._slots[channel] = request
            if channel == "canvas":
                self._canvas_at = request.at
            self._wake.notify()
        return request.id

    def cancel(self, channel: str) -> None:
        """Drop a channel's waiting request and results still on their way."""
        with self._wake:
            self._slots.pop(channel, None)
            self._floors[channel] = next(self._ids)

    def close(self) -> None:
        """End the worker; waits for the chunk that runs."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(timeout=5.0)

    def _run(self) -> None:
        while True:
            with self._wake:
                channel = self._await_turn()
                if channel is None:
                    return
                request = self._slots[channel]
                start = request.next
                codes = request.z[start : start + CHUNK]
                given = request.given.at(slice(start, start + CHUNK))
                request.next = start + len(codes)
                complete = request.next >= len(request.z)
                if complete:
                    del self._slots[channel]
            try:
                if request.draw is not None:
                    images = request.draw(codes)
                else:
                    named = Code(request.space, codes) if request.space else codes
                    images = request.model.engine.decode(named, given)
            except Exception as error:  # noqa: BLE001 - any error is reported, and the worker goes on
                with self._wake:
                    if self._slots.get(channel) is request:
                        del self._slots[channel]
                self._broke.emit(error)
                continue
            decoded = Decoded(channel, request.id, start, images, complete, request.at)
            self._arrived.emit(decoded, request.model.generation)

    def _await_turn(self) -> str | None:
        """The channel that is next, once there is one; None at the end. Called with the lock held."""
        while not self._closing:
            first = min(self._slots, key=CHANNELS.index, default=None)
            rest = self._canvas_at + REST_SECONDS - time.perf_counter()
            if first in PROMPT or (first and rest <= 0):
                return first
            self._wake.wait(rest if self._slots else None)
        return None

    def _on_arrived(self, decoded: Decoded, generation: int) -> None:
        if self._model is None or generation != self._model.generation or decoded.id < self._floors.get(decoded.channel, 0):
            return
        self._floors[decoded.channel] = decoded.id
        self.decoded.emit(decoded)
