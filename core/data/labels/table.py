"""A table of labels as people save it: any delimiter, quotes, decimal commas, an index column added by a spreadsheet or R."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

from core.errors import DataError

DELIMITERS = ",;\t|"
EXCEL_HINT = "sep="  # a first line of Excel's own: sep=;


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 with its mark. Raises DataError."""
    try:
        raw = path.read_bytes()
        wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return raw.decode("utf-16" if wide else "utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise DataError(f"{path} is not a UTF-8 text.", "Save it as CSV in UTF-8.") from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}.", "Check its permissions.") from error


def read_table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table, every row as long as the header.

    Columns without a name that hold nothing are left out. In a table from R, whose header lacks a name for the first
    column, that name is empty.

    Raises:
        DataError: no text, no table, rows of different lengths, or two columns of one name.
    """
    text = read_text(path)
    delimiter, skipped = "", 0
    if text[: len(EXCEL_HINT)].lower() == EXCEL_HINT:
        first, _, text = text.partition("\n")
        delimiter, skipped = first[len(EXCEL_HINT) :].strip(" ") or ",", 1
    numbered = _cells(path, text, delimiter or _delimiter(text), skipped)
    header = numbered[0][1] if numbered else []
    rows = numbered[1:]
    if rows and all(len(cells) == len(header) + 1 for _, cells in rows) and counts_rows([cells[0] for _, cells in rows]):
        header = ["", *header]
    width = len(header)
    for line, cells in rows:
        if any(cells[width:]) or len(cells) < width:
            raise DataError(
                f"{path}, line {line}, has {len(cells)} cells where the header has {width}.",
                "Give every line as many cells as the header.",
            )
    used = [at for at, name in enumerate(header) if name or any(cells[at] for _, cells in rows)]
    header = [header[at] for at in used]
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if doubled:
        raise DataError(f"{path} has two columns named {doubled[0]}.", "Rename one of them.")
    return header, [[cells[at] for at in used] for _, cells in rows]


def counts_rows(cells: list[str]) -> bool:
    """Whether a column only numbers the rows, from 0 or from 1."""
    return bool(cells) and cells in ([str(n) for n in range(len(cells))], [str(n) for n in range(1, len(cells) + 1)])


def _delimiter(text: str) -> str:
    """The delimiter that splits the header into the most cells; spaces where no other does."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    delimiter = max(DELIMITERS, key=lambda one: len(_split(first, one)))
    if delimiter in first or len(first.split()) < 2:
        return delimiter
    return " "


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, quotechar=_quote(line), skipinitialspace=True))
    except (csv.Error, StopIteration):
        return []


def _quote(text: str) -> str:
    return "'" if text.lstrip().startswith("'") else '"'


def _cells(path: Path, text: str, delimiter: str, skipped: int) -> list[tuple[int, list[str]]]:
    """The lines that hold anything: number of the line, cells without the space around them."""
    lines: list[tuple[int, list[str]]] = []
    try:
        reader = csv.reader(
            io.StringIO(text, newline="\n"), delimiter=delimiter, quotechar=_quote(text), skipinitialspace=True, strict=True
        )
        for raw in reader:
            cells = [cell.strip() for cell in raw]
            if any(cells):
                lines.append((reader.line_num + skipped, cells))
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num + skipped}, is not CSV: {error}.", "Save it as plain CSV.") from None
    except TypeError:  # the first line names a delimiter that isn't one character
        raise DataError(f"{path} begins with {EXCEL_HINT}{delimiter}.", "Save it as plain CSV.") from None
    return lines
