"""A text inside a PNG, read without decoding the picture and without trusting what the file claims."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import BinaryIO

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_TEXT = 2**20  # bytes of UTF-8, compressed or not: a session's text has some ten thousand
MOST_CHUNKS = 100_000  # chunks that are read: a picture of 50 megapixels has some thousand


def read_text(path: Path, key: str) -> str | None:
    """The text of the first whole iTXt chunk with that keyword in a file, as `text_in`. Raises OSError."""
    with open(path, "rb") as file:
        return text_in(file, key)


def text_in(file: BinaryIO, key: str, *, before_pixels: bool = False) -> str | None:
    """The text of the first whole iTXt chunk with that keyword.

    A text that is damaged, cut off, compressed by an unknown method, not UTF-8 or larger than MOST_TEXT counts as missing.

    Args:
        file: from its beginning; if it isn't a PNG, it holds no text.
        key: the keyword, in Latin-1.
        before_pixels: look no further than where the picture begins, which is where this program writes its texts.

    Raises:
        OSError: the file can't be read.
    """
    if file.read(len(SIGNATURE)) != SIGNATURE:
        return None
    for _ in range(MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND" or (before_pixels and head[4:] == b"IDAT"):
            return None
        length = int.from_bytes(head[:4])
        if head[4:] == b"iTXt" and length <= MOST_TEXT:
            text = _text(_checked(file, length), key)
            if text is not None:
                return text
        else:
            file.seek(length + 4, 1)
    return None


def _checked(file: BinaryIO, length: int) -> bytes:
    """A chunk's data if its checksum fits; else empty."""
    data, sum_ = file.read(length), file.read(4)
    return data if sum_ == zlib.crc32(data, zlib.crc32(b"iTXt")).to_bytes(4) else b""


def _text(data: bytes, key: str) -> str | None:
    """The text of an iTXt chunk; None where its keyword is another, or it can't be read."""
    keyword, _, rest = data.partition(b"\0")
    if keyword != key.encode("latin-1") or len(rest) < 2:
        return None
    packed, method = rest[0], rest[1]
    _language, _, rest = rest[2:].partition(b"\0")
    _translated, ends, text = rest.partition(b"\0")
    if not ends or packed not in (0, 1) or (packed and method != 0):
        return None
    try:
        if packed:
            unpacking = zlib.decompressobj()
            text = unpacking.decompress(text, MOST_TEXT + 1)
            if len(text) > MOST_TEXT or not unpacking.eof:
                return None
        return text.decode("utf-8")
    except (zlib.error, UnicodeDecodeError):
        return None
