"""Directions out of a handful of marked faces: what they learn, how far they lead, and which face they ask about."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.errors import Cancelled, DataError
from core.faces.alignment import USUAL_FRAME
from core.latent.directions import from_dict, move
from core.latent.examples import least_sure, teach
from core.latent.face_regions import EYES, HAIR, MOUTH, PARTS, PICTURE, part_priors
from core.metrics.direction_quality import auc

SIZE = 40  # of the latent
SIDE = 64  # of the pictures


def faces(count: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Codes of unit spread, and which of them smile: their dimension 3 tells."""
    codes = np.random.default_rng(seed).standard_normal((count, SIZE)).astype(np.float32)
    return codes, codes[:, 3] > 0.0


def marks(codes: np.ndarray, has_it: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first faces of each kind, half of `count` each."""
    return codes[has_it][: count // 2], codes[~has_it][: count // 2]


def decode(z: np.ndarray) -> np.ndarray:
    """Pictures whose mouth moves with the dimensions 0 to 5, the hair with 6 to 20 and the eyes with the others."""
    pictures = np.full((len(z), SIDE, SIDE, 3), 128.0)
    for dim in range(SIZE):
        top, bottom = (44, 58) if dim < 6 else (0, 18) if dim < 21 else (24, 36)
        column = 16 + dim % 6 * 5 if dim < 6 else 1 + (dim - 6) * 4 if dim < 21 else 14 + (dim - 21) * 2
        pictures[:, top:bottom, column : column + 4] += 20.0 * z[:, dim, None, None, None]
    return np.clip(pictures, 0, 255).astype(np.uint8)


def priors() -> dict[str, np.ndarray]:
    return part_priors(decode, np.zeros(SIZE, np.float32), USUAL_FRAME)


def test_a_few_marks_tell_faces_apart_and_more_do_it_better() -> None:
    codes, has_it = faces()
    seen, truth = faces(400, seed=1)
    scores = [auc(seen @ teach(*marks(codes, has_it, count), codes, "smile").unit, truth) for count in (4, 20, 200)]
    assert scores[0] < scores[1] < scores[2]
    assert scores[2] > 0.95


def test_to_know_the_part_helps_more_than_marks() -> None:
    codes, has_it = faces()
    seen, truth = faces(400, seed=1)
    known = priors()
    few = marks(codes, has_it, 10)
    blind, mouth, hair = (
        auc(seen @ teach(*few, codes, "smile", priors=some).unit, truth)
        for some in (None, {MOUTH: known[MOUTH]}, {HAIR: known[HAIR]})
    )
    assert hair < blind < mouth
    assert mouth > 0.8
    found = auc(seen @ teach(*marks(codes, has_it, 30), codes, "smile", priors=known).unit, truth)
    plain = auc(seen @ teach(*marks(codes, has_it, 30), codes, "smile").unit, truth)
    assert found > plain  # which part it is comes out of the marks themselves


def test_a_part_knows_the_dimensions_that_show_there() -> None:
    known = priors()
    assert set(known) == set(PARTS)
    shares = {part: np.diag(known[part]) for part in PARTS}
    assert shares[MOUTH][:6].sum() > 0.9 * SIZE
    assert shares[HAIR][6:21].sum() > 0.9 * SIZE
    assert shares[EYES][21:].sum() > 0.9 * SIZE
    for prior in known.values():
        assert np.trace(prior) == pytest.approx(SIZE)
        assert np.linalg.eigvalsh(prior).min() > -1e-9
    assert shares[PICTURE].min() > 0.1


def test_a_part_that_never_changes_is_left_out_and_the_work_can_be_cancelled() -> None:
    assert part_priors(lambda z: np.zeros((len(z), 8, 8, 1), np.uint8), np.zeros(4, np.float32), USUAL_FRAME) == {}

    def cancel(what: str, done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        part_priors(decode, np.zeros(SIZE, np.float32), USUAL_FRAME, cancel)


def test_100_percent_never_leads_beyond_real_faces() -> None:
    codes, has_it = faces()
    found = teach(*marks(codes, has_it, 4), codes, "smile", checkpoint_id="x")
    positions = found.position(codes)
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(positions, (1, 99))), abs=1e-4)
    assert found.low <= found.mean_without < found.mean_with <= found.high
    middle = codes.mean(axis=0)
    assert found.position(move(middle, found, 100.0)) == pytest.approx(found.mean_with, abs=1e-4)
    many = teach(codes[has_it], codes[~has_it], codes, "smile")
    assert many.mean_with == pytest.approx(float(many.position(codes[has_it]).mean()), abs=1e-4)


def test_marks_of_one_kind_have_the_others_as_their_opposite() -> None:
    codes, has_it = faces()
    none = np.zeros((0, SIZE), np.float32)
    some = codes[has_it][:60]
    found = teach(some, none, codes, "smile")
    assert found.unit[3] > 0.5
    assert found.mean_without == pytest.approx(float(found.position(codes.mean(axis=0))), abs=1e-4)
    np.testing.assert_allclose(teach(none, some, codes, "smile").unit, -found.unit, atol=1e-5)
    assert "others" in found.source
    one = teach(codes[:1], none, codes, "smile")
    assert one.position(codes[:1])[0] > one.position(codes).mean()
    assert one.source.startswith("1 picture with it")


def test_what_it_says_of_itself_survives_json() -> None:
    codes, has_it = faces()
    found = teach(codes[has_it][:5], codes[~has_it][:4], codes, "smile", checkpoint_id="abc")
    assert (found.method, found.source) == ("examples", "5 pictures with it, 4 without")
    back = from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    assert (back.method, back.source, back.checkpoint_id) == (found.method, found.source, "abc")
    np.testing.assert_allclose(found.difference, codes[has_it][:5].mean(axis=0) - codes[~has_it][:4].mean(axis=0), atol=1e-6)


def test_a_model_that_gives_all_faces_one_code_is_said() -> None:
    codes = np.zeros((10, SIZE), np.float32)
    with pytest.raises(DataError, match="same code"):
        teach(codes[:2], codes[2:4], codes, "smile")


def test_it_asks_about_the_face_nearest_to_the_boundary() -> None:
    codes, has_it = faces()
    found = teach(*marks(codes, has_it, 40), codes, "smile")
    boundary = (found.mean_with + found.mean_without) / 2
    asked = least_sure(codes, found, codes)
    assert asked is not None
    strange = np.linalg.norm(codes - codes.mean(axis=0), axis=1)
    usual = strange <= np.percentile(strange, 75)
    distance = np.abs(found.position(codes) - boundary)
    assert usual[asked]
    assert distance[asked] == distance[usual].min()
    may_ask = np.ones(len(codes), bool)
    may_ask[asked] = False
    following = least_sure(codes, found, codes, may_ask)
    assert following != asked
    assert least_sure(codes, found, codes, np.zeros(len(codes), bool)) is None
    strangest = np.zeros(len(codes), bool)
    strangest[strange.argmax()] = True
    assert least_sure(codes, found, codes, strangest) == strange.argmax()  # better a stranger than nobody


def test_before_any_mark_it_asks_about_the_most_usual_face() -> None:
    codes, _ = faces()
    assert least_sure(codes, None, codes) == np.linalg.norm(codes - codes.mean(axis=0), axis=1).argmin()


def test_asking_teaches_faster_than_marking_by_chance() -> None:
    seen, truth = faces(400, seed=9)
    gains = []
    for seed in range(6):
        codes, has_it = faces(300, seed)
        marked = [*np.flatnonzero(has_it)[:2], *np.flatnonzero(~has_it)[:2]]
        may_ask = np.ones(len(codes), bool)
        while len(marked) < 24:
            rows = np.array(marked)
            may_ask[rows] = False
            found = teach(codes[rows[has_it[rows]]], codes[rows[~has_it[rows]]], codes, "smile")
            asked = least_sure(codes, found, codes, may_ask)
            assert asked is not None
            marked.append(asked)
        rows = np.array(marked)
        learnt = teach(codes[rows[has_it[rows]]], codes[rows[~has_it[rows]]], codes, "smile")
        chance = teach(*marks(codes, has_it, 24), codes, "smile")
        gains.append(auc(seen @ learnt.unit, truth) - auc(seen @ chance.unit, truth))
    assert np.mean(gains) > 0.01
