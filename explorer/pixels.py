"""Between numpy's pictures and Qt's: every picture returned owns its memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColorSpace, QImage, QPixmap

Pixels = NDArray[np.uint8]
"""uint8 picture: (H, W, 3), (H, W, 1) or (H, W)."""


def to_qimage(pixels: Pixels, *, alpha: Pixels | None = None, icc: bytes | None = None) -> QImage:
    """A QImage with its own copy of the pixels.

    Args:
        pixels: uint8, (H, W, 3) RGB, (H, W, 1) or (H, W) grey; any strides.
        alpha: uint8 (H, W), how opaque the pixels of an RGB picture are.
        icc: their colour profile; one that Qt can't read is left out.

    Returns:
        An image in Format_RGB32, the format that Qt scales and paints fastest; Format_Grayscale8 for grey, Format_RGBA8888
        with transparency.

    Raises:
        ValueError: another shape or dtype.
    """
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (1, 3)):
        raise ValueError(f"expected uint8 (H, W, 3), (H, W, 1) or (H, W), got {pixels.dtype} {pixels.shape}")
    if 0 in pixels.shape:
        return QImage()
    height, width = pixels.shape[:2]
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        grey = np.ascontiguousarray(pixels.reshape(height, width))
        return QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
    if alpha is not None:
        rgba = np.dstack([pixels, alpha])
        made = QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
    else:
        rgb = np.ascontiguousarray(pixels)
        # convertToFormat makes new memory, so the array may go.
        made = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).convertToFormat(QImage.Format.Format_RGB32)
    if icc is not None:
        space = QColorSpace.fromIccProfile(icc)
        if space.isValid():
            made.setColorSpace(space)
    return made


def to_pixmap(pixels: Pixels, pixel_ratio: float = 1.0) -> QPixmap:
    """Like `to_qimage`, ready for painting."""
    pixmap = QPixmap.fromImage(to_qimage(pixels))
    pixmap.setDevicePixelRatio(pixel_ratio)
    return pixmap


def to_array(image: QImage) -> Pixels:
    """The image as uint8 (H, W, 3) RGB with its own memory; transparency lies on white."""
    if image.isNull():
        return np.zeros((0, 0, 3), np.uint8)
    if image.hasAlphaChannel():
        image = _on_white(image)
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


def _on_white(image: QImage) -> QImage:
    rgba = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(rgba.constBits(), np.uint8).reshape(rgba.height(), rgba.bytesPerLine())
    pixels = rows[:, : 4 * rgba.width()].reshape(rgba.height(), rgba.width(), 4).astype(np.uint32)
    alpha = pixels[..., 3:]
    return to_qimage(((pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8))


def cubic_scaled(pixels: Pixels, size: QSize) -> QImage:
    """The picture scaled with Pillow's cubic filter: no grid shows when a small face is large.

    Beyond four times its own size a bilinear step does the rest, which nobody can tell: about 6 ms for 128 x 128 to 700 x 700,
    so it is for pictures at rest.
    """
    from PIL import Image  # noqa: PLC0415 - the window comes up before it

    grey = pixels.ndim == 2 or pixels.shape[2] == 1
    picture = Image.fromarray(pixels.reshape(pixels.shape[:2]) if grey else pixels)
    width, height = max(1, size.width()), max(1, size.height())
    step = (min(width, 4 * picture.width), min(height, 4 * picture.height))
    image = to_qimage(np.asarray(picture.resize(step, Image.Resampling.BICUBIC)))
    if step == (width, height):
        return image
    return image.scaled(width, height, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
