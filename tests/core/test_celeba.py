"""CelebA and CelebA-HQ in the layouts and spellings that go around, and the official partition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import DataConfig
from core.data.dataset import load
from core.data.index import Index, scan
from core.errors import DataError

Row = tuple[str, str, str]

ROWS: tuple[Row, ...] = (
    ("000001.jpg", "-1", "1"),
    ("000002.jpg", "1", "-1"),
    ("000003.jpg", "1", "1"),
    ("000004.jpg", "-1", "-1"),
    ("000009.jpg", "1", "1"),
)
NAMES = tuple(name for name, _, _ in ROWS[:-1])
ALIGNED = "img_align_celeba"


def pictures(folder: Path, names: Sequence[str] = NAMES, ending: str = ".jpg") -> None:
    folder.mkdir(parents=True)
    for number, name in enumerate(names):
        Image.new("RGB", (32, 32), (60 * number, 0, 0)).save(folder / (name[: name.rfind(".")] + ending))


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding=encoding)


def published(rows: Sequence[Row] = ROWS) -> str:
    return f"{len(rows)}\nMale Smiling \n" + "".join(f"{name}  {male:>2} {smiling:>2}\n" for name, male, smiling in rows)


def joined(delimiter: str, rows: Sequence[Row] = ROWS, *, quote: str = "", index: str | None = None) -> str:
    """As a spreadsheet or pandas writes it; `index` is the name of the column that numbers the rows."""
    lines = [("image_id", "Male", "Smiling"), *rows]
    if index is not None:
        lines = [(index, *lines[0]), *((str(number), *row) for number, row in enumerate(lines[1:]))]  # type: ignore[list-item]
    return "".join(delimiter.join(f"{quote}{cell}{quote}" for cell in line) + "\n" for line in lines)


def check(index: Index) -> None:
    assert [file.rsplit("/", 1)[-1][:6] for file in index.files] == [name[:6] for name in NAMES]
    assert (index.classes, index.positive) == (("non_smile", "smile"), "smile")
    assert index.labels.tolist() == [1, 0, 1, 0]
    assert index.attributes["Male"].tolist() == [0, 1, 1, 0]
    assert index.attributes["Smiling"].tolist() == [1, 0, 1, 0]
    assert (index.report.rows, index.report.rows_without_picture, index.report.pictures_without_row) == (5, 1, 0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list_attr_celeba.txt", published()),
        ("List_Attr_CelebA.TXT", published().replace("\n", "\r\n")),
        ("list_attr_celeba.csv", joined(",")),
        ("list_attr_celeba.csv", "\ufeff" + joined(";", quote='"')),
        ("list_attr_celeba.csv", joined(",", index="")),
        ("list_attr_celeba.csv", joined(",", index="Unnamed: 0")),
        ("list_attr_celeba.csv", "5,,\n" + joined(",")),
        ("list_attr_celeba.tsv", joined("\t", quote="'")),
        ("list_attr_celeba.csv", joined(",").replace(",1", ",1.0").replace(",-1", ",-1.0")),
        ("list_attr_celeba.csv", joined(",").replace(",1", ",True").replace(",-1", ",False")),
        ("list_attr_celeba.csv", joined(",").replace(",-1", ",0")),
    ],
)
def test_the_list_in_other_forms(tmp_path: Path, name: str, text: str) -> None:
    pictures(tmp_path / ALIGNED)
    write(tmp_path / name, text)
    check(scan(str(tmp_path)))


def test_a_list_in_utf_16(tmp_path: Path) -> None:
    pictures(tmp_path / ALIGNED)
    write(tmp_path / "list_attr_celeba.csv", joined(";"), "utf-16")
    check(scan(str(tmp_path)))


@pytest.mark.parametrize(
    ("folder", "lists", "sources"),
    [
        (ALIGNED, "", ("", ALIGNED)),
        (f"Img/{ALIGNED}", "Anno", ("", "Img", f"Img/{ALIGNED}")),
        (f"CelebA/Img/{ALIGNED}", "CelebA/Anno", ("", "CelebA", "CelebA/Img", f"CelebA/Img/{ALIGNED}")),
        (f"{ALIGNED}/{ALIGNED}", "", ("", ALIGNED, f"{ALIGNED}/{ALIGNED}")),  # Kaggle's copy
        ("Img/img_align_celeba_png", "Anno", ("", "Img/img_align_celeba_png")),
        (".", "", ("",)),
    ],
)
def test_the_layouts_from_each_of_their_folders(tmp_path: Path, folder: str, lists: str, sources: tuple[str, ...]) -> None:
    base = tmp_path / "base"
    pictures(base / folder, ending=".png" if folder.endswith("png") else ".jpg")
    write(base / lists / "list_attr_celeba.txt", published())
    for source in sources:
        check(scan(str(base / source)))


def test_persons_and_pictures_that_the_list_leaves_out(tmp_path: Path) -> None:
    pictures(tmp_path / ALIGNED, (*NAMES, "unlisted.jpg"))
    pictures(tmp_path / "other", ("x.jpg",))
    write(tmp_path / "list_attr_celeba.txt", published())
    write(tmp_path / "identity_CelebA.txt", "000001.jpg 7\n000002.jpg 9\n000003.jpg 7\n000009.jpg 1\n")
    index = scan(str(tmp_path))
    assert index.files == tuple(f"{ALIGNED}/{name}" for name in NAMES)
    assert index.persons is not None
    assert index.persons[0] == index.persons[2]
    assert len(set(index.persons.tolist())) == 3
    assert {(entry.place, entry.count, entry.reason) for entry in index.passed_over} == {
        (f"{ALIGNED}/unlisted.jpg", 1, "not named in list_attr_celeba.txt"),
        ("other/x.jpg", 1, "beside CelebA's pictures"),
    }
    write(tmp_path / "identity_CelebA.txt", ",image_id,person\n0,000001.jpg,7\n1,000004.jpg,7\n")
    index = scan(str(tmp_path))
    assert index.persons is not None
    assert index.persons[0] == index.persons[3]


@pytest.mark.parametrize("line", ["1", "1 1 1", "1 2", "1 10", "- 1", "1 x", "1 -"])
def test_damage_is_named(tmp_path: Path, line: str) -> None:
    pictures(tmp_path / ALIGNED)
    write(tmp_path / "list_attr_celeba.txt", f"2\nMale Smiling\n000001.jpg -1 1\n000002.jpg {line}\n")
    with pytest.raises(DataError, match=r"damaged at 000002\.jpg"):
        scan(str(tmp_path))


@pytest.mark.parametrize(
    "text", ["", "5\n", "Male Smiling\n", "hello\nworld\n", "Male\n000001.jpg 1 1\n", "a b Male\n000001.jpg 1\n"]
)
def test_what_is_no_list(tmp_path: Path, text: str) -> None:
    pictures(tmp_path / ALIGNED)
    write(tmp_path / "list_attr_celeba.txt", text)
    with pytest.raises(DataError, match="not CelebA's list of attributes") as caught:
        scan(str(tmp_path))
    assert caught.value.hint


def test_a_list_of_other_pictures(tmp_path: Path) -> None:
    pictures(tmp_path / ALIGNED)
    write(tmp_path / "list_attr_celeba.txt", published(ROWS[-1:]))
    with pytest.raises(DataError, match="names none of the pictures"):
        scan(str(tmp_path))


def test_without_its_list_it_is_said_where_that_belongs(tmp_path: Path) -> None:
    pictures(tmp_path / ALIGNED)
    (note,) = scan(str(tmp_path)).report.notes
    assert "list_attr_celeba.txt (or .csv) is neither beside it nor in a folder Anno there" in note
    (tmp_path / "labels.csv").write_text("file,Smiling\n000001.jpg,1\n000002.jpg,0\n")  # a person's own are as good
    index = scan(str(tmp_path))
    assert index.report.notes == ()
    assert index.smile_column == "Smiling"


def test_two_copies_below(tmp_path: Path) -> None:
    for name in ("one", "two"):
        pictures(tmp_path / name / ALIGNED)
    with pytest.raises(DataError, match="CelebA more than once: one, two"):
        scan(str(tmp_path))


def test_celeba_hq_with_its_own_list(tmp_path: Path) -> None:
    folder = tmp_path / "CelebAMask-HQ"
    pictures(folder / "CelebA-HQ-img", ("0.jpg", "1.jpg", "00002.jpg"))
    pictures(folder / "CelebAMask-HQ-mask-anno" / "0", ("00000_skin.png",), ".png")
    write(folder / "CelebAMask-HQ-attribute-anno.txt", published((("0.jpg", "1", "1"), ("1.jpg", "1", "-1"), ("2.jpg", "-1", "1"))))
    for source in (tmp_path, folder, folder / "CelebA-HQ-img"):
        index = scan(str(source))
        assert [Path(file).name for file in index.files] == ["0.jpg", "00002.jpg", "1.jpg"]
        assert index.labels.tolist() == [1, 1, 0]
        assert index.part is None
    write(folder / "list_eval_partition.txt", "000005.jpg 0\n000006.jpg 1\n000007.jpg 2\n")
    (note,) = scan(str(folder)).report.notes
    assert "CelebA-HQ-to-CelebA-mapping.txt" in note
    write(
        folder / "CelebA-HQ-to-CelebA-mapping.txt",
        "idx\torig_idx\torig_file\n0\t4\t000005.jpg\n1\t6\t000007.jpg\n2\t5\t000006.jpg\n",
    )
    index = scan(str(folder))
    assert [Path(file).name for file in index.files] == ["0.jpg", "00002.jpg"]  # the other one is kept for tests
    assert index.part is not None
    assert index.part.tolist() == [0, 1]


PARTITIONS: tuple[tuple[str, Callable[[str, int], str]], ...] = (
    ("list_eval_partition.txt", lambda name, part: f"{name} {part}\n"),
    ("list_eval_partition.csv", lambda name, part: f"{name},{part}\n"),
    ("list_eval_partition.csv", lambda name, part: f'"7";"{name}";"{part}"\n'),
)


@pytest.mark.parametrize(("name", "line"), PARTITIONS)
def test_the_official_partition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, line: Callable[[str, int], str]
) -> None:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path / "cache"))
    names = [f"{number:06d}.jpg" for number in range(1, 31)]
    pictures(tmp_path / ALIGNED, names)
    write(tmp_path / "list_attr_celeba.txt", published([(one, "1", "1" if at % 2 else "-1") for at, one in enumerate(names)]))
    head = "image_id,partition\n" if name.endswith("csv") else ""
    write(tmp_path / name, head + "".join(line(one, (0, 0, 1, 1, 2)[at % 5]) for at, one in enumerate(names)))
    data = load(DataConfig(source=str(tmp_path), image_size=32, valid_fraction=0.1))
    assert data.own_split
    assert [data.index.files[row][-6:-4] for row in data.split.train[:3]] == ["01", "02", "06"]
    assert [data.index.files[row][-6:-4] for row in data.split.valid[:3]] == ["03", "04", "08"]
    assert (len(data.split.train), len(data.split.valid)) == (12, 12)
    assert data.summary()["split_from"] == f"CelebA's own partition, {name}"
    (tests,) = data.index.passed_over
    assert tests.line == f"6 in {ALIGNED}: for testing, by CelebA's own partition, {name}"
    some = load(DataConfig(source=str(tmp_path), image_size=32, limit=8))  # a sample keeps the shares of both parts
    assert (len(some.split.train), len(some.split.valid)) == (4, 4)


@pytest.mark.parametrize(("parts", "lacking"), [("0002", "validation"), ("1112", "training")])
def test_a_partition_that_leaves_a_part_empty_is_not_used(tmp_path: Path, parts: str, lacking: str) -> None:
    pictures(tmp_path / ALIGNED)
    write(tmp_path / "list_attr_celeba.txt", published())
    write(tmp_path / "list_eval_partition.txt", "".join(f"{name} {part}\n" for name, part in zip(NAMES, parts, strict=True)))
    index = scan(str(tmp_path))
    assert index.part is None
    assert len(index.files) == 4
    assert f"leaves no picture for {lacking}" in index.report.notes[0]


def test_a_partition_that_says_something_else(tmp_path: Path) -> None:
    pictures(tmp_path / ALIGNED)
    write(tmp_path / "list_attr_celeba.txt", published())
    write(tmp_path / "list_eval_partition.txt", "000001.jpg 0\n000002.jpg test\n")
    with pytest.raises(DataError, match=r"list_eval_partition\.txt says test of a picture"):
        scan(str(tmp_path))


def test_pictures_of_which_the_partition_says_nothing_are_trained_on(tmp_path: Path) -> None:
    pictures(tmp_path / ALIGNED)
    write(tmp_path / "list_attr_celeba.txt", published())
    write(tmp_path / "list_eval_partition.txt", "000001.jpg 0\n000002.jpg 1\n")
    index = scan(str(tmp_path))
    assert np.array_equal(index.part if index.part is not None else [], [0, 1, 0, 0])
    assert index.report.notes == ("2 pictures that list_eval_partition.txt doesn't name are used for training.",)


def test_what_lies_beside_celeba_in_the_folder_above(tmp_path: Path) -> None:
    pictures(tmp_path / "CelebA" / "Img" / ALIGNED)
    write(tmp_path / "CelebA" / "Anno" / "list_attr_celeba.txt", published())
    pictures(tmp_path / "mine", ("a.jpg", "b.jpg"))
    pictures(tmp_path / "__MACOSX" / ALIGNED, ("000001.jpg",))  # no second CelebA, but what a system made
    index = scan(str(tmp_path))
    check(index)
    assert {(entry.place, entry.count) for entry in index.passed_over} == {("mine", 2), (f"__MACOSX/{ALIGNED}/000001.jpg", 1)}


def test_celebas_pictures_behind_a_link(tmp_path: Path) -> None:
    pictures(tmp_path / "disk")
    (tmp_path / ALIGNED).symlink_to(tmp_path / "disk")
    write(tmp_path / "list_attr_celeba.txt", published())
    index = scan(str(tmp_path))
    check(index)
    assert index.files[0] == f"{ALIGNED}/000001.jpg"
    assert index.passed_over == ()
