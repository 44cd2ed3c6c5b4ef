"""The trust card's numbers: what else a direction is made of, and how steady it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from core.config import DataConfig
from core.data.dataset import FaceData, load
from core.errors import Cancelled, DataError
from core.metrics.confounds import confound_names, find_confounds, told_once
from core.metrics.direction_quality import fit_and_score
from tests.helpers.fake_engine import FakeEngine, fake_model
from tests.helpers.tiny_faces import write_faces


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> FaceData:
    folder = write_faces(tmp_path_factory.mktemp("faces"), {"smile": 60, "non_smile": 60})
    return load(DataConfig(source=str(folder), image_size=64))


def engine() -> FakeEngine:
    return cast(Any, fake_model(64).engine)


def test_the_classes_are_not_offered_as_something_else(data: FaceData) -> None:
    assert confound_names(data, "smile")[:3] == ["brightness", "sharpness", "pose"]
    assert not {"smile", "non_smile"} & set(confound_names(data, "smile"))


def test_brightness_is_found_where_the_code_tells_it(data: FaceData) -> None:
    model = engine()
    rows = data.split.train
    means = model.encode(np.asarray(data.images[rows])).mean
    found = find_confounds(cast(Any, model), data, rows, means, "smile")
    assert all(float(np.linalg.norm(unit)) == pytest.approx(1.0, abs=1e-5) for unit in found.values())
    # The fake code is the quarters' colours: brightness is their weighted sum, green the heaviest.
    bright = found["brightness"].reshape(4, 3)
    assert (bright[:, 1] > bright[:, 2]).all()
    # A mirror image swaps the left and right quarters.
    pose = found["pose"].reshape(2, 2, 3)
    np.testing.assert_allclose(pose[:, 0], -pose[:, 1], atol=1e-4)


def test_a_thorough_fit_says_how_steady_it_is_and_what_it_is_made_of(data: FaceData) -> None:
    told: list[str] = []
    found = fit_and_score(cast(Any, engine()), data, "smile", thorough=True, progress=lambda what, *_: told.append(what))
    assert 0.3 < found.stability <= 1.0
    assert {"brightness", "sharpness", "pose"} <= set(found.shares)
    assert all(0.0 <= share <= 1.0 for share in found.shares.values())
    assert {"Looking at the pictures", "Looking at the pictures mirrored", "Fitting it again, to see how steady it is"} <= set(told)
    largest = max(found.shares, key=lambda name: found.shares[name])
    without = fit_and_score(cast(Any, engine()), data, "smile", keep=[largest.upper()], thorough=True)
    assert without.kept == (largest,)
    assert without.shares[largest] == pytest.approx(0.0, abs=1e-4)


def test_persons_are_drawn_whole(data: FaceData) -> None:
    rng = np.random.default_rng(0)
    persons = replace(data.index, persons=rng.integers(0, 3, len(data.images)).astype(np.int32))
    few = fit_and_score(cast(Any, engine()), replace(data, index=persons), "smile", thorough=True)
    many = fit_and_score(cast(Any, engine()), data, "smile", thorough=True)
    assert few.stability != many.stability


def test_what_cannot_be_kept_gets_its_sentence(data: FaceData) -> None:
    with pytest.raises(DataError, match="no 'hat' to keep"):
        fit_and_score(cast(Any, engine()), data, "smile", keep=["hat"])


def test_it_can_be_cancelled(data: FaceData) -> None:
    def stop(what: str, *_: int) -> None:
        if what == "Fitting it again, to see how steady it is":
            raise Cancelled

    with pytest.raises(Cancelled):
        fit_and_score(cast(Any, engine()), data, "smile", thorough=True, progress=stop)


def test_only_labelled_pictures_count(data: FaceData) -> None:
    labels = np.where(np.arange(len(data.images)) % 3, data.attribute("smile"), np.nan).astype(np.float32)
    sex = np.where(np.arange(len(data.images)) % 4, labels * 0, np.nan).astype(np.float32)
    labelled = replace(data, index=replace(data.index, attributes={"grin": labels, "male": sex}))
    known = int((~np.isnan(labels[data.split.train])).sum())
    found = fit_and_score(cast(Any, engine()), labelled, "grin")
    assert found.source == f"{known:,} labelled training pictures of {data.index.name}"
    assert found.held_out == int((~np.isnan(labels[data.split.valid])).sum())
    both = int((~np.isnan(labels[data.split.train]) & ~np.isnan(sex[data.split.train])).sum())
    balanced = fit_and_score(cast(Any, engine()), labelled, "grin", method="balanced", balance="male")
    assert balanced.source.startswith(f"{both:,} labelled training pictures")
    nobody = replace(data, index=replace(data.index, attributes={"grin": np.full_like(labels, np.nan)}))
    with pytest.raises(DataError, match="say 'grin' of no training picture"):
        fit_and_score(cast(Any, engine()), nobody, "grin")


def test_the_column_that_says_who_smiles_is_the_smile_itself(data: FaceData) -> None:
    smiling = {"Smiling": data.attribute("smile"), "male": np.zeros(len(data.images), np.float32)}
    for classes, own in ((("non_smile", "smile"), {"smile", "non_smile", "Smiling"}), (("b", "a"), {"smile", "Smiling"})):
        positive = "smile" if "smile" in classes else ""
        other = replace(data, index=replace(data.index, classes=classes, positive=positive, attributes=smiling))
        for name in ("smile", "Smiling"):
            assert own.isdisjoint(confound_names(other, name))
            assert "male" in confound_names(other, name)


def test_a_class_and_its_opposite_are_told_once() -> None:
    a, b = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert list(told_once({"female": -a, "male": a, "hat": b}, "male")) == ["male", "hat"]
    assert list(told_once({"smile": a, "non_smile": -a, "hat": b})) == ["smile", "hat"]
