"""Pictures sorted into two classes: what is written is what the program reads, and nothing in an earlier table is lost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import DataConfig
from core.data import two_classes
from core.data.dataset import load
from core.data.index import scan
from core.data.labels.table import read_table
from core.data.pictures import BadPicture, shrunk
from core.data.two_classes import NONE, TwoClasses, open_two_classes
from core.errors import CoreError, DataError
from tests.helpers.tiny_faces import write_faces

SMILES = ("smile", "no smile")


def answers(*values: int) -> np.ndarray:
    return np.array(values, np.int8)


def classes_of(folder: str | Path) -> dict[str, str]:
    """Which class the program takes each picture for."""
    index = scan(str(folder))
    return {file: index.classes[label] for file, label in zip(index.files, index.labels, strict=True)}


def test_a_flat_folder_gets_classes_and_is_read_with_them(tmp_path: Path) -> None:
    write_faces(tmp_path, {"": 4})
    sorted_by = open_two_classes(str(tmp_path), tmp_path / "elsewhere")
    assert (sorted_by.names, sorted_by.answers.tolist()) == (SMILES, [NONE] * 4)
    sorted_by.write(SMILES, answers(0, 1, NONE, 0))
    assert classes_of(tmp_path) == {"000.png": "smile", "001.png": "no smile", "002.png": "", "003.png": "smile"}
    assert load(DataConfig(source=str(tmp_path), image_size=64)).index.positive == "smile"
    again = open_two_classes(str(tmp_path), tmp_path / "elsewhere")
    assert (again.names, again.answers.tolist()) == (SMILES, [0, 1, NONE, 0])


def test_an_answer_that_is_taken_back_leaves_an_empty_cell(tmp_path: Path) -> None:
    write_faces(tmp_path, {"": 2})
    sorted_by = open_two_classes(str(tmp_path), tmp_path)
    sorted_by.write(SMILES, answers(0, 1))
    sorted_by.write(SMILES, answers(NONE, 1))
    assert classes_of(tmp_path) == {"000.png": "", "001.png": "no smile"}


def test_no_table_is_made_before_the_first_answer(tmp_path: Path) -> None:
    write_faces(tmp_path, {"": 2})
    open_two_classes(str(tmp_path), tmp_path).write(SMILES, answers(NONE, NONE))
    assert not (tmp_path / "labels.csv").exists()


def test_other_names_rename_the_classes(tmp_path: Path) -> None:
    write_faces(tmp_path, {"": 3})
    sorted_by = open_two_classes(str(tmp_path), tmp_path)
    sorted_by.write(SMILES, answers(0, 1, NONE))
    sorted_by.write(("happy", "sad"), answers(0, 1, NONE))
    assert set(classes_of(tmp_path).values()) == {"happy", "sad", ""}
    assert open_two_classes(str(tmp_path), tmp_path).names == ("happy", "sad")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.csv", "file;age;note\n000.png;3,5;\"a;b\"\n001.PNG;4,5;'x'\ngone.png;7,5;\n"),
        ("labels.tsv", "image\tage\n000.png\t3\n002\t4\n"),
        ("labels.csv", "sep=;\nfile;age\n000.png;3\n"),
        ("Labels.CSV", '"","file","age"\n"1","000.png","3"\n"2","001.png","4"\n'),
    ],
)
def test_nothing_of_an_earlier_table_is_lost(tmp_path: Path, name: str, text: str) -> None:
    write_faces(tmp_path, {"": 4})
    (tmp_path / name).write_text(text, encoding="utf-8")
    header, rows = read_table(tmp_path / name)
    open_two_classes(str(tmp_path), tmp_path).write(SMILES, answers(0, 1, 1, 0))
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".png"] == [name]
    new_header, new_rows = read_table(tmp_path / name)
    assert new_header[: len(header)] == header
    assert [row[: len(header)] for row in new_rows[: len(rows)]] == rows
    assert set(classes_of(tmp_path).values()) == set(SMILES)


def test_classes_of_before_are_gone_on_with_as_they_are_spelled(tmp_path: Path) -> None:
    write_faces(tmp_path, {"": 3})
    (tmp_path / "labels.csv").write_text("file,class,person\n000.png,Sad,Ann\n001.png,Happy,Bob\n", encoding="utf-8")
    sorted_by = open_two_classes(str(tmp_path), tmp_path)
    assert (sorted_by.names, sorted_by.answers.tolist()) == (("Happy", "Sad"), [1, 0, NONE])
    sorted_by.write(sorted_by.names, answers(1, 0, 0))
    assert (tmp_path / "labels.csv").read_text() == "file,class,person\n000.png,Sad,Ann\n001.png,Happy,Bob\n002.png,Happy,\n"


def test_beside_more_than_two_classes_the_answers_get_a_column_of_their_own(tmp_path: Path) -> None:
    write_faces(tmp_path, {"": 3})
    (tmp_path / "labels.csv").write_text("file,class\n000.png,a\n001.png,b\n002.png,c\n", encoding="utf-8")
    open_two_classes(str(tmp_path), tmp_path).write(SMILES, answers(0, 1, 0))
    index = scan(str(tmp_path))
    assert index.classes == ("a", "b", "c")
    assert index.attributes["smile"].tolist() == [1, 0, 1]


def test_class_folders_stay_the_classes(tmp_path: Path) -> None:
    write_faces(tmp_path, {"2023": 2, "2024": 2})
    sorted_by = open_two_classes(str(tmp_path), tmp_path)
    sorted_by.write(SMILES, answers(0, 1, NONE, 0))
    index = scan(str(tmp_path))
    assert index.classes == ("2023", "2024")
    assert index.smile_column == "smile"
    assert np.array_equal(index.attributes["smile"], [1, 0, np.nan, 1], equal_nan=True)
    again = open_two_classes(str(tmp_path), tmp_path)
    assert (again.names, again.answers.tolist()) == (SMILES, [0, 1, NONE, 0])
    again.write(("laugh", "none"), again.answers)
    assert scan(str(tmp_path)).attributes.keys() == {"laugh"}


@pytest.mark.parametrize(
    ("names", "which"), [(("", "b"), 0), (("a", " "), 1), (("a", "A"), None), (("NA", "b"), 0), (("c", "a\\b"), 1)]
)
def test_names_that_cant_be_used_are_refused_with_a_sentence(tmp_path: Path, names: tuple[str, str], which: int | None) -> None:
    write_faces(tmp_path, {"": 2})
    sorted_by = open_two_classes(str(tmp_path), tmp_path)
    problem = sorted_by.problem(names)
    assert problem is not None
    assert problem.text.endswith(".")
    assert problem.which == which
    with pytest.raises(DataError):
        sorted_by.write(names, answers(0, 1))
    assert not (tmp_path / "labels.csv").exists()


@pytest.mark.parametrize("first", ["person", "age", "a,b"])
def test_a_column_of_its_own_takes_no_other_columns_name(tmp_path: Path, first: str) -> None:
    write_faces(tmp_path, {"x": 2, "y": 2})
    (tmp_path / "labels.csv").write_text("file,age\nx/000.png,3\n", encoding="utf-8")
    problem = open_two_classes(str(tmp_path), tmp_path).problem((first, "rest"))
    assert problem is not None
    assert "choose another name" in problem.text
    assert problem.which == 0


def test_what_another_program_wrote_meanwhile_stays(tmp_path: Path) -> None:
    write_faces(tmp_path, {"": 2})
    sorted_by = open_two_classes(str(tmp_path), tmp_path)
    sorted_by.write(SMILES, answers(0, NONE))
    (tmp_path / "labels.csv").write_text("file,class,age\n000.png,smile,31\n", encoding="utf-8")
    sorted_by.write(SMILES, answers(0, 1))
    assert (tmp_path / "labels.csv").read_text() == "file,class,age\n000.png,smile,31\n001.png,no smile,\n"


def test_a_table_that_cant_be_read_is_not_overwritten(tmp_path: Path) -> None:
    write_faces(tmp_path, {"": 2})
    sorted_by = open_two_classes(str(tmp_path), tmp_path)
    (tmp_path / "labels.csv").write_text("file,class\n000.png,a,b,c\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 2"):
        sorted_by.write(SMILES, answers(0, 1))
    assert (tmp_path / "labels.csv").read_text() == "file,class\n000.png,a,b,c\n"


def test_a_write_that_is_cut_short_leaves_the_table_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_faces(tmp_path, {"": 2})
    sorted_by = open_two_classes(str(tmp_path), tmp_path)
    sorted_by.write(SMILES, answers(0, 1))
    before = (tmp_path / "labels.csv").read_text()

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(CoreError, match="disk is full"):
        sorted_by.write(SMILES, answers(1, 0))
    assert (tmp_path / "labels.csv").read_text() == before
    assert sorted_by.answers.tolist() == [0, 1]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("classes", [{"": 3}, {"a": 2, "b": 1}])
def test_a_folder_that_cant_be_written_gets_its_labels_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, classes: dict[str, int]
) -> None:
    folder = write_faces(tmp_path / "disc", classes)
    monkeypatch.setattr(two_classes, "_can_write", lambda _folder: False)
    sorted_by = open_two_classes(str(folder), tmp_path / "labels")
    assert sorted_by.is_elsewhere
    assert sorted_by.table.is_relative_to(tmp_path / "labels")
    sorted_by.write(SMILES, answers(0, 1, NONE))
    index = scan(sorted_by.source)
    assert len(index.files) == 3
    told = index.attributes["smile"].tolist() if "a" in classes else [index.classes[label] for label in index.labels]
    assert told[:2] == ([1, 0] if "a" in classes else ["smile", "no smile"])
    assert not (folder / "labels.csv").exists()
    assert index.name == "disc", "the data set is called as the folder"
    assert [sorted_by.name_of(at) for at in range(3)] == sorted(scan(str(folder)).files), "and its pictures as in there"
    assert open_two_classes(str(folder), tmp_path / "labels").answers.tolist() == [0, 1, NONE]


def test_labels_of_a_folder_that_cant_be_written_are_taken_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_faces(tmp_path / "disc", {"": 2})
    (folder / "labels.csv").write_text("file,class,age\n000.png,smile,5\n", encoding="utf-8")
    monkeypatch.setattr(two_classes, "_can_write", lambda _folder: False)
    sorted_by = open_two_classes(str(folder), tmp_path / "labels")
    assert sorted_by.answers.tolist() == [0, NONE]
    sorted_by.write(sorted_by.names, answers(0, 1))
    assert (folder / "labels.csv").read_text() == "file,class,age\n000.png,smile,5\n"
    assert "smile,5" in sorted_by.table.read_text()


def test_celebas_own_labels_count(tmp_path: Path) -> None:
    write_faces(tmp_path / "img_align_celeba", {"": 2})
    (tmp_path / "list_attr_celeba.txt").write_text("2\nSmiling\n000.png 1\n001.png -1\n", encoding="utf-8")
    with pytest.raises(DataError, match="CelebA"):
        open_two_classes(str(tmp_path), tmp_path)


def test_a_picture_whose_name_no_table_can_hold_is_left_out(tmp_path: Path) -> None:
    write_faces(tmp_path, {"": 2})
    (tmp_path / "000.png").rename(tmp_path / " 000.png")
    sorted_by = open_two_classes(str(tmp_path), tmp_path)
    assert sorted_by.files == ("001.png",)
    sorted_by.write(SMILES, answers(1))
    assert classes_of(tmp_path)["001.png"] == "no smile"


def test_twenty_thousand_pictures(tmp_path: Path) -> None:
    files = tuple(f"{number:05d}.jpg" for number in range(20_000))
    sorted_by = TwoClasses(tmp_path, files)
    given = np.arange(20_000, dtype=np.int64) % 3 - 1
    sorted_by.write(SMILES, given.astype(np.int8))
    assert TwoClasses(tmp_path, files).answers.tolist() == given.tolist()


def test_a_picture_is_shrunk_whole_and_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 200), (200, 10, 10)).save(tmp_path / "a.jpg", exif=exif)
    assert shrunk((tmp_path / "a.jpg").read_bytes(), 100).shape == (100, 50, 3)
    Image.new("L", (30, 20)).save(tmp_path / "b.png")
    assert shrunk((tmp_path / "b.png").read_bytes(), 100).shape == (20, 30, 3)
    with pytest.raises(BadPicture, match="cut off"):
        shrunk((tmp_path / "a.jpg").read_bytes()[:700], 100)
