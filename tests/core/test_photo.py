"""Photos of every kind opened at their own size, and the faces in them, on drawn faces whose eyes are known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from core.data.eye_frame import measured_frame
from core.data.photo import MOST_PIXELS, Photo, open_photo
from core.data.sets.drawn.canvas import Canvas
from core.data.sets.drawn.faces import draw_face, write_demo
from core.data.sets.drawn.head import Head
from core.data.sets.drawn.parameters import sample_parameters
from core.errors import Cancelled, DataError
from core.faces.alignment import Eyes, similarity
from core.faces.eye_net import find_eyes
from core.faces.finder import find_faces

SIDE = 256


def drawn(index: int, size: int = SIDE) -> tuple[np.ndarray, Eyes]:
    """A drawn face, uint8 (S, S, 3), and its eyes."""
    parameters = sample_parameters(np.random.default_rng([3, index]))
    x = 0.128 * parameters.eye_spacing
    left, right = Head(Canvas(size), parameters).at(np.array([(-x, 0.0), (x, 0.0)])) * size - 0.5
    return np.asarray(draw_face(parameters, size)), Eyes(tuple(left), tuple(right))


def error(found: Eyes, eyes: Eyes) -> float:
    """The worse eye's distance, in parts of the eye distance."""
    return max(np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in ((found.left, eyes.left), (found.right, eyes.right))) / eyes.distance


def put_into(face: np.ndarray, eyes: Eyes, matrix: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, Eyes]:
    """The face in a larger picture."""
    photo = cv2.warpAffine(face, matrix, shape, borderMode=cv2.BORDER_CONSTANT, borderValue=(128, 128, 128))
    return photo, eyes.moved(matrix)


@pytest.mark.long
def test_eyes_are_found_to_a_few_hundredths_of_their_distance() -> None:
    errors = []
    for index in range(12):
        face, eyes = drawn(index)
        photo, there = put_into(face, eyes, np.array([[1.0, 0.0, 90.0], [0.0, 1.0, 60.0]]), (480, 400))
        errors += [error(face.eyes, there) for face in find_faces(photo)[:1] if face.sure]
    assert len(errors) >= 10
    assert np.median(errors) < 0.04
    assert max(errors) < 0.1


@pytest.mark.long
@pytest.mark.parametrize("degrees", [-90, -25, 20, 90, 180])
def test_a_turned_face(degrees: int) -> None:
    face, eyes = drawn(1)
    turned = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), degrees, 1.0)
    turned[:, 2] += (72, 72)
    photo, there = put_into(face, eyes, turned, (400, 400))
    faces = find_faces(photo)
    assert faces
    assert error(faces[0].eyes, there) < 0.25


def test_the_larger_face_comes_first() -> None:
    face, eyes = drawn(2)
    photo = np.full((500, 900, 3), 128, np.uint8)
    photo[100:356, 500:756] = face
    photo[200:328, 60:188] = cv2.resize(face, (128, 128), interpolation=cv2.INTER_AREA)
    faces = find_faces(photo)
    assert len(faces) >= 2
    assert error(faces[0].eyes, Eyes((eyes.left[0] + 500, eyes.left[1] + 100), (eyes.right[0] + 500, eyes.right[1] + 100))) < 0.2


@pytest.mark.long
def test_no_face_is_no_face() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    assert find_faces(noise) == []
    assert find_faces(np.full((40, 5000, 3), 200, np.uint8)) == []
    assert find_faces(np.zeros((1, 1, 3), np.uint8)) == []


@pytest.mark.long
def test_the_box_of_a_turned_face_is_no_larger() -> None:
    face, eyes = drawn(1)
    sides = []
    for degrees in (0, 30):
        turned = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), degrees, 1.0)
        turned[:, 2] += (72, 72)
        photo, there = put_into(face, eyes, turned, (400, 400))
        left, top, width, height = find_faces(photo)[0].box
        assert width == pytest.approx(height, rel=0.02)
        for x, y in (there.left, there.right):
            assert left < x < left + width
            assert top < y < top + height
        sides.append(width)
    assert sides[1] == pytest.approx(sides[0], rel=0.15)


@pytest.mark.long
def test_threads_find_what_one_alone_finds() -> None:
    photos = [put_into(*drawn(index), np.array([[1.0, 0.0, 40.0], [0.0, 1.0, 30.0]]), (340, 320))[0] for index in range(4)]
    alone = [find_faces(photo) for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            assert list(pool.map(find_faces, photos)) == alone


def test_a_search_says_how_far_it_is_and_is_called_off() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    steps: list[tuple[int, int]] = []
    find_faces(noise, progress=lambda _, done, total: steps.append((done, total)))
    assert steps == [(done, 25) for done in range(25)]

    def called_off(what: str, done: int, total: int) -> None:
        if done == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        find_faces(noise, progress=called_off)


def test_a_guess_that_is_off_is_brought_nearer() -> None:
    face, eyes = drawn(4)
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
    matrix = similarity(Eyes((0.0, 0.0), (1.0, 0.0)), Eyes((8.0, -6.0), (9.1, -5.9)))
    off = eyes.moved(matrix)
    found = find_eyes(grey, off)
    assert found is not None
    assert error(found, eyes) < 0.5 * error(off, eyes)


@pytest.mark.long
def test_the_frame_of_drawn_training_pictures(tmp_path: Path) -> None:
    from core.config import DataConfig
    from core.data.dataset import load

    source = tmp_path / "faces"
    write_demo(source, 20)
    frame = measured_frame(load(DataConfig(source=str(source), image_size=128)))
    assert frame is not None
    assert frame["left"][0] == pytest.approx(0.37, abs=0.05)
    assert frame["right"][0] == pytest.approx(0.63, abs=0.05)
    assert measured_frame(load(DataConfig(source=str(source), image_size=32))) is None


def save(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)
    return path


def test_every_kind_of_photo_is_opened_upright_and_whole(tmp_path: Path) -> None:
    plain = Image.fromarray(drawn(0)[0]).resize((90, 60))
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for path, size in (
        (save(plain, tmp_path / "a.png"), (60, 90)),
        (save(plain, tmp_path / "b.jpg", exif=exif, icc_profile=profile), (90, 60)),
        (save(plain.convert("CMYK"), tmp_path / "c.jpg"), (60, 90)),
        (save(plain.convert("L"), tmp_path / "d.png"), (60, 90)),
        (save(plain.convert("P"), tmp_path / "e.png"), (60, 90)),
        (save(Image.fromarray(np.full((60, 90), 40_000, np.uint16)), tmp_path / "f.png"), (60, 90)),
    ):
        photo = open_photo(path)
        assert photo.pixels.shape == (*size, 3), path
        assert photo.alpha is None
        assert photo.name == path.name
    assert open_photo(tmp_path / "b.jpg").icc == profile
    assert open_photo(tmp_path / "a.png").icc is None


def test_what_is_transparent_stays_so(tmp_path: Path) -> None:
    picture = np.zeros((20, 30, 4), np.uint8)
    picture[..., :3], picture[:, :10, 3] = 50, 255
    photo = open_photo(save(Image.fromarray(picture), tmp_path / "cut.png"))
    assert photo.alpha is not None
    np.testing.assert_array_equal(photo.alpha, picture[..., 3])
    assert (photo.pixels == 50).all()
    assert (photo.opaque[:, :10] == 50).all()
    assert (photo.opaque[:, 10:] == 255).all()


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(DataError, match=r"text\.jpg can't be used: not a picture"):
        open_photo(tmp_path / "text.jpg")
    with pytest.raises(DataError, match=r"gone\.jpg can't be opened: no such file"):
        open_photo(tmp_path / "gone.jpg")
    huge = BytesIO()
    Image.new("1", (MOST_PIXELS // 5000 + 1, 5000)).save(huge, "PNG")
    (tmp_path / "huge.png").write_bytes(huge.getvalue())
    with pytest.raises(DataError, match="too large .*at most 50 megapixels"):
        open_photo(tmp_path / "huge.png")


def test_a_reduced_photo_has_its_shape_and_its_look_on_white() -> None:
    pixels = np.zeros((30, 90, 3), np.uint8)
    alpha = np.full((30, 90), 255, np.uint8)
    alpha[:, 45:] = 0
    photo = Photo("a.png", pixels, alpha)
    small = photo.reduced(30)
    assert (small.name, small.alpha) == ("a.png", None)
    assert small.pixels.shape == (10, 30, 3)
    assert (small.pixels[:, :15] == 0).all()
    assert (small.pixels[:, 15:] == 255).all()
    assert photo.reduced(90) is photo
    assert Photo("line.png", np.zeros((1, 90, 3), np.uint8)).reduced(10).pixels.shape == (1, 10, 3)
