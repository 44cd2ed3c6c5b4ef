"""A run finds its pictures from any folder, and after both were moved; else it says what to do."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.checkpoint import read_header
from core.cli import run
from core.compare.comparison import config_of
from core.config import TrainConfig, with_values
from core.data.sources import located, resolved, short_name
from core.errors import DataError
from core.events import Event, Log, RunFailed, RunFinished, RunStarted
from core.latent.engine import LatentEngine
from core.runs.differences import differing
from core.runs.folder import RunFolder
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import run_events, tiny


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pictures in `project/faces`; runs go into `project/runs`. The program is started in the project's folder."""
    folder = tmp_path / "project"
    draw_folder(folder / "faces")
    monkeypatch.chdir(folder)
    return folder


def trained(folder: Path, source: str, epochs: int = 1) -> list[Event]:
    return run_events(with_values(tiny(epochs=epochs), {"data.source": source}), folder)


def resumed(folder: Path, **values: object) -> list[Event]:
    """Go on for another epoch, with the settings that the folder holds."""
    config = RunFolder(folder).read_config()
    return run_events(with_values(config, {"epochs": config.epochs + 1, **values}), folder, resume=True)


def settings(folder: Path) -> TrainConfig:
    return RunFolder(folder).read_config()


def test_a_relative_source_is_kept_in_full_and_a_checkpoint_has_its_name_alone(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project / "runs" / "one"
    said = trained(folder, "faces")
    full = str(project / "faces")
    started = next(event for event in said if isinstance(event, RunStarted))
    assert started.config["data"]["source"] == full
    assert settings(folder).data.source == full
    for name in ("best", "last"):
        header = read_header(folder / "checkpoints" / f"{name}.safetensors")
        assert header.config.data.source == "faces"
        assert str(tmp_path) not in header.to_json()
    monkeypatch.chdir(tmp_path)
    again = resumed(folder)
    assert isinstance(again[-1], RunFinished)
    assert not [event for event in again if isinstance(event, Log) and "pictures of this run" in event.message]


@pytest.mark.long
def test_a_run_that_was_moved_with_its_pictures_finds_them(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(project / "runs" / "one", "faces")
    monkeypatch.chdir(tmp_path)
    project.rename(tmp_path / "moved")
    folder = tmp_path / "moved" / "runs" / "one"
    now = str(tmp_path / "moved" / "faces")
    assert run(["train", "--out", str(folder), "--resume", "--epochs", "2"]) == 0
    err = capsys.readouterr().err
    assert f"aren't at {project / 'faces'} any more; those at {now} are used." in err
    assert settings(folder).data.source == now  # from now on

    # as older versions wrote it, and beside the run itself
    shutil.move(folder, tmp_path / "moved" / "one")
    folder = tmp_path / "moved" / "one"
    for source in ("faces", "./faces", "C:\\Users\\ada\\faces", "/home/ada/faces/"):
        RunFolder(folder).write_config(with_values(settings(folder), {"data.source": source}))
        assert isinstance(resumed(folder)[-1], RunFinished)
        assert settings(folder).data.source == now


@pytest.mark.long
def test_a_run_that_finds_its_pictures_nowhere_says_what_to_do(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project / "runs" / "one"
    trained(folder, "faces")
    away = tmp_path / "elsewhere" / "people"
    shutil.move(project / "faces", away)
    words = ["train", "--out", str(folder), "--resume", "--epochs", "2"]
    assert run(words) == 3
    sentence, hint = capsys.readouterr().err.strip().splitlines()
    assert str(project / "faces") in sentence
    assert f"--out {folder} --resume --data SOURCE" in hint
    assert settings(folder).epochs == 1  # nothing has happened
    assert run([*words, "--data", str(away)]) == 0
    assert settings(folder).data.source == str(away)


def test_a_source_that_a_person_gives_is_never_taken_for_another(project: Path) -> None:
    folder = project / "runs" / "one"
    trained(folder, "faces")
    failed = resumed(folder, **{"data.source": "/nowhere/faces"})[-1]  # `faces` lies beside the runs
    assert isinstance(failed, RunFailed)
    assert "no folder /nowhere/faces" in failed.message
    assert isinstance(trained(project / "runs" / "two", "/nowhere/faces")[-1], RunFailed)


def test_other_pictures_beside_a_moved_run_are_refused(project: Path, tmp_path: Path) -> None:
    folder = project / "runs" / "one"
    trained(folder, "faces")
    shutil.rmtree(project / "faces")
    draw_folder(project / "runs" / "faces", seed=1)
    failed = resumed(folder)[-1]
    assert isinstance(failed, RunFailed)
    assert "not those that this run began with" in failed.message


def test_a_planned_run_finds_its_pictures(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds config.json alone, and is begun with --resume."""
    folder = project / "runs" / "planned"
    folder.mkdir(parents=True)
    config = tiny(epochs=1)
    RunFolder(folder).write_config(replace(config, data=replace(config.data, source="faces")))
    monkeypatch.chdir(tmp_path)
    assert run(["train", "--out", str(folder), "--resume"]) == 0
    assert settings(folder).data.source == str(project / "faces")


@pytest.mark.long
def test_a_comparison_tells_folders_of_one_name_apart(project: Path, tmp_path: Path) -> None:
    runs = []
    draw_folder(tmp_path / "other" / "faces")
    for place in (project, tmp_path / "other"):
        folder = tmp_path / f"run-{place.name}"
        trained(folder, str(place / "faces"))
        engine = LatentEngine.load(folder / "checkpoints" / "best.safetensors")
        runs.append(SimpleNamespace(engine=engine, run_folder=folder))
    shown = differing([config_of(one) for one in runs])  # type: ignore[arg-type]
    assert [one["data.source"] for one in shown] == ["project/faces", "other/faces"]


def test_where_pictures_are_looked_for(tmp_path: Path) -> None:
    run_folder = tmp_path / "a" / "b" / "faces"
    run_folder.mkdir(parents=True)

    def find(source: str) -> str:
        return located(source, run_folder, "Say where.")

    for source in ("demo", "sprites", str(tmp_path), f"mnist:{tmp_path}"):
        assert find(source) == source  # there, or nowhere to be
    for source in ("/gone/faces", "/gone/a", "/gone/b"):  # the run itself, and what holds it
        with pytest.raises(DataError, match="neither at"):
            find(source)
    (tmp_path / "digits").mkdir()
    with pytest.raises(DataError):
        find("/gone/digits")  # too far away
    (tmp_path / "a" / "digits").mkdir()
    assert find("mnist:/gone/digits") == f"mnist:{tmp_path / 'a' / 'digits'}"
    (tmp_path / "a" / "d.npz").mkdir()  # no file
    (tmp_path / "a" / "b" / "e.npz").touch()
    with pytest.raises(DataError):
        find("/gone/d.npz")
    assert find("/gone/e.npz") == str(tmp_path / "a" / "b" / "e.npz")


def test_sources_in_full_and_in_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    cases = {
        "demo": ("demo", "demo"),
        "sprites": ("sprites", "sprites"),
        "./sprites": (str(tmp_path / "sprites"), "./sprites"),  # without "./" it would be the drawn ones
        "faces/demo": (str(tmp_path / "faces" / "demo"), "./demo"),
        "faces/mnist": (str(tmp_path / "faces" / "mnist"), "./mnist"),
        "faces/": (str(tmp_path / "faces"), "faces"),
        "~/faces": (str(tmp_path / "home" / "faces"), "faces"),
        "mnist:digits": (f"mnist:{tmp_path / 'digits'}", "mnist:digits"),
        "a/dsprites.npz": (str(tmp_path / "a" / "dsprites.npz"), "dsprites.npz"),
        str(tmp_path / "x") + "/": (str(tmp_path / "x") + "/", "x"),  # as it was given
        "": ("", ""),
    }
    for source, (full, short) in cases.items():
        assert resolved(source) == full
        assert resolved(full) == full
        assert short_name(full) == short


def test_the_home_of_nobody_is_a_name_like_any_other(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for words in (
        ["data", "~nobody-of-that-name/faces"],
        ["sample", "--checkpoint", "~nobody-of-that-name", "--out", str(tmp_path / "a.png")],
        ["edit", "--checkpoint", "drawn", "--input", "~nobody-of-that-name/a.png", "--attribute", "smile", "--amount", "1",
         "--out", str(tmp_path)],
    ):  # fmt: skip
        assert run(words) == 3
        err = capsys.readouterr().err
        assert "~nobody-of-that-name" in err or "a.png" in err
        assert "Traceback" not in err
