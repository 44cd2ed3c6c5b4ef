"""The judges of edited faces: they tell what they are to tell, on drawn faces."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from PIL import Image

from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters
from core.faces.alignment import Eyes

BENCHMARKS = Path(__file__).resolve().parent.parent.parent / "benchmarks"
MOUTH = (slice(None), slice(80, 118), slice(38, 90))


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch):
    """Imports a module of the benchmarks, which are scripts beside each other and no package."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    """(80, 128, 128, 3), with some grain."""
    rng = np.random.default_rng(5)
    faces = np.stack([np.asarray(draw_face(sample_parameters(rng), 128)) for _ in range(80)])
    return np.clip(faces + rng.normal(0, 6, faces.shape), 0, 255).astype(np.uint8)


def hazy(faces: np.ndarray, width: float = 2.0) -> np.ndarray:
    """The faces with a soft mouth."""
    soft = faces.copy()
    soft[MOUTH] = np.stack([cv2.GaussianBlur(one, (0, 0), width) for one in faces])[MOUTH]
    return soft


@pytest.mark.long
def test_detail_falls_where_the_mouth_is_soft_and_nowhere_else_counts(benchmark, drawn: np.ndarray) -> None:
    judges: ModuleType = benchmark("edit_judges")
    assert judges.detail_ratio(drawn, drawn) == 1.0
    assert judges.detail_ratio(hazy(drawn), drawn) < 0.6
    elsewhere = drawn.copy()
    elsewhere[:, :70] = 0
    assert judges.detail_ratio(elsewhere, drawn) == pytest.approx(1.0, abs=0.01)


def test_detail_is_the_root_mean_square_of_a_difference_of_gaussians(benchmark) -> None:
    judges = benchmark("edit_judges")
    wave = np.rint(127 + 100 * np.sin(2 * np.pi * np.arange(128) / 8))
    picture = np.repeat(np.broadcast_to(wave.astype(np.uint8), (128, 128))[..., None], 3, axis=2)
    omega = 2 * np.pi / 8
    gain = np.exp(-((omega * 0.7) ** 2) / 2) - np.exp(-((omega * 2.0) ** 2) / 2)  # of the two Gaussians, on this wave
    assert judges.detail(picture[None])[0] == pytest.approx(100 / np.sqrt(2) * gain, rel=0.03)


@pytest.mark.long
def test_detail_of_a_photo_is_measured_in_its_own_pixels_where_its_mouth_is(benchmark, drawn: np.ndarray) -> None:
    judges = benchmark("edit_judges")
    photo = np.zeros((600, 700, 3), np.uint8)
    photo[100:484, 200:584] = cv2.resize(drawn[0], (384, 384), interpolation=cv2.INTER_NEAREST)
    matrix = np.array([[1 / 3, 0.0, (0.5 - 200) / 3 - 0.5], [0.0, 1 / 3, (0.5 - 100) / 3 - 0.5]])
    assert judges.photo_detail_ratio(photo, photo, matrix, 128) == 1.0
    soft = photo.copy()
    soft[340:454, 314:470] = cv2.GaussianBlur(photo, (0, 0), 3)[340:454, 314:470]
    assert judges.photo_detail_ratio(soft, photo, matrix, 128) < 0.5
    above = photo.copy()
    above[:320] = 0
    assert judges.photo_detail_ratio(above, photo, matrix, 128) == pytest.approx(1.0, abs=0.01)
    gone = matrix + np.array([[0, 0, 900.0], [0, 0, 0]])  # the face lies beside the photo
    assert judges.photo_detail_ratio(photo, photo, gone, 128) is None


@pytest.mark.long
def test_told_apart_tells_other_mouths_and_not_alike_ones(benchmark, drawn: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    judges = benchmark("edit_judges")
    monkeypatch.setattr(judges, "TOLD_BATCH", 8)  # so few faces make too few steps otherwise
    persons = np.arange(40) // 2
    first, second = drawn[:40], drawn[40:]
    painted = first.copy()
    painted[MOUTH] = [40, 200, 40]
    assert judges.told_apart(painted, persons, second, persons, 1) > 0.8
    assert 0.3 < judges.told_apart(first, persons, second, persons, 1) < 0.7


@pytest.mark.long
def test_told_apart_judges_only_persons_that_it_did_not_learn_from(
    benchmark, drawn: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    judges = benchmark("edit_judges")
    learnt: list[int] = []
    taught = judges._taught
    monkeypatch.setattr(judges, "_taught", lambda faces, *rest: learnt.append(len(faces)) or taught(faces, *rest))
    many = np.repeat([1, 2, 3], 10)
    judges.told_apart(drawn[:30], many, drawn[30:60], many, 1)
    assert learnt == [20, 40]  # both halves in turn, whole persons each
    assert np.isnan(judges.told_apart(drawn[:10], np.full(10, 1), drawn[10:20], np.full(10, 2), 1))


def test_the_nearest_other_photo_says_who_it_is(benchmark) -> None:
    share_found = benchmark("person_judge").share_found
    gallery = np.eye(4, dtype=np.float32)[[0, 0, 1, 1, 2]] + 0.1 * np.eye(5, 4, dtype=np.float32)
    persons = np.array([7, 7, 8, 8, 9])
    assert share_found(gallery[:4], np.arange(4), gallery, persons) == 1.0  # their own photos don't count
    assert share_found(gallery[4:], np.array([4]), gallery, persons) == 0.0  # nobody else is this person
    strangers = gallery[[2, 3, 2, 3]]
    assert share_found(strangers, np.arange(4), gallery, persons) == 0.5


@pytest.mark.long
def test_persons_are_learnt_and_kept(benchmark, drawn: np.ndarray, tmp_path: Path) -> None:
    judge = benchmark("person_judge")
    rng = np.random.default_rng(0)
    repeated = np.repeat(drawn[:8], 6, axis=0).astype(float)
    pictures = np.clip(repeated + rng.normal(0, 12, (48, 1, 1, 3)) + rng.normal(0, 8, repeated.shape), 0, 255).astype(np.uint8)
    persons = np.repeat(np.arange(8), 6)
    net = judge.train(judge.windows(pictures), persons, 3, lambda _: None)
    features = net.features(pictures)
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1.0, atol=1e-4)
    assert judge.share_found(features, np.arange(48), features, persons) > 0.7
    judge.keep(tmp_path / "net.safetensors", net)
    assert np.array_equal(judge.kept(tmp_path / "net.safetensors").features(pictures[:3]), net.features(pictures[:3]))
    assert judge.kept(tmp_path / "none.safetensors") is None


def test_ready_made_edits_fit_the_faces_or_it_is_said_why_not(benchmark, drawn: np.ndarray, tmp_path: Path) -> None:
    edited_faces = benchmark("edited_faces")
    faces = edited_faces.Faces(drawn[:6], np.arange(6), tuple(f"{n}.png" for n in range(6)))
    edited_faces.write_list(tmp_path, "smile", faces)
    assert (tmp_path / "smile.txt").read_text().split() == list(faces.files)
    again = edited_faces.read_pictures(tmp_path / "smile.npy", faces)
    assert again.shape == (1, 6, 128, 128, 3)
    np.save(tmp_path / "series.npy", np.stack([drawn[:6]] * 5))
    assert len(edited_faces.read_pictures(tmp_path / "series.npy", faces)) == 5
    np.save(tmp_path / "few.npy", drawn[:5])
    with pytest.raises(SystemExit, match=r"uint8 of 1x5x128x128x3; 6x128x128x3 of uint8 are wanted"):
        edited_faces.read_pictures(tmp_path / "few.npy", faces)
    (tmp_path / "no.npy").write_bytes(b"no array")
    with pytest.raises(SystemExit, match="can't be read as an array"):
        edited_faces.read_pictures(tmp_path / "no.npy", faces)


@pytest.mark.long
def test_the_blind_sheet_says_nothing_and_its_key_everything(benchmark, drawn: np.ndarray, tmp_path: Path) -> None:
    sheets, edited_faces = benchmark("edit_sheets"), benchmark("edited_faces")
    faces = edited_faces.Faces(drawn[:30], np.arange(30), tuple(f"a/{n}.png" for n in range(30)))
    real = edited_faces.Faces(drawn[30:], np.arange(50), tuple(f"b/{n}.png" for n in range(50)))
    assert sheets.write_blind(tmp_path, "blind", hazy(faces.pictures), faces, real) == 60
    key = json.loads((tmp_path / "blind-key.json").read_text())
    kinds = [key[str(number)]["is"] for number in range(1, 61)]
    assert (kinds.count("edited"), kinds.count("real")) == (30, 30)
    assert 8 <= kinds[:30].count("edited") <= 22  # shuffled
    assert len(list(tmp_path.glob("blind-*.png"))) == 3
    sheet = np.asarray(Image.open(tmp_path / "blind-1.png"))
    assert sheet.shape == (5 * (256 + 18), 4 * 256, 3)
    one = key["1"]
    shown = (hazy(faces.pictures) if one["is"] == "edited" else real.pictures)[int(one["file"][2:-4])]
    assert np.array_equal(sheet[18:274, :256], sheets.larger(shown))  # the first cell shows what the key says
    again = tmp_path / "again"
    sheets.write_blind(again, "blind", hazy(faces.pictures), faces, real)
    assert json.loads((again / "blind-key.json").read_text()) == key


def test_a_photos_face_is_shown_where_it_is(benchmark, drawn: np.ndarray) -> None:
    sheets = benchmark("edit_sheets")
    photo = np.zeros((400, 500, 3), np.uint8)
    photo[100:356, 150:406] = cv2.resize(drawn[0], (256, 256), interpolation=cv2.INTER_NEAREST)
    matrix = np.array([[0.5, 0.0, (0.5 - 150) / 2 - 0.5], [0.0, 0.5, (0.5 - 100) / 2 - 0.5]])
    shown = sheets.wider(photo, matrix, 128)
    assert shown.shape == (384, 384, 3)
    errors = [np.abs(shown[64:320, 64 + by : 320 + by].astype(int) - photo[100:356, 150:406]).mean() for by in (-1, 0, 1)]
    assert errors[1] < 0.6 * min(errors[0], errors[2])  # at twice the frame's size, and nowhere else
    face = sheets.PhotoFace(None, Eyes((0, 0), (1, 0)), matrix, drawn[0])
    rows, columns = sheets.around(face, 128)
    assert abs(rows.start - 36) <= 1
    assert rows.stop >= 400
    assert abs(columns.start - 86) <= 1
    assert abs(columns.stop - 470) <= 1
