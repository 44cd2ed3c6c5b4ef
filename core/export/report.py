"""A report as one HTML file that needs no other: headings, paragraphs, tables, and figures with numbered captions."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from core.files import cannot_write, write_text, write_whole

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; }
body { max-width: 1080px; margin: 32px auto; padding: 0 24px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 36px 0 8px; }
table { border-collapse: collapse; margin: 8px 0; }
th, td { border-bottom: 1px solid #ddd; padding: 4px 12px 4px 0; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; } .scroll { overflow-x: auto; }
figure { margin: 16px 0; } img { max-width: 100%; height: auto; } img.pixels { image-rendering: pixelated; }
figcaption, caption { color: #555; font-size: 13px; text-align: left; } caption { caption-side: bottom; padding-top: 4px; }
code { background: #f3f3f3; padding: 0 3px; }
"""


class Report:
    """Grows from top to bottom. All texts are escaped."""

    def __init__(self, title: str, about: str = "") -> None:
        self._title = title
        self._parts = [f"<h1>{html.escape(title)}</h1>"]
        self._figures: list[tuple[str, bytes, str]] = []  # name, PNG, caption
        self._tables = 0
        if about:
            self.paragraph(about)

    def heading(self, text: str) -> None:
        """A section begins."""
        self._parts.append(f"<h2>{html.escape(text)}</h2>")

    def paragraph(self, text: str) -> None:
        """A paragraph; `words` between backquotes are code."""
        escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
        self._parts.append(f"<p>{escaped}</p>")

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str | float]], caption: str) -> None:
        """A table; numbers are shown with four digits, NaN as a dash."""
        self._tables += 1
        cells = "".join(f"<th>{html.escape(text)}</th>" for text in head)
        lines = [f"<tr>{cells}</tr>"]
        lines += ["<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows]
        told = f"<caption>Table {self._tables}. {html.escape(caption)}</caption>"
        self._parts.append(f'<div class="scroll"><table>{told}{"".join(lines)}</table></div>')

    def figure(self, name: str, png: bytes, caption: str, *, pixels: bool = False) -> None:
        """A picture with its numbered caption.

        Args:
            name: for the file that `write_figures` makes of it.
            png: the picture.
            caption: what is on it.
            pixels: it is made of a model's pixels, which a browser must not smooth.
        """
        self._figures.append((name, png, caption))
        source = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
        kind = ' class="pixels"' if pixels else ""
        number = len(self._figures)
        told = html.escape(caption)
        self._parts.append(
            f'<figure><img{kind} alt="{told}" src="{source}"><figcaption>Figure {number}. {told}</figcaption></figure>'
        )

    def text(self) -> str:
        """The whole file."""
        head = f'<meta charset="utf-8"><title>{html.escape(self._title)}</title><style>{STYLE}</style>'
        return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(self._parts) + "\n</body></html>\n"

    def write(self, path: Path) -> None:
        """Write it. Raises CoreError."""
        write_text(path, self.text())

    def write_figures(self, folder: Path) -> list[Path]:
        """Each figure as a file of its own, and their captions in `captions.txt`. Raises CoreError."""
        paths = [folder / f"figure-{number}-{name}.png" for number, (name, _, _) in enumerate(self._figures, start=1)]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for path, (_, png, _) in zip(paths, self._figures, strict=True):
                write_whole(path, lambda there, data=png: there.write_bytes(data))  # type: ignore[misc]
        except OSError as error:
            raise cannot_write(folder, error) from error
        captions = [f"Figure {number}. {caption}\n" for number, (_, _, caption) in enumerate(self._figures, start=1)]
        write_text(folder / "captions.txt", "".join(captions))
        return paths


def png_of(pixels: np.ndarray) -> bytes:
    """A picture, uint8 (H, W, 3), as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return file.getvalue()


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return f"<td>{html.escape(value)}</td>"
    return f'<td class="number">{"–" if np.isnan(value) else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.1f}"}</td>'
