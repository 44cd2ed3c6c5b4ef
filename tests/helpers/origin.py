"""What a saved picture's notes say of where it comes from."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from PIL import Image

IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"


def source_type(path: Path) -> str | None:
    """The IPTC DigitalSourceType in a picture's XMP; None where there is none."""
    with Image.open(path) as image:
        packet = image.info.get("xmp")
    return None if packet is None else ElementTree.fromstring(packet).findtext(f".//{IPTC}DigitalSourceType")
