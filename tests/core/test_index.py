"""What a folder holds: classes, labels, persons, and one sentence for each folder that can't be used."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import folders, pictures
from core.data import index as index_module
from core.data.folders import GONE
from core.data.index import Index, scan
from core.data.labels.attributes import positive_class
from core.errors import Cancelled, DataError


def put(root: Path, *names: str) -> Path:
    """Small pictures at these paths."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (len(name), 0, 0)).save(root / name)
    return root


def labelled(index: Index) -> dict[str, str]:
    return {file: index.classes[label] for file, label in zip(index.files, index.labels, strict=True)}


def test_class_folders(tmp_path: Path) -> None:
    put(tmp_path, "smile/b.jpg", "smile/deep/er/a.PNG", "non_smile/a.webp")
    (tmp_path / "empty").mkdir()
    (tmp_path / "smile" / "notes.txt").write_text("no picture")
    index = scan(str(tmp_path))
    assert labelled(index) == {"non_smile/a.webp": "non_smile", "smile/b.jpg": "smile", "smile/deep/er/a.PNG": "smile"}
    assert list(index.files) == sorted(index.files)
    assert (index.classes, index.positive, index.name) == (("non_smile", "smile"), "smile", tmp_path.name)
    assert index.labels.dtype == np.int16
    assert index.persons is None
    assert index.attributes == {}
    assert index.stamps[1] == ((tmp_path / "smile/b.jpg").stat().st_size, (tmp_path / "smile/b.jpg").stat().st_mtime_ns)


def test_flat_folder_and_single_class(tmp_path: Path) -> None:
    flat = scan(str(put(tmp_path / "flat", "b.jpg", "a.jpg", "c.jpg")))
    assert (flat.files, flat.classes, flat.positive) == (("a.jpg", "b.jpg", "c.jpg"), ("",), "")
    single = scan(str(put(tmp_path / "single", "smile/a.jpg")))
    assert (single.classes, single.positive) == (("smile",), "")


def test_stray_pictures_do_not_change_what_a_folder_is(tmp_path: Path) -> None:
    with_poster = scan(str(put(tmp_path / "one", "poster.png", "yes/a.png", "no/a.png")))
    assert with_poster.files == ("no/a.png", "yes/a.png")
    with_old = scan(str(put(tmp_path / "two", "a.png", "b.png", "c.png", "old/d.png")))
    assert with_old.files == ("a.png", "b.png", "c.png")


def told(index: Index) -> list[tuple[str, int, str]]:
    return [(entry.place, entry.count, entry.reason) for entry in index.passed_over]


def test_what_is_hidden_or_no_picture_counts_for_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a/x.jpg", "a/._x.jpg", "a/.hidden.png", ".cache/y.jpg", "b/x.jpg")
    (tmp_path / "a" / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "a" / "README.md").write_text("x")
    (tmp_path / "meta.json").write_text("{}")
    (tmp_path / "a" / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "a" / "pipe.jpg")
    index = scan(str(tmp_path))
    assert index.files == ("a/x.jpg", "b/x.jpg")
    assert index.passed_over == ()


@pytest.mark.parametrize("name", ["@eaDir", "__MACOSX", "$RECYCLE.BIN", "#recycle", "lost+found", "Thumbnails", "@Recycle"])
def test_what_systems_leave_behind_is_no_class(tmp_path: Path, name: str) -> None:
    put(tmp_path, "smile/x.jpg", "non_smile/x.jpg", f"{name}/x.jpg", f"{name}/deep/y.png")
    index = scan(str(tmp_path))
    assert (index.files, index.classes, index.positive) == (("non_smile/x.jpg", "smile/x.jpg"), ("non_smile", "smile"), "smile")
    assert told(index) == [(name, 2, f"in {name}, which the system made for itself")]


def test_one_line_for_all_folders_of_a_system(tmp_path: Path) -> None:
    put(tmp_path, *(f"{name}/@eaDir/{file}/thumb.jpg" for name in "ab" for file in "12"), "a/1.jpg", "b/1.jpg")
    assert told(scan(str(tmp_path))) == [(".", 4, "in @eaDir, which the system made for itself")]


def test_a_system_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a/x.jpg", "b/x.jpg", "lost+found/x.jpg")
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name in refused:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    refused = {"lost+found"}
    assert scan(str(tmp_path)).files == ("a/x.jpg", "b/x.jpg")
    refused = {"b"}
    with pytest.raises(DataError, match="can't be read: Permission denied"):
        scan(str(tmp_path))


def a_run(root: Path, name: str = "runs/first") -> Path:
    """A run folder with two previews and a picture that somebody put there."""
    put(root / name, "previews/epoch_00001.png", "previews/epoch_00002.png", "sheet.png")
    for file in ("config.json", "events.jsonl"):
        (root / name / file).write_text("{}")
    return root


def test_what_lies_in_a_run_folder_is_no_data(tmp_path: Path) -> None:
    put(tmp_path, "smile/x.jpg", "non_smile/x.jpg")
    before = scan(str(tmp_path))
    after = scan(str(a_run(tmp_path)))
    assert (after.files, after.classes, after.positive) == (before.files, before.classes, before.positive)
    assert (told(before), told(after)) == ([], [("runs/first", 3, folders.IN_RUN)])
    assert told(scan(str(a_run(tmp_path, "runs/second")))) == [("runs", 6, folders.IN_RUN)]


def test_a_run_in_the_folder_of_the_pictures_itself(tmp_path: Path) -> None:
    put(a_run(tmp_path, "."), "smile/x.jpg", "non_smile/x.jpg")
    index = scan(str(tmp_path))
    assert index.classes == ("non_smile", "smile")
    assert told(index) == [("previews", 2, folders.PREVIEW), ("sheet.png", 1, folders.LOOSE)]


def test_a_folder_with_some_config_is_no_run(tmp_path: Path) -> None:
    put(tmp_path, "smile/x.jpg", "non_smile/x.jpg")
    (tmp_path / "smile" / "config.json").write_text("{}")
    assert scan(str(tmp_path)).classes == ("non_smile", "smile")


def test_stray_pictures_are_told_of(tmp_path: Path) -> None:
    loose = scan(str(put(tmp_path / "one", "p.png", "q.png", "smile/1.jpg", "smile/2.jpg", "non_smile/1.jpg")))
    assert told(loose) == [(".", 2, folders.LOOSE)]
    few = scan(str(put(tmp_path / "two", "a.png", "b.png", "c.png", "old/d.png")))
    assert told(few) == [("old/d.png", 1, folders.IN_SUBFOLDER)]
    assert [(entry.is_file, entry.line) for entry in few.passed_over] == [(True, f"old/d.png: {folders.IN_SUBFOLDER}")]


def test_kinds_that_can_not_be_read_are_told_of(tmp_path: Path) -> None:
    put(tmp_path, "smile/x.jpg", "non_smile/x.jpg")
    for name in ("smile/a.jxl", "smile/b.JXL", "non_smile/c.psd", "d.dng"):
        (tmp_path / name).write_bytes(b"?")
    (tmp_path / "e.dng").mkdir()
    reason = "a kind of picture that can't be read ({}; save it as JPEG or PNG)"
    index = scan(str(tmp_path))
    assert sorted(told(index)) == sorted([
        ("smile", 2, reason.format("JPEG XL")),
        ("non_smile/c.psd", 1, reason.format("Photoshop")),
        ("d.dng", 1, reason.format("camera raw")),
    ])  # fmt: skip
    (tmp_path / "smile" / "x.jpg").unlink()
    (tmp_path / "non_smile" / "x.jpg").unlink()
    with pytest.raises(DataError, match=r"no pictures that can be used: 2 are passed over \(a kind .*JPEG XL"):
        scan(str(tmp_path))


def test_avif_is_told_of_where_it_can_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a/x.jpg", "b/x.jpg")
    (tmp_path / "a" / "y.avif").write_bytes(b"?")
    assert scan(str(tmp_path)).files == ("a/x.jpg", "a/y.avif", "b/x.jpg")
    monkeypatch.setattr(pictures, "_formats", lambda: ("JPEG", "PNG"))
    index = scan(str(tmp_path))
    assert index.files == ("a/x.jpg", "b/x.jpg")
    assert [(place, count) for place, count, _ in told(index)] == [("a/y.avif", 1)]


def split_of(index: Index) -> dict[str, list[str]] | None:
    if index.part is None:
        return None
    return {
        name: [file for file, one in zip(index.files, index.part, strict=True) if one == part]
        for name, part in (("train", folders.TRAIN), ("valid", folders.VALID))
    }


def both(*parts: str, count: int = 1) -> list[str]:
    return [f"{part}/{name}/{number}.jpg" for part in parts for name in ("smile", "non_smile") for number in range(count)]


@pytest.mark.parametrize(
    ("train", "other"), [("train", "test"), ("Training", "val"), ("training_set", "validation set"), ("train", "valid")]
)
def test_a_level_of_parts_gives_the_split(tmp_path: Path, train: str, other: str) -> None:
    index = scan(str(put(tmp_path, *both(train, count=2), *both(other))))
    assert (index.classes, index.positive) == (("non_smile", "smile"), "smile")
    assert labelled(index)[f"{other}/smile/0.jpg"] == "smile"
    assert split_of(index) == {"train": sorted(both(train, count=2)), "valid": sorted(both(other))}
    assert index.part_from == f"the folders {train} and {other}"
    assert told(index) == []


def test_with_a_validation_part_the_test_part_is_left_out(tmp_path: Path) -> None:
    index = scan(str(put(tmp_path, *both("train", "val", "test"))))
    assert split_of(index) == {"train": sorted(both("train")), "valid": sorted(both("val"))}
    assert told(index) == [("test", 2, "for testing, beside train and val")]


@pytest.mark.parametrize("parts", [("train",), ("test",), ("val", "test")])
def test_parts_without_another_to_learn_from_say_nothing_of_the_split(tmp_path: Path, parts: tuple[str, ...]) -> None:
    index = scan(str(put(tmp_path, *both(*parts))))
    assert (index.classes, index.part, told(index)) == (("non_smile", "smile"), None, [])
    assert len(index.files) == 2 * len(parts)


def test_parts_without_class_folders(tmp_path: Path) -> None:
    flat = scan(str(put(tmp_path / "flat", "train/1.jpg", "train/2.jpg", "test/3.jpg")))
    assert (flat.classes, split_of(flat)) == (("",), {"train": ["train/1.jpg", "train/2.jpg"], "valid": ["test/3.jpg"]})
    unsorted = scan(str(put(tmp_path / "unsorted", *both("train", count=2), *(f"test/{number}.jpg" for number in range(9)))))
    assert (unsorted.classes, unsorted.part, len(unsorted.files)) == (("non_smile", "smile"), None, 4)
    assert told(unsorted) == [("test", 9, "in test, which has no class folders")]


def test_parts_below_one_folder_or_beside_others(tmp_path: Path) -> None:
    wrapped = scan(str(put(tmp_path / "wrapped", *(f"archive/{file}" for file in both("train", "test")), "poster.png")))
    assert (wrapped.classes, len(split_of(wrapped) or {})) == (("non_smile", "smile"), 2)
    assert told(wrapped) == [("poster.png", 1, folders.LOOSE)]
    beside = scan(str(put(tmp_path / "beside", *both("train", "test"), "extra/1.jpg", "train/loose.jpg")))
    assert beside.classes == ("non_smile", "smile")
    assert sorted(told(beside)) == [("extra/1.jpg", 1, "beside train and test"), ("train/loose.jpg", 1, folders.LOOSE)]


def test_parts_below_the_class_folders(tmp_path: Path) -> None:
    names = [f"{name}/{part}/1.jpg" for name in ("smile", "non_smile") for part in ("train", "val", "test")]
    index = scan(str(put(tmp_path, *names)))
    assert index.classes == ("non_smile", "smile")
    assert labelled(index)["smile/val/1.jpg"] == "smile"
    assert split_of(index) == {
        "train": ["non_smile/train/1.jpg", "smile/train/1.jpg"], "valid": ["non_smile/val/1.jpg", "smile/val/1.jpg"]
    }  # fmt: skip
    assert told(index) == [(".", 2, "for testing, beside train and val")]


@pytest.mark.parametrize(
    "names",
    [
        ("train/1.jpg", "plane/1.jpg"),  # two kinds of vehicle
        ("train/a/1.jpg", "test/b/1.jpg"),  # nothing alike below
        ("train/1.jpg",),
        ("training day/a/1.jpg", "test/a/1.jpg"),
        ("smile/train/1.jpg", "non_smile/1.jpg"),
        ("smile/train/1.jpg", "smile/more/1.jpg", "non_smile/train/1.jpg", "non_smile/test/1.jpg"),
    ],
)
def test_folders_that_are_no_parts_are_classes(tmp_path: Path, names: tuple[str, ...]) -> None:
    index = scan(str(put(tmp_path, *names)))
    assert index.classes == tuple(sorted({name.split("/")[0] for name in names}))
    assert (index.part, len(index.files), told(index)) == (None, len(names), [])


def test_links(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", "p.jpg")
    put(tmp_path / "data", "a/x.jpg", "b/y.jpg")
    (tmp_path / "data" / "a" / "loop").symlink_to(tmp_path / "data", target_is_directory=True)
    (tmp_path / "data" / "c").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "data" / "a" / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    index = scan(str(tmp_path / "data"))
    assert index.files == ("a/gone.jpg", "a/x.jpg", "b/y.jpg", "c/p.jpg")
    assert index.stamps[0] == GONE


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "No pictures were chosen"),
        ("missing", "There is no folder"),
        ("file.zip", "is a file, not a folder"),
        ("empty", "is empty"),
        ("texts", "holds no pictures"),
    ],
)
def test_sources_that_can_not_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, sentence: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file.zip").write_bytes(b"PK")
    Path("empty").mkdir()
    Path("texts").mkdir()
    Path("texts/a.txt").write_text("x")
    with pytest.raises(DataError, match=sentence) as caught:
        scan(source)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("classes", "positive"),
    [
        (("non_smile", "smile"), "smile"),
        (("Smiling", "Not Smiling"), "Smiling"),
        (("NonSmiling", "Smiling"), "Smiling"),
        (("nonsmile", "smile"), "smile"),
        (("unhappy", "happy"), "happy"),
        (("happy", "sad"), "happy"),
        (("neutral", "smile"), "smile"),
        (("with_glasses", "without_glasses"), "with_glasses"),
        (("glasses", "no-glasses"), "glasses"),
        (("yes", "no"), "yes"),
        (("0", "1"), "1"),
        (("positive", "negative"), "positive"),
        (("smile_no", "smile_yes"), "smile_yes"),
        (("بدون لبخند", "لبخند"), "لبخند"),
        (("1", "2"), ""),
        (("male", "female"), ""),
        (("smile_closed", "smile_open"), ""),
        (("non_smile", "sad"), ""),
        (("smile",), ""),
        (("",), ""),
        (("a", "b", "smile"), "smile"),
        (("angry", "happy", "neutral", "unhappy"), "happy"),
        (("smile_closed", "smile_open", "neutral"), ""),
        (("a", "b", "c"), ""),
        (("y", "n"), "y"),
    ],
)
def test_the_positive_class_by_its_name(classes: tuple[str, ...], positive: str) -> None:
    assert positive_class(classes) == positive
    assert positive_class(tuple(reversed(classes))) == positive


def test_the_positive_class_by_choice(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "b/1.png", "c/1.png")
    assert scan(str(tmp_path), "b").positive == "b"
    with pytest.raises(DataError, match=r"no class named d.*a, b, c"):
        scan(str(tmp_path), "d")


def test_labels(tmp_path: Path) -> None:
    put(tmp_path, "smile/1.png", "smile/2.png", "non_smile/1.png", "non_smile/3.png")
    (tmp_path / "labels.csv").write_text(
        "\ufeffclass,file,person,male,age,note,tie,empty\n"
        "smile,1.png,ann,1,30.5,fine,-1,\n"
        "non_smile,1.png,bob,0,,so so,1,\n"
        ",smile\\2.png,ann,yes,41,ok,1,\n"
        "\n"
        "smile,gone.png,zoe,1,1,gone,1,\n",
        encoding="utf-8",
    )
    index = scan(str(tmp_path))
    assert index.files == ("non_smile/1.png", "non_smile/3.png", "smile/1.png", "smile/2.png")
    assert set(index.attributes) == {"male", "age", "tie"}
    np.testing.assert_array_equal(index.attributes["male"], np.array([0, np.nan, 1, 1], np.float32))
    np.testing.assert_array_equal(index.attributes["age"], np.array([np.nan, np.nan, 30.5, 41], np.float32))
    np.testing.assert_array_equal(index.attributes["tie"], np.array([1, np.nan, 0, 1], np.float32))
    assert index.persons is not None
    bob, nobody, ann, also_ann = index.persons
    assert ann == also_ann
    assert len({bob, nobody, ann}) == 3


def test_labels_of_a_flat_folder_with_semicolons(tmp_path: Path) -> None:
    put(tmp_path, "a.png", "b.png")
    (tmp_path / "labels.csv").write_text("file;class;group;x\na.png;smile;;1\nb.png;none;;0\n")
    index = scan(str(tmp_path))
    assert index.attributes["x"].tolist() == [1, 0]
    assert index.persons is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no column named file"),
        ("name,x\na.png,1\n", "no column named file"),
        ("file,x\na/1.png,1,2\n", "line 2, has 3 cells where the header has 2"),
        ("file,x\na/1.png\n", "line 2, has 1 cells"),
        ('file,x\n"a/1.png,1\n', "is not CSV"),
        ("file,x,x\na/1.png,1,1\n", "two columns named x"),
        ("file,x\n1.png,1\n", "2 pictures of that name"),
        ("file,x\nother.png,1\n", "names none of the pictures"),
        (b"file,x\n\xff\xfe.png,1\n", "not a UTF-8 text"),
    ],
)
def test_labels_that_can_not_be_used(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    put(tmp_path, "a/1.png", "b/1.png")
    (tmp_path / "labels.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=sentence) as caught:
        scan(str(tmp_path))
    assert "labels.csv" in caught.value.message


def test_subset(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "a/2.png", "b/3.png")
    (tmp_path / "labels.csv").write_text("file,person,x\n1.png,p,1\n2.png,q,2\n3.png,p,3\n")
    index = scan(str(tmp_path))
    for keep in (np.array([0, 2]), np.array([True, False, True])):
        part = index.subset(keep)
        assert part.files == ("a/1.png", "b/3.png")
        assert part.labels.tolist() == [0, 1]
        assert part.attributes["x"].tolist() == [1, 3]
        assert part.classes == index.classes
        assert part.persons is not None
        assert part.persons[0] == part.persons[1]
        assert part.stamps == (index.stamps[0], index.stamps[2])


def test_progress_and_cancel(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "b/2.png")
    heard: list[tuple[str, int, int]] = []
    scan(str(tmp_path), progress=lambda *what: heard.append(what))
    assert heard[-1] == ("Listing pictures", 2, 0)

    def cancel(what: str, done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        scan(str(tmp_path), progress=cancel)


def test_demo_is_drawn_once_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path))
    monkeypatch.setattr(index_module, "DEMO_COUNT", 6)
    monkeypatch.setattr(index_module, "DEMO_SIZE", 32)
    half = put(tmp_path / "demo-6-32", "smile/half.png")  # left by a process that died: it has no labels.csv
    index = scan("demo")
    assert (index.source, index.name, index.positive, len(index.files)) == ("demo", "demo", "smile", 6)
    assert not (half / "smile" / "half.png").exists()
    assert index.attributes
    monkeypatch.setattr("core.data.sets.drawn.faces.write_demo", None)
    assert scan("demo").files == index.files


def test_a_cancelled_demo_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKHAND_CACHE", str(tmp_path))
    monkeypatch.setattr(index_module, "DEMO_COUNT", 6)
    monkeypatch.setattr(index_module, "DEMO_SIZE", 32)

    def cancel(what: str, done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        scan("demo", progress=cancel)
    assert list(tmp_path.iterdir()) == []
