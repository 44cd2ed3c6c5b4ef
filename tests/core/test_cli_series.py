"""`series`: the nine colourisers of the report, trained, gone on with, and compared."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from core.cli import run
from core.families.registry import family
from core.runs.listing import read_config, read_summary
from tests.helpers.runs import toy_folder

QUICK = ["--set=data.image_size=32", "--set=batch_size=16", "--set=precision=fp32", "--set=device=cpu", "--threads", "1"]


def go(out: Path, *more: Any) -> int:
    return run(["series", "--runs", "nine", "--data", str(toy_folder()), "--out", str(out), *QUICK, *map(str, more)])


@pytest.mark.long
def test_nine_models_are_trained_gone_on_with_and_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "runs"
    assert go(out, "--epochs", 1) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 9  # an epoch each
    assert "9 runs finished." in said.err
    (nine,) = family("colouriser").sets
    folders = [out / end for end in nine.runs]
    assert sorted(out.iterdir()) == sorted(folders)
    assert [read_summary(folder).state for folder in folders] == ["finished"] * 9
    shutil.rmtree(folders[4] / "checkpoints")
    (folders[4] / "events.jsonl").unlink()
    assert go(out, "--epochs", 1) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 1
    assert said.err.count("is finished.") == 8
    report = tmp_path / "report.html"
    words = ["compare", "--runs", *map(str, folders), "--data", str(toy_folder()), "--out", str(report)]
    assert run(words) == 0
    text = report.read_text(encoding="utf-8")
    assert all(end in text for end in nine.runs)
    assert "Colourfulness" in text
    assert "what each run makes of them" in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--set", "optimizer=adam"], "The runs differ in optimizer."),
        (["--set", "learning_rate=0.1"], "The runs differ in learning_rate."),
        (["--preset", "quick"], "A Colouriser has no preset quick."),
        (["--set", "hat=1"], "hat"),
        (["--set", "data.channels=1"], "learns from colours"),
    ],
)
def test_what_cannot_be_gets_a_sentence(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert go(tmp_path / "runs", *words) == 3
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "small-adam" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    assert go(tmp_path) == 3
    assert "small-adam holds something else than this run." in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["small-adam", "mine.txt"]
    assert read_config(mine.parent) is None
