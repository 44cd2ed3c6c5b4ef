"""The program as a whole: help, version, what it imports, and how errors leave it."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli import SUBCOMMANDS, guarded, run
from core.errors import Cancelled, CoreError
from core.version import VERSION
from tests.helpers.commands import ROOT, command, main_py
from tests.helpers.runs import shared_run, tiny_words, toy_folder

EVERY_SUBCOMMAND = """
import json, sys
sys.path.insert(0, ".")
import main
codes = []
for words in json.loads(sys.stdin.read()):
    codes.append(main.main(words))
allowed = ("explorer", "explorer.__main__")  # which tells a window from a subcommand
loaded = sorted(name for name in sys.modules if name.split(".")[0] in ("PySide6", "shiboken6", "explorer") and name not in allowed)
print(json.dumps([codes, loaded]), file=sys.stderr)
"""


@pytest.mark.long
def test_every_subcommand_through_main_py_and_none_imports_qt(tmp_path: Path) -> None:
    folder, faces = tmp_path / "run", sorted(map(str, (toy_folder() / "smile").iterdir()))[:2]
    model, data = ["--checkpoint", str(folder)], ["--data", str(toy_folder())]
    edit = ["--attribute", "smile", "--amount", "60", "--size", "model", "--align", "none"]
    lines = [
        ["data", str(toy_folder())],
        ["cache"],
        tiny_words(folder, epochs=1),
        ["reconstruct", *model, "--input", *faces, "--out", str(tmp_path / "r"), "--grid", str(tmp_path / "grid.png")],
        ["sample", *model, "--count", "4", "--seed", "0", "--out", str(tmp_path / "sample.png")],
        ["interpolate", *model, "--input", *faces, "--out", str(tmp_path / "interpolate.png")],
        ["traverse", *model, "--input", faces[0], "--dims", "0,3,5", "--out", str(tmp_path / "traverse.png")],
        ["direction", *model, *data, "--attribute", "smile"],
        ["prior", *model, *data],
        ["colourise", *model, "--input", *faces, "--out", str(tmp_path / "coloured")],
        ["translate", *model, "--input", *faces, "--out", str(tmp_path / "translated")],
        ["series", *data, "--runs", "nine", "--out", str(tmp_path / "nine"), "--set=data.image_size=33"],
        ["retoucher", *model, *data, "--pictures", "16", "--threads", "1"],
        ["edit", *model, "--input", *faces, *edit, "--out", str(tmp_path / "e")],
        ["evaluate", *model, *data],
        ["encode", *model, "--input", *faces, "--out", str(tmp_path / "codes.npz")],
        ["decode", *model, "--codes", str(tmp_path / "codes.npz"), "--out", str(tmp_path / "decoded.npz")],
        ["families", "--json"],
        ["pace", *data, "--set=data.image_size=32", "--set=batch_size=8", "--set=threads=1", "--json"],
        ["compare", "--runs", *[model[1]] * 2, *data, "--out", str(tmp_path / "report.html")],
        ["report", *model, *data, "--out", str(tmp_path / "one.pdf"), str(tmp_path / "one.html")],
    ]
    assert {words[0] for words in lines} == set(SUBCOMMANDS)
    done = subprocess.run(
        [sys.executable, "-c", EVERY_SUBCOMMAND], cwd=ROOT, input=json.dumps(lines), capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    codes, loaded = json.loads(done.stderr.splitlines()[-1])
    # Refused in a sentence: a prior is learned from more pictures, this model knows no colours and no sides, none takes 33 px.
    assert codes == [3 if words[0] in ("prior", "colourise", "translate", "series") else 0 for words in lines], done.stderr
    assert loaded == []
    assert "Warning" not in done.stderr
    for name in ("grid", "sample", "interpolate", "traverse"):
        assert (tmp_path / f"{name}.png").is_file()
    assert len(list((tmp_path / "e").iterdir())) == 2
    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "one.html").is_file()


@pytest.mark.long
def test_main_py_passes_the_exit_code_on(tmp_path: Path) -> None:
    foreign = tmp_path / "x.safetensors"
    foreign.write_text("hello")
    bad = main_py("sample", "--checkpoint", foreign, "--out", tmp_path / "a.png")
    assert (bad.returncode, bad.stdout) == (3, "")
    assert len(bad.stderr.splitlines()) == 2
    assert "Traceback" not in bad.stderr
    assert main_py("data").returncode == 2
    assert main_py("data", toy_folder(), "--json").returncode == 0


def test_data_needs_no_torch(tmp_path: Path) -> None:
    code = "import sys, main; code = main.main(sys.argv[1:]); assert 'torch' not in sys.modules; sys.exit(code)"
    done = subprocess.run(
        [sys.executable, "-c", code, "data", toy_folder()], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.long
def test_a_reader_that_went_away_is_no_error() -> None:
    reader = subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE)
    assert reader.stdin is not None
    reader.wait(30)
    done = subprocess.run(
        command("data", toy_folder(), "--json"), stdout=reader.stdin, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    reader.stdin.close()


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["-h"], ["help"]):
        assert run(words) == 0
        out = capsys.readouterr().out
        assert all(f"    {name}" in out for name in SUBCOMMANDS)
    assert run(["--version"]) == 0
    assert VERSION in capsys.readouterr().out
    for name in SUBCOMMANDS:
        assert run([name, "--help"]) == 0
        assert name in capsys.readouterr().out


def test_checkpoints_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes((shared_run() / "checkpoints" / "best.safetensors").read_bytes()[:-10])
    for name in (str(cut), str(tmp_path), str(toy_folder() / "labels.csv"), "nobody", "n" * 300):
        assert run(["sample", "--checkpoint", name, "--out", str(tmp_path / "a.png")]) == 3, name
        err = capsys.readouterr().err
        assert len(err.splitlines()) == 2
        assert "Traceback" not in err


def test_each_error_has_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    def failing(error: BaseException) -> int:
        def work() -> int:
            raise error

        return guarded(work)

    assert failing(CoreError("What is wrong.", "What to do.")) == 3
    assert capsys.readouterr().err == "labkhand: What is wrong.\n  What to do.\n"
    assert failing(KeyboardInterrupt()) == failing(Cancelled()) == 130
    capsys.readouterr()
    assert failing(OSError(errno.ENOSPC, "No space left on device", "/x")) == 3
    assert "Traceback" not in capsys.readouterr().err
    for bug in (ValueError("a bug"), FileNotFoundError(errno.ENOENT, "a bug")):
        assert failing(bug) == 1
        err = capsys.readouterr().err
        assert "Traceback" in err
        assert "a bug" in err


@pytest.mark.long
def test_core_as_a_module_is_the_command_line(tmp_path: Path) -> None:
    def as_module(*words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "core", *map(str, words)],
            cwd=ROOT,
            input="",
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    out = tmp_path / "run"
    done = as_module(*tiny_words(out))
    assert done.returncode == 0, done.stderr
    assert (out / "checkpoints" / "best.safetensors").is_file()
    for words in (["data"], ["sample", "--checkpoint", "nobody", "--out", tmp_path / "a.png"], ["--version"], ["families"], []):
        ours, theirs = as_module(*words), main_py(*words) if words else main_py("--help")
        assert (ours.returncode, ours.stdout, ours.stderr) == (theirs.returncode, theirs.stdout, theirs.stderr)
