"""Which pictures the program wrote itself (edits, sheets, films): marked in the file, and not to be trained on."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from core.data.cache.limit import cache_folder
from core.data.folders import Stamp
from core.data.png_text import SIGNATURE, text_in
from core.errors import CoreError
from core.files import fingerprint, write_text
from core.version import VERSION

RECIPE_KEY = "labkhand"  # of the text in a PNG that says how the picture came to be
OWN = "written by Labkhand"  # as a reason

OWN_NAME = f"Labkhand {VERSION}".encode("ascii")  # in the metadata of formats that can't hold a recipe
OWN_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:CreatorTool>' + OWN_NAME + b"</xmp:CreatorTool>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)  # the same as a packet of XMP (ISO 16684-1)

_VERSION = 1  # of what counts as the program's own; after a change, old answers aren't used
_NAMED = re.compile(rb"Labkhand \d+\.\d")  # this version or any other
_ENDINGS = (".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif")  # of the formats that it writes
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MOST_NOTES = 2**20  # bytes of a WebP's or GIF's notes
_MOST_PARTS = 1000  # of a file that are looked at
_REMEMBERED_FROM = 1000  # pictures: for so many files the answer is cached
_READERS = 8  # threads: they wait for the disk
_CHUNK = 32  # files that a thread reads between two reports of progress


def own_files(root: Path, stamps: Mapping[str, Stamp], report: Callable[[int], None]) -> Sequence[str]:
    """Those of some pictures that the program wrote.

    To tell, the beginning of each file is read; of large folders the answer is kept in the picture cache.

    Args:
        root: the source.
        stamps: posix path relative to root -> stamp.
        report: told now and then how many pictures there are; may raise Cancelled.
    """
    memo = _memo(root, stamps) if len(stamps) >= _REMEMBERED_FROM else None
    own = _remembered(memo, stamps) if memo is not None else None
    if own is None:
        own = _looked_through(root, stamps, report)
        if memo is not None:
            with contextlib.suppress(CoreError):  # without a cache, all files are read each time
                write_text(memo, json.dumps(own))
    return own


def _looked_through(root: Path, stamps: Mapping[str, Stamp], report: Callable[[int], None]) -> list[str]:
    """The files marked as the program's own; several are read at a time, since disks and networks have latency."""
    names = [name for name in stamps if name.lower().endswith(_ENDINGS)]
    own: list[str] = []
    with ThreadPoolExecutor(_READERS, thread_name_prefix="own pictures") as pool:
        chunks = [names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK)]
        for own_names in pool.map(lambda chunk: [name for name in chunk if is_own(root / name)], chunks):
            report(len(stamps))
            own += own_names
    return own


def is_own(path: Path) -> bool:
    """Whether the program wrote a picture: a PNG with a recipe, or a JPEG, WebP or GIF whose metadata names the program.

    False for a file that can't be read: decoding it reports what is wrong.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(16)
            file.seek(0)
            if start.startswith(SIGNATURE):
                return text_in(file, RECIPE_KEY, before_pixels=True) is not None
            if start.startswith(b"\xff\xd8\xff"):
                notes = _jpeg_notes(file)
            elif start[:4] == b"RIFF" and start[8:] == b"WEBPVP8X":
                notes = _webp_notes(file)
            elif start.startswith(b"GIF8"):
                notes = _gif_notes(file)
            else:
                return False
    except OSError:
        return False
    return _NAMED.search(notes) is not None


def _jpeg_notes(file: BinaryIO) -> bytes:
    """The XMP packet in front of a JPEG's pixels; empty where there is none."""
    file.seek(2)
    for _ in range(_MOST_PARTS):
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (0xD9, 0xDA):  # the end, or the pixels
            break
        length = int.from_bytes(head[2:]) - 2
        if head[1] == 0xE1:
            data = file.read(max(0, length))
            if data.startswith(_XMP):
                return data
        else:
            file.seek(max(0, length), os.SEEK_CUR)
    return b""


def _webp_notes(file: BinaryIO) -> bytes:
    """The XMP packet of a WebP in the extended format; empty where there is none."""
    file.seek(12)
    for _ in range(_MOST_PARTS):
        head = file.read(8)
        if len(head) < 8:
            break
        length = int.from_bytes(head[4:], "little")
        if head[:4] == b"XMP ":
            return file.read(min(length, _MOST_NOTES))
        if head[:4] == b"VP8X":
            flags = file.read(length + length % 2)[:1]
            if not flags or not flags[0] & 4:
                break
        else:
            file.seek(length + length % 2, os.SEEK_CUR)
    return b""


def _gif_notes(file: BinaryIO) -> bytes:
    """The comments before a GIF's first picture."""
    head = file.read(13)
    if len(head) == 13 and head[10] & 0x80:
        file.seek(3 << ((head[10] & 7) + 1), os.SEEK_CUR)
    notes = b""
    for _ in range(_MOST_PARTS):
        kind = file.read(2)
        if len(kind) < 2 or kind[:1] != b"!" or len(notes) > _MOST_NOTES:
            break
        while size := file.read(1)[:1]:
            if size == b"\0":
                break
            block = file.read(size[0])
            notes += block if kind[1] == 0xFE else b""
    return notes


def _memo(root: Path, stamps: Mapping[str, Stamp]) -> Path:
    """The file that caches the answer about these files as they are now."""
    key = fingerprint((str(_VERSION), os.path.realpath(root), *(f"{name}\0{stamp}" for name, stamp in sorted(stamps.items()))))
    return cache_folder() / f"{key[:32]}.own"


def _remembered(memo: Path, stamps: Mapping[str, Stamp]) -> list[str] | None:
    """The cached answer; None where there is none, or none that makes sense."""
    try:
        own = json.loads(memo.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(own, list) or not all(isinstance(name, str) and name in stamps for name in own):
        return None
    with contextlib.suppress(OSError):  # marks it as just used
        os.utime(memo)
    return own
