"""Between numpy and Qt: right pixels, and memory that nobody takes away."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from PIL import ImageCms
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage

from explorer.look.pixels import finely_scaled, from_large_qimage, to_array, to_large_qimage, to_pixmap, to_qimage


@pytest.mark.parametrize("width", [1, 3, 5, 128])
def test_colour_there_and_back(width: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (7, width, 3), np.uint8)
    assert np.array_equal(to_array(to_qimage(pixels)), pixels)


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 1)])
def test_grey_there_and_back(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    back = to_array(to_qimage(pixels))
    assert back.shape == (6, 5, 3)
    assert np.array_equal(back[..., 1], pixels.reshape(6, 5))


def test_any_strides() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 8, 10), np.uint8).transpose(1, 2, 0)[::2, ::-1]
    assert np.array_equal(to_array(to_qimage(pixels)), pixels)


@pytest.mark.long
@pytest.mark.parametrize("shape", [(4, 6, 3), (4, 6, 1)])
def test_the_image_owns_its_memory(shape: tuple[int, ...]) -> None:
    pixels = np.full(shape, 200, np.uint8)
    image = to_qimage(pixels)
    pixels[:] = 0
    del pixels
    gc.collect()
    assert image.pixelColor(3, 2) == QColor(200, 200, 200)


def test_the_array_owns_its_memory() -> None:
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 20, 30))
    pixels = to_array(image)
    image.fill(QColor("white"))
    del image
    gc.collect()
    assert pixels[0, 0].tolist() == [10, 20, 30]


def test_transparency_lies_on_white() -> None:
    image = QImage(2, 1, QImage.Format.Format_ARGB32)
    image.setPixelColor(0, 0, QColor(0, 0, 0, 0))
    image.setPixelColor(1, 0, QColor(100, 0, 0, 255))
    assert to_array(image)[0].tolist() == [[255, 255, 255], [100, 0, 0]]


@pytest.mark.parametrize("bad", [np.zeros((4, 4, 3), np.float32), np.zeros((4, 4, 4), np.uint8), np.zeros(4, np.uint8)])
def test_other_arrays_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        to_qimage(bad)


def test_nothing_is_nothing() -> None:
    assert to_qimage(np.zeros((0, 4, 3), np.uint8)).isNull()
    assert to_array(QImage()).shape == (0, 0, 3)


def test_pixmap_and_scaling(qapp: object) -> None:
    pixels = np.full((8, 8, 3), 77, np.uint8)
    assert to_pixmap(pixels, 2.0).deviceIndependentSize().toSize() == QSize(4, 4)
    for picture in (pixels, pixels[..., :1]):
        scaled = to_array(finely_scaled(picture, QSize(40, 30)))
        assert scaled.shape == (30, 40, 3)
        assert np.unique(scaled).tolist() == [77]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("transparent", [False, True])
def test_a_photo_there_and_back(channels: int, transparent: bool) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (7, 5, channels), dtype=np.uint8)
    alpha = rng.integers(0, 256, (7, 5), dtype=np.uint8) if transparent else None
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = to_large_qimage(pixels, alpha, icc)
    for one in (image, image.convertToFormat(QImage.Format.Format_ARGB32 if transparent else QImage.Format.Format_RGB888)):
        found, profile = from_large_qimage(one)
        assert (found[..., :3] == pixels).all()
        assert found.shape[2] == (4 if transparent else 3)
        assert profile
        if transparent:
            assert (found[..., 3] == alpha).all()
    assert from_large_qimage(to_large_qimage(pixels, None, b"no profile"))[1] is None
