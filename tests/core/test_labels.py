"""Labels in all the forms in which people save them: what is used, what it is taken for, and what is said of the rest."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest

from core.data.index import scan
from core.data.labels.attributes import find_labels, read_labels, unread_labels
from core.data.labels.columns import read_column
from core.data.labels.names import match_rows
from core.data.labels.table import read_table
from core.errors import DataError
from tests.helpers.pictures import draw_folder
from tests.helpers.tiny_faces import write_faces

FILES = ("000.png", "001.png", "002.png", "003.png")


def table(folder: Path, text: str | bytes, name: str = "labels.csv") -> Path:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / name


@pytest.mark.parametrize(
    ("name", "one", "zero"),
    [
        ("mood", "smile", "neutral"),
        ("mood", "happy", "sad"),
        ("mood", "Smiling", "Not Smiling"),
        ("answer", "y", "n"),
        ("answer", "Yes", "No"),
        ("answer", "TRUE", "false"),
        ("answer", "t", "f"),
        ("kind", "2", "1"),
        ("percent", "100", "0"),
        ("hat", "with", "without"),
        ("glasses", "glasses", "none"),
        ("glasses", "slight", "no"),
        ("sex", "male", "female"),  # neither says yes: the second in alphabetical order
        ("female", "female", "male"),  # the column's own name says yes
        ("is_female", "F", "M"),
        ("لبخند", "بله", "خیر"),
    ],
)
def test_of_two_words_one_is_1_and_it_is_said_which(name: str, one: str, zero: str) -> None:
    for cells in ([one, zero, "", one.upper()], [zero, one, "NA", one]):
        column = read_column(name, cells)
        assert column.values is not None
        assert {folded: value for folded, value in zip(cells, column.values.tolist(), strict=True) if value == 1} == {
            cell: 1 for cell in cells if cell.lower() == one.lower()
        }
        assert np.isnan(column.values[2])
        assert column.words is not None
        assert [word.lower() for word in column.words] == [one.lower(), zero.lower()]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["0", "1", "1"], [0, 1, 1]),
        (["-1", "1", "-1"], [0, 1, 0]),
        (["0,5", "1,25", "-3,0"], [0.5, 1.25, -3]),
        (["0.5", "1e1", "7"], [0.5, 10, 7]),
        (["31", "42", "57"], [31, 42, 57]),
        (["1", "yes", "0"], [1, 1, 0]),
    ],
)
def test_numbers_are_taken_as_they_are(cells: list[str], values: list[float]) -> None:
    column = read_column("x", cells)
    assert column.values is not None
    assert column.values.tolist() == values
    assert column.words is None


@pytest.mark.parametrize(
    ("name", "cells", "reason"),
    [
        ("note", ["fine", "so so", "good"], "3 different words (fine, so so, good)"),
        ("age", ["12", "old", "40"], "mixes numbers and words (12, old, 40)"),
        ("hat", ["x", "", "x"], "says x or nothing"),
        ("hat", ["x", "x", "x"], "says x in every row"),
        ("score", ["0,5", "1.25", "3"], "decimal points and decimal commas"),
        ("empty", ["", "?", "NaN"], "it is empty"),
        ("", ["0", "1", "2"], "numbers the rows"),
        ("Unnamed: 0", ["1", "2", "3"], "numbers the rows"),
        ("", ["a", "b", "c"], "has no name"),
    ],
)
def test_other_columns_are_named_with_the_reason(name: str, cells: list[str], reason: str) -> None:
    column = read_column(name, cells)
    assert column.values is None
    assert reason in column.reason


@pytest.mark.parametrize(
    "text",
    [
        "file,a,b\nx.png,1,0\n",
        "file;a;b\r\nx.png;1;0\r\n",
        "file\ta\tb\nx.png\t1\t0\n",
        "file|a|b\nx.png|1|0\n",
        "file a b\nx.png 1  0\n",
        '"file", "a", "b"\n"x.png", "1", "0"\n',
        "'file';'a';'b'\n'x.png';'1';'0'\n",
        "sep=;\nfile;a;b\nx.png;1;0\n",
        "file,a,b,,\nx.png,1,0,,\n,,,,\n",
        "file,a,b\nx.png,1,0,,\n",
        "file;a;b\nx.png;1;0\n".encode("utf-16"),
        "\ufefffile,a,b\nx.png,1,0",
    ],
)
def test_the_same_table_in_other_forms(tmp_path: Path, text: str | bytes) -> None:
    assert read_table(table(tmp_path, text)) == (["file", "a", "b"], [["x.png", "1", "0"]])


def test_a_table_of_r_has_numbers_before_its_first_column(tmp_path: Path) -> None:
    header, rows = read_table(table(tmp_path, '"file","a"\n"1","x.png",1\n"2","y.png",0\n'))
    assert header == ["", "file", "a"]
    assert rows == [["1", "x.png", "1"], ["2", "y.png", "0"]]


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ("smile/1.png", "smile/1.png"),
        ("SMILE/1.PNG", "smile/1.png"),
        ("smile\\1.png", "smile/1.png"),
        ("./smile/1.png", "smile/1.png"),
        ("3.jpg", "sad/3.png"),
        ("3", "sad/3.png"),
        ("faces/sad/3.png", "sad/3.png"),
        ("/home/ann/faces/sad/3.png", "sad/3.png"),
        ("C:\\Users\\ann\\old name\\sad\\3.png", "sad/3.png"),
        ("other/3.png", None),
        ("4.png", None),
        ("", None),
    ],
)
def test_spellings_of_a_picture(tmp_path: Path, written: str, file: str | None) -> None:
    files = ["sad/1.png", "sad/3.png", "smile/1.png"]
    found = match_rows(tmp_path / "faces" / "labels.csv", [written], [""], files)
    assert [files[at] for at in found.rows] == ([] if file is None else [file])


def test_names_in_two_pieces_are_found_as_a_second_try(tmp_path: Path) -> None:
    names = ("é.png", "آئ.png")
    apart = [unicodedata.normalize("NFD", name) for name in names]
    assert set(apart).isdisjoint(names)
    assert match_rows(tmp_path / "labels.csv", names, ["", ""], apart).rows == {0: 0, 1: 1}
    both = [names[0], apart[0]]  # the exact one wins where both are there
    assert match_rows(tmp_path / "labels.csv", [names[0], apart[0]], ["", ""], both).rows == {0: 0, 1: 1}


def test_the_exact_name_wins_and_the_others_are_counted(tmp_path: Path) -> None:
    found = match_rows(tmp_path / "labels.csv", ["a.jpg", "a.png", "a.png", "gone.png"], [""] * 4, ["a.png", "b.png"])
    assert found.rows == {0: 2}
    assert found.repeated == 2


def test_a_name_that_fits_two_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"names a, and there are 2 pictures"):
        match_rows(tmp_path / "labels.csv", ["a"], [""], ["a.png", "a.jpg"])


@pytest.mark.parametrize("column", ["file", "File Name", "image_id", "Pfad"])
def test_the_column_of_files_by_its_name_or_by_what_it_holds(tmp_path: Path, column: str) -> None:
    said = read_labels(table(tmp_path, f"smile;{column}\n1;000.png\n0;001.png\n"), FILES)
    np.testing.assert_array_equal(said.attributes["smile"], np.array([1, 0, np.nan, np.nan], np.float32))


def test_a_table_without_a_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no header: its first line names a picture") as caught:
        read_labels(table(tmp_path, "000.png,1\n001.png,0\n"), FILES)
    assert "file,smile" in caught.value.hint


def test_what_fits_nothing_is_counted_and_what_is_unused_is_named(tmp_path: Path) -> None:
    text = ";file;mood;note\n0;000.png;happy;a\n1;001.png;sad;b\n2;002.png;Happy;c\n3;gone.png;sad;d\n4;000.png;sad;e\n"
    report = read_labels(table(tmp_path, text), FILES).report
    assert (report.rows, report.rows_without_picture, report.rows_repeated, report.pictures_without_row) == (5, 1, 1, 1)
    assert report.words == {"mood": ("happy", "sad")}
    assert [column.name for column in report.unused] == ["", "note"]


def test_both_columns_of_persons(tmp_path: Path) -> None:
    said = read_labels(table(tmp_path, "file,Group,person\n000.png,1,ann\n001.png,2,ann\n"), FILES)
    assert said.persons is not None
    assert said.persons[0] == said.persons[1]
    assert [column.reason for column in said.report.unused] == ["the persons are taken from person"]


@pytest.mark.parametrize("folder", ["", "pictures"])
def test_a_column_of_classes_where_folders_are_none(tmp_path: Path, folder: str) -> None:
    write_faces(tmp_path, {folder: 5})
    table(tmp_path, "file,class\n000.png,Happy\n001.png,sad\n002.png,happy\n003.png,neutral\n")
    index = scan(str(tmp_path))
    assert index.classes == ("", "Happy", "neutral", "sad")
    assert [index.classes[label] for label in index.labels] == ["Happy", "sad", "Happy", "neutral", ""]
    assert index.positive == "Happy"
    assert index.named_classes == ("Happy", "neutral", "sad")


def test_folders_that_are_classes_win_over_the_column(tmp_path: Path) -> None:
    write_faces(tmp_path, {"a": 1, "b": 1})
    table(tmp_path, "file,class,x\na/000.png,b,1\nb/000.png,b,0\n")
    index = scan(str(tmp_path))
    assert index.classes == ("a", "b")
    assert [column.name for column in index.report.unused] == ["class"]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("file,smile\n000.png,1\n001.png,0\n", "smile"),
        ("file,age,Smiling\n000.png,40,yes\n001.png,31,no\n", "Smiling"),
        ("file,mood\n000.png,happy\n001.png,sad\n", "mood"),
        ("file,not_smiling\n000.png,1\n001.png,0\n", ""),
        ("file,smile\n000.png,0.2\n001.png,0.9\n", ""),
        ("file,male\n000.png,1\n001.png,0\n", ""),
    ],
)
def test_the_column_that_says_who_smiles(tmp_path: Path, text: str, column: str) -> None:
    write_faces(tmp_path, {"": 3})
    table(tmp_path, text)
    assert scan(str(tmp_path)).smile_column == column


def test_the_file_of_labels_and_others_that_may_be_meant(tmp_path: Path) -> None:
    assert find_labels(tmp_path) == (None, ())
    table(tmp_path, "", "faces.csv")
    path, notes = find_labels(tmp_path)
    assert path is None
    assert notes == ("faces.csv is not read: labels are read from labels.csv.",)
    table(tmp_path, "", "Labels.TSV")
    assert find_labels(tmp_path) == (tmp_path / "Labels.TSV", ())
    table(tmp_path, "", "labels.csv")
    path, notes = find_labels(tmp_path)
    assert path == tmp_path / "labels.csv"
    assert notes == ("Labels.TSV is not read: the labels are taken from labels.csv.",)


def test_labels_within_the_folders_of_a_data_set_are_named_as_not_read(tmp_path: Path) -> None:
    for part in ("train", "test"):
        draw_folder(tmp_path / part, per_class=2)  # with labels.csv
    index = scan(str(tmp_path))
    assert index.attributes == {}
    (note,) = index.report.notes
    assert note == (
        f"test/labels.csv and train/labels.csv are not read: labels are read from one labels.csv in {tmp_path.name}, "
        "with paths such as test/non_smile/non_smile_000.png."
    )
    rows = [f"{file},{number % 2}" for number, file in enumerate(index.files)]
    table(tmp_path, "\n".join(["file,dark", *rows]), "labels.csv")
    for part in ("train", "test"):
        (tmp_path / part / "labels.csv").unlink()
    index = scan(str(tmp_path))
    assert list(index.attributes) == ["dark"]
    assert index.report.notes == ()


def test_of_many_tables_that_are_not_read_the_first_are_named(tmp_path: Path) -> None:
    files = [f"{number:03d}/a.png" for number in range(100)]
    for file in files[:5]:
        (tmp_path / file).parent.mkdir()
        table(tmp_path / file.split("/", maxsplit=1)[0], "file", "labels.csv")
    assert unread_labels(tmp_path, files)[0].startswith("000/labels.csv, 001/labels.csv and 3 more are not read: ")
    assert unread_labels(tmp_path, ["a.png"]) == ()


def test_rows_of_pictures_that_are_passed_over_are_no_mistakes(tmp_path: Path) -> None:
    write_faces(tmp_path, {f"{part}/{name}": 2 for part in ("train", "val", "test") for name in ("sad", "smile")}, size=(32, 32))
    paths = [f"{part}/{name}/00{at}" for part in ("train", "val", "test") for name in ("sad", "smile") for at in range(2)]
    table(tmp_path, "file,hat\n" + "".join(f"{path}.png,{'yn'[at % 2]}\n" for at, path in enumerate(paths)) + "gone.png,y\n")
    index = scan(str(tmp_path))
    assert index.attributes["hat"].tolist() == [1, 0] * 4
    report = index.report
    assert (report.rows, report.rows_used, report.rows_passed_over, report.rows_without_picture) == (13, 8, 4, 1)


def test_a_class_column_beside_parts_without_class_folders(tmp_path: Path) -> None:
    write_faces(tmp_path, {"train": 2, "test": 2}, size=(32, 32))
    table(tmp_path, "file,class\n" + "".join(f"{part}/00{at}.png,{'ab'[at]}\n" for part in ("train", "test") for at in range(2)))
    index = scan(str(tmp_path))
    assert (index.classes, index.labels.tolist()) == (("a", "b"), [0, 1, 0, 1])
    assert (index.part_from, index.part.tolist() if index.part is not None else []) == ("the folders train and test", [1, 1, 0, 0])
