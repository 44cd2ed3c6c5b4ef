"""One file that holds a model: read back exactly, and refused with a sentence when it isn't ours or isn't whole."""

from __future__ import annotations

import ast
import json
import pickle
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save as serialised
from safetensors.numpy import save_file

from core import checkpoint
from core.checkpoint import KEY, Header, find, load, read_header, save, shipped, strip, weights_id, with_directions
from core.config import DataConfig, TrainConfig, to_dict
from core.errors import CheckpointError
from core.latent.engine import LatentEngine
from core.version import VERSION
from tests.helpers.runs import shared_run

TENSORS = {
    "model.a": np.arange(6, dtype=np.float32).reshape(2, 3),
    "model.count": np.array(7, np.int64),
    "objective.log_variance": np.array(0.5, np.float32),
    "optimizer.a.exp_avg": np.ones((2, 3), np.float32),
    "generator.noise": np.arange(16, dtype=np.uint8),
}
HEADER = Header(
    id="",
    config=TrainConfig(data=DataConfig(source="/home/someone/لبخند", image_size=32)),
    image_shape=(3, 32, 32),
    data={"name": "faces", "fingerprint": "f", "classes": {"smile": 1}},
    epoch=3,
    history=[{"epoch": 1, "train_loss": 2.5}],
    latent={"kl_per_dim": [1.0, 0.5]},
    directions=[{"name": "smile"}],
    training={"step": 4},
)


def write(path: Path, tensors: dict[str, np.ndarray] = TENSORS, **changes: Any) -> Path:
    """A file like ours with other words in its header."""
    header = replace(HEADER, id=weights_id(tensors))
    save_file(tensors, path, metadata={KEY: json.dumps(json.loads(header.to_json()) | changes)})
    return path


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    saved = save(path, HEADER, TENSORS)
    assert saved.id == weights_id(TENSORS)
    assert read_header(path) == saved == replace(HEADER, id=saved.id)
    whole = load(path, training_state=True)
    assert whole.tensors.keys() == TENSORS.keys()
    for name, value in TENSORS.items():
        np.testing.assert_array_equal(whole.tensors[name], value)
        assert (whole.tensors[name].dtype, whole.tensors[name].shape) == (value.dtype, value.shape)
    assert set(load(path).tensors) == {"model.a", "model.count", "objective.log_variance"}
    np.testing.assert_array_equal(whole.part("model.")["a"], TENSORS["model.a"])


def test_the_id_is_of_the_weights_alone() -> None:
    ident = weights_id(TENSORS)
    assert len(ident) == 64
    assert weights_id({k: v for k, v in reversed(TENSORS.items()) if k.startswith("model.")}) == ident
    for name, value in (
        ("model.a", TENSORS["model.a"] + 1e-6),
        ("model.a", TENSORS["model.a"].reshape(3, 2)),
        ("model.a", TENSORS["model.a"].view(np.int32)),
        ("model.b", TENSORS["model.a"]),
    ):
        assert weights_id({"model.count": TENSORS["model.count"], name: value}) != ident


def test_no_file_no_safetensors_empty_and_cut_off(tmp_path: Path) -> None:
    good = tmp_path / "good.safetensors"
    save(good, HEADER, TENSORS)
    data = good.read_bytes()
    path = tmp_path / "x.safetensors"
    for broken in (b"", b"hello", data[: len(data) // 2], data[:-1], data[:5], b"\xff" * 200, data[8:], b"\0" * 64):
        path.write_bytes(broken)
        for read in (load, read_header):
            with pytest.raises(CheckpointError) as caught:
                read(path)
            assert str(path) in caught.value.message
            assert caught.value.hint
    with pytest.raises(CheckpointError, match="no file"):
        load(tmp_path / "none.safetensors")


def test_a_file_that_is_no_model_is_called_so_in_plain_words(tmp_path: Path) -> None:
    text, torn = tmp_path / "notes.txt", tmp_path / "torn.safetensors"
    for path in (text, torn):
        path.write_text("no model at all", encoding="utf-8")
    for path, what in ((text, "isn't a model's file."), (torn, "is cut off or damaged.")):
        with pytest.raises(CheckpointError) as caught:
            read_header(path)
        assert caught.value.message == f"{path} {what}"
        assert caught.value.hint == "Choose a .safetensors file that Labkhand wrote."


def test_foreign_files(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    for metadata in (None, {"format": "pt"}, {KEY: "no json"}, {KEY: "[]"}, {KEY: '{"format": "other"}'}, {KEY: "[" * 100_000}):
        save_file(TENSORS, path, metadata=metadata)
        with pytest.raises(CheckpointError, match="another program"):
            load(path)


@pytest.mark.parametrize(
    ("changes", "names_it"),
    [
        ({"version": 2}, False),
        ({"version": 2, "program": "2.1.0"}, True),
        ({"version": 2, "program": "0.0.1"}, False),
        ({"program": "2.1.0", "config": to_dict(HEADER.config) | {"epochs": -1}}, True),
        ({"config": to_dict(HEADER.config) | {"a_later_setting": 1}}, False),
        ({"config": to_dict(HEADER.config) | {"lr_schedule": "spiral"}}, False),
    ],
)
def test_a_newer_version_is_called_newer(tmp_path: Path, changes: dict[str, Any], names_it: bool) -> None:
    with pytest.raises(CheckpointError) as caught:
        load(write(tmp_path / "x.safetensors", **changes))
    who = "Labkhand 2.1.0" if names_it else "a newer version of Labkhand"
    assert f"was written by {who}; this is version {VERSION}." in caught.value.message
    assert caught.value.hint == "Update Labkhand."


def test_what_no_version_writes_is_broken(tmp_path: Path) -> None:
    for changes in ({"version": 0}, {"version": None}, {"config": to_dict(HEADER.config) | {"epochs": -1}}):
        with pytest.raises(CheckpointError, match="broken header"):
            load(write(tmp_path / "x.safetensors", **changes))


@pytest.mark.parametrize(
    "change",
    [
        {"config": {"epochs": 0}},
        {"config": None},
        {"image_shape": [3, 32]},
        {"image_shape": [3, 100_000, 100_000]},
        {"image_shape": None},
        {"history": 5},
        {"epoch": "many"},
        {"directions": None},
    ],
)
def test_a_broken_header(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError, match="broken header"):
        load(write(tmp_path / "x.safetensors", **change))


def test_damaged_weights_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save(path, HEADER, TENSORS)
    with safe_open(path, framework="numpy") as opened:
        words = opened.metadata()
    save_file(TENSORS | {"model.a": TENSORS["model.a"] + 1}, path, metadata=words)
    with pytest.raises(CheckpointError, match="damaged"):
        load(path)


class Bomb:
    """Unpickled, it leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


PICKLES = {"pickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def imports(text: str) -> set[str]:
    """The packages that a source imports, wherever in it and by whatever name."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    mark, path = tmp_path / "mark", tmp_path / "x.safetensors"
    path.write_bytes(pickle.dumps(Bomb(mark)))
    with pytest.raises(CheckpointError):
        load(path, training_state=True)
    assert not mark.exists()
    root = Path(checkpoint.__file__).parents[1]
    sources = [root / "main.py", *(root / "core").rglob("*.py"), *(root / "explorer").rglob("*.py")]
    assert len(sources) > 150
    for source in sources:
        text = source.read_text(encoding="utf-8")
        assert not PICKLES & imports(text), source
        assert "torch.load" not in text, source
        assert "allow_pickle=True" not in text, source


def test_weights_that_do_not_fit_the_model(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="don't fit"):
        LatentEngine.load(write(tmp_path / "x.safetensors"))


def test_finding_by_file_run_and_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    with pytest.raises(CheckpointError, match="no checkpoint yet"):
        find(str(run))
    last = run / "checkpoints" / "last.safetensors"
    last.touch()
    assert find(str(run)) == last == find(str(last))
    best = run / "checkpoints" / "best.safetensors"
    best.touch()
    assert find(str(run)) == best
    models = tmp_path / "models"
    models.mkdir()
    for name in ("drawn", "faces"):
        (models / f"{name}.safetensors").touch()
    monkeypatch.setattr(checkpoint, "SHIPPED_FOLDER", models)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faces").mkdir()  # a folder of pictures that happens to be called like a model
    assert list(shipped()) == ["faces", "drawn"]
    assert find("faces") == models / "faces.safetensors"
    with pytest.raises(CheckpointError) as caught:
        find("nobody")
    assert "faces, drawn" in caught.value.hint


@pytest.mark.long
def test_other_directions_and_nothing_else(tmp_path: Path) -> None:
    path = Path(shutil.copy(shared_run() / "checkpoints" / "last.safetensors", tmp_path / "a.safetensors"))
    before = load(path, training_state=True)
    with_directions(path, [{"name": "hat"}])
    after = load(path, training_state=True)
    assert after.header == replace(before.header, directions=[{"name": "hat"}])
    assert all((after.tensors[name] == value).all() for name, value in before.tensors.items())


def test_stripping_takes_out_training_state_and_paths(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save(path, HEADER, TENSORS)
    bare = strip(load(path, training_state=True))
    assert set(bare.tensors) == {"model.a", "model.count", "objective.log_variance"}
    assert bare.header.training == {}
    assert "someone" not in bare.header.to_json()
    assert bare.header.id == weights_id(bare.tensors)


def test_a_source_that_is_not_valid_text_can_be_saved(tmp_path: Path) -> None:
    config = replace(HEADER.config, data=replace(HEADER.config.data, source="/tmp/\udcff"))
    save(tmp_path / "a.safetensors", replace(HEADER, config=config), TENSORS)
    assert read_header(tmp_path / "a.safetensors").config.data.source == "/tmp/\udcff"


def test_the_bytes_are_those_of_the_safetensors_library() -> None:
    tensors = {
        "model.b": np.arange(6.0, dtype=np.float32).reshape(2, 3),
        "model.a": np.arange(5, dtype=np.int64),
        "scalar": np.array(3.0, np.float32),
        "generator": np.arange(7, dtype=np.uint8),
        "none": np.zeros((0, 3), np.float16),
        "flags": np.array([True, False]),
        "double": np.array([0.1]),
    }
    metadata = {"labkhand": '{"ä": 1, "x": "y\\n\\u0007\t"}'}
    pieces = checkpoint._pieces(tensors, metadata)
    assert b"".join(pieces) == serialised(tensors, metadata=metadata)
