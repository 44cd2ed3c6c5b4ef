"""Photos of every kind opened in the window: a face to edit, a question where its eyes are, or one sentence."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.data.png_text import SIGNATURE
from core.export.images import save_picture
from explorer import tasks
from explorer.document.saved_edits import session_in
from explorer.explore.faces.place_eyes import PlaceEyes
from explorer.messages import Message
from explorer.saving.pictures import session_recipe
from tests.explorer.explore_bench import Bench
from tests.helpers.photo_inputs import UNUSABLE, USABLE, odd_name, portrait


def opened(qtbot: QtBot, bench: Bench, path: Path) -> tuple[list[Message], list[PlaceEyes]]:
    """What the person was told and asked once all is at rest."""
    told: list[Message] = []
    bench.messenger.message_posted.connect(told.append)
    bench.panel.faces.open_file(str(path))
    qtbot.waitUntil(lambda: not bench.panel.faces.opener.is_busy and not tasks.running_tasks(), timeout=60_000)
    return told, bench.panel.findChildren(PlaceEyes)


@pytest.mark.long
@pytest.mark.parametrize("name", USABLE)
def test_a_face_to_edit(qtbot: QtBot, bench: Bench, tmp_path: Path, name: str) -> None:
    USABLE[name](tmp_path / name)
    told, asked = opened(qtbot, bench, tmp_path / name)
    several = ["Face 8 of the 10 found in crowd.png, from the left, is chosen"] if name == "crowd.png" else []
    assert [message.text.partition(". ")[0] for message in told] == several
    if asked:  # eyes that aren't certain
        assert name in ("border.png", "small.png")
        asked[0].accept()
        qtbot.waitUntil(lambda: not bench.panel.faces.opener.is_busy, timeout=20_000)
    anchor = bench.document.session.anchor
    assert (anchor.kind, anchor.label) == ("photo", name)
    assert bench.document.photo(anchor) is not None
    qtbot.waitUntil(lambda: bench.panel.picture is not None and bench.panel.picture.shape[0] != 64, timeout=20_000)


@pytest.mark.long
@pytest.mark.parametrize("name", UNUSABLE)
def test_a_sentence_or_a_question(qtbot: QtBot, bench: Bench, tmp_path: Path, name: str) -> None:
    make, why = UNUSABLE[name]
    make(tmp_path / name)
    before = bench.document.session
    told, asked = opened(qtbot, bench, tmp_path / name)
    assert bench.document.session == before
    if "No face" in why:
        assert told == []
        assert len(asked) == 1
        asked[0].reject()
    else:
        assert asked == []
        assert len(told) == 1
        assert name in told[0].text
        assert "\n" not in told[0].text


@pytest.mark.long
def test_a_panorama_of_fifty_megapixels(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "wide.jpg"
    portrait((20_000, 2_500), (9_000, 300), 1_024).save(path, quality=60)
    told, asked = opened(qtbot, bench, path)
    assert (told, asked) == ([], [])
    assert bench.document.session.anchor.label == "wide.jpg"


def test_a_name_that_is_no_text(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    path = odd_name(tmp_path)
    if path is None:
        return  # such names exist on Linux alone
    told, asked = opened(qtbot, bench, path)
    assert (told, asked) == ([], [])
    anchor = bench.document.session.anchor
    assert (anchor.kind, anchor.label) == ("photo", "caf\ufffd.png")
    bench.panel.grab()
    save_picture(tmp_path / "edit.png", np.zeros((8, 8, 3), np.uint8), session_recipe(bench.document.session, "edit"))
    saved = session_in(tmp_path / "edit.png")
    assert saved is not None
    assert saved.anchor == anchor


def test_a_png_that_claims_to_be_huge(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"")))
    packed = [struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks]
    path.write_bytes(SIGNATURE + b"".join(packed))
    told, asked = opened(qtbot, bench, path)
    assert asked == []
    assert len(told) == 1
    assert "can't be used: too large" in told[0].text
