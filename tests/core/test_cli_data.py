"""`data`: what a folder holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.cli import run
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import toy_folder
from tests.helpers.tiny_faces import write_faces


def test_json_has_the_keys_of_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = draw_folder(tmp_path / "pictures", per_class=4)
    (folder / "smile" / "text.jpg").write_text("no picture")
    (folder / "smile" / "empty.png").touch()
    (folder / "smile" / "twin.png").write_bytes((folder / "smile" / "smile_001.png").read_bytes())
    assert run(["data", str(folder), "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    found = json.loads(said.out)
    assert found["images"] == 9
    assert found["classes"] == {"non_smile": 4, "smile": 5}
    assert {bad["file"] for bad in found["bad"]} == {"smile/text.jpg", "smile/empty.png"}
    assert all(bad["reason"] for bad in found["bad"])
    assert found["duplicates"] == [["smile/smile_001.png", "smile/twin.png"]]
    assert found["split"]["train"] + found["split"]["valid"] == 9


def test_words_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = draw_folder(tmp_path / "pictures", per_class=3)
    (folder / "smile" / "text.jpg").write_text("no picture")
    assert run(["data", str(folder)]) == 0
    out = capsys.readouterr().out
    for words in ("6 usable pictures", "smile: 3   (with the attribute)", "split: 5 training, 1 validation", "dark", "text.jpg: "):
        assert words in out


def test_says_what_is_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = draw_folder(tmp_path / "pictures", per_class=3)
    for name in ("smile/a.psd", "smile/b.psd", "c.dng"):
        (folder / name).write_bytes(b"?")
    assert run(["data", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "3 pictures are passed over:\n" in out
    assert "  2 in smile: a kind of picture that can't be read (Photoshop; save it as JPEG or PNG)\n" in out
    assert "  c.dng: a kind of picture that can't be read (camera raw; save it as JPEG or PNG)\n" in out
    assert run(["data", str(folder), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [{**entry, "reason": ""} for entry in said["passed_over"]] == [
        {"file": "c.dng", "count": 1, "reason": ""},
        {"folder": "smile", "count": 2, "reason": ""},
    ]


def test_two_classes_whose_names_do_not_tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = draw_folder(tmp_path / "pictures", per_class=3)
    (folder / "labels.csv").unlink()
    (folder / "smile").rename(folder / "a")
    (folder / "non_smile").rename(folder / "b")
    assert run(["data", str(folder)]) == 0
    assert "--set data.positive=CLASS" in capsys.readouterr().out
    assert run(["data", str(folder), "--json", "--set", "data.positive=a"]) == 0
    assert json.loads(capsys.readouterr().out)["positive"] == "a"


def test_settings_apply(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", str(toy_folder()), "--json", "--set", "data.limit=10", "--set", "data.valid_fraction=0.5"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["images"], found["split"]["valid"]) == (10, 5)


@pytest.mark.parametrize("case", ["missing", "empty", "broken", "file", "setting", "class"])
def test_what_cannot_be_used_exits_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str) -> None:
    folder, more = tmp_path / "pictures", []
    if case == "empty":
        folder.mkdir()
    elif case == "broken":
        folder.mkdir()
        for name in ("a.jpg", "b.png"):
            (folder / name).write_text("no picture")
    elif case == "file":
        folder.write_text("")
    elif case != "missing":
        draw_folder(folder, per_class=2)
        more = ["--set", "data.lmit=3" if case == "setting" else "data.positive=hat"]
    assert run(["data", str(folder), *more]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert lines[0].startswith("labkhand: ")
    assert lines[1].startswith("  ")
    assert len(lines) == 2
    assert "Traceback" not in said.err
    if case == "setting":
        assert "Did you mean data.limit?" in said.err


def test_it_says_how_the_labels_were_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_faces(tmp_path, {"": 5}, size=(32, 32))
    (folder / "labels.csv").write_text(
        ";image;mood;note;score\n0;000.png;happy;a;0,5\n1;001.png;sad;b;1,5\n2;002.png;sad;c;2\n3;gone.png;sad;d;3\n"
    )
    assert run(["data", str(folder)]) == 0
    out = capsys.readouterr().out
    for words in (
        "attributes: mood, score",
        "labels.csv: rows 4, without a picture 1; pictures without a row 2",
        "mood: happy is 1, sad is 0",
        "not used: a column, because it numbers the rows",
        "not used: note, because it has 4 different words (a, b, c, ...)",
        "mood says who smiles",
    ):
        assert words in out
    assert run(["data", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["attribute"] == "smile"
    assert found["labels"] == {
        "file": "labels.csv",
        "rows": 4,
        "rows_without_picture": 1,
        "rows_repeated": 0,
        "rows_passed_over": 0,
        "pictures_without_row": 2,
        "words": {"mood": {"1": "happy", "0": "sad"}},
        "unused": [
            {"column": "", "reason": "it numbers the rows"},
            {"column": "note", "reason": "it has 4 different words (a, b, c, ...); two words would become 0 and 1"},
        ],
        "notes": [],
        "smile_column": "mood",
    }


@pytest.mark.parametrize(("names", "asks"), [(("a", "b", "c"), True), (("angry", "happy", "neutral"), False), (("happy",), False)])
def test_three_classes_are_asked_about_as_two_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], names: tuple[str, ...], asks: bool
) -> None:
    folder = write_faces(tmp_path, dict.fromkeys(names, 2), size=(32, 32))
    assert run(["data", str(folder)]) == 0
    assert ("--set data.positive=CLASS" in capsys.readouterr().out) == asks
