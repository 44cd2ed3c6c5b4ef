"""A ResNet18's weights from a person's own file: what they become, that nothing in it is run, a sentence for every wrong one."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from core.checkpoint import load, strip
from core.cli import run
from core.config import problems
from core.errors import ConfigError, DataError
from core.events import RunFailed
from core.families.colouriser.encoder import load_encoder
from core.families.colouriser.networks import Colouriser
from core.families.colouriser.settings import ColouriserSettings
from core.training.recipe import Batch
from tests.core.test_colouriser import NOW, config, recipe
from tests.helpers.runs import assert_same_checkpoint, at_step, run_events, toy_folder, trained


def weights(network: str = "resnet18") -> dict[str, Tensor]:
    from core.torchvision_compat import torchvision

    torch.manual_seed(3)
    return dict(getattr(torchvision.models, network)(weights=None).state_dict())


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    torch.save(weights(), path)
    return path


def network(points: bool = False) -> Colouriser:
    return Colouriser(ColouriserSettings(network="resnet18", points=points))


def test_lightness_is_seen_as_a_grey_picture_was(file: Path) -> None:
    """The first layer gives what the file's own gives for grey, but for a constant, which the BatchNorm behind it takes out."""
    model = network()
    load_encoder(model.layers, file)
    grey = torch.rand(1, 1, 64, 64)
    mean, std = (torch.tensor(one)[:, None, None] for one in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    theirs = torch.nn.functional.conv2d((grey.expand(-1, 3, -1, -1) - mean) / std, weights()["conv1.weight"], stride=2)
    entry: Any = model.layers[0]
    own = torch.nn.functional.conv2d(2.0 * grey - 1.0, entry.weight, stride=2)
    difference = (own - theirs)[0].flatten(1)
    torch.testing.assert_close(difference, difference.mean(dim=1, keepdim=True).expand_as(difference), atol=1e-4, rtol=1e-4)
    for name, value in weights().items():
        part, _, rest = name.partition(".")
        place = {"bn1": 1, "layer1": 4, "layer2": 5}.get(part)
        if place is not None:
            torch.testing.assert_close(model.layers.state_dict()[f"{place}.{rest}"], value)


def _wrapped(found: dict[str, Tensor]) -> dict[str, Any]:
    return {"epoch": 3, "state_dict": {f"module.{name}": value for name, value in found.items()}}


@pytest.mark.parametrize("how", ["safetensors", "bfloat16", "wrapped", "one channel", "older layout", "parameters", "half"])
def test_other_ways_in_which_files_keep_them(how: str, file: Path, tmp_path: Path) -> None:
    is_safe = how in ("safetensors", "bfloat16")
    path, found = tmp_path / f"w.{'safetensors' if is_safe else 'pt'}", weights()
    if how == "bfloat16":
        found = {name: value.bfloat16() if value.is_floating_point() else value for name, value in found.items()}
    if how == "one channel":
        found["conv1.weight"] = found["conv1.weight"].sum(dim=1, keepdim=True)
    if is_safe:
        save_file(found, path)
    else:
        if how == "parameters":
            found = {name: torch.nn.Parameter(value) if value.is_floating_point() else value for name, value in found.items()}
        if how == "half":
            found = {name: value.half() if value.is_floating_point() else value for name, value in found.items()}
        torch.save(_wrapped(found) if how == "wrapped" else found, path, _use_new_zipfile_serialization=how != "older layout")
    model, expected = network(), network()
    load_encoder(model.layers, path)
    load_encoder(expected.layers, file)
    close = (
        {"atol": 1e-2, "rtol": 1e-2}
        if how == "bfloat16"
        else {"atol": 1e-3, "rtol": 1e-3}
        if how == "half"
        else {"atol": 0.0, "rtol": 0.0}
    )
    torch.testing.assert_close(model.layers[5].state_dict(), expected.layers[5].state_dict(), **close)


def test_points_begin_without_effect(file: Path) -> None:
    model = network(points=True).eval()
    load_encoder(model.layers, file)
    lightness, planes = 100.0 * torch.rand(1, 1, 32, 32), torch.rand(1, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(model(lightness, planes), model(lightness))


class _Runs:
    """What a file of code would do."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.path,)


def _pickled(path: Path) -> None:
    path.write_bytes(pickle.dumps({"conv1.weight": _Runs(path.with_name("ran"))}))


def _saved(path: Path) -> None:
    torch.save({"conv1.weight": _Runs(path.with_name("ran"))}, path)


def _cut(path: Path) -> None:
    torch.save(weights(), path)
    path.write_bytes(path.read_bytes()[:100_000])


def _cut_safetensors(path: Path) -> None:
    save_file(weights(), path)
    path.write_bytes(path.read_bytes()[:100_000])


def _changed(path: Path, **changes: Tensor | None) -> None:
    found = weights() | {name.replace("__", "."): value for name, value in changes.items()}
    torch.save({name: value for name, value in found.items() if value is not None}, path)


WRONG: list[tuple[str, Callable[[Path], object], str]] = [
    ("pickle.pth", _pickled, "holds more than tensors"),
    ("torch.pth", _saved, "holds more than tensors"),
    ("text.pth", lambda path: path.write_text("no weights at all\n" * 50), "text.pth"),
    ("empty.pt", lambda path: path.write_bytes(b""), "empty.pt"),
    ("cut.pth", _cut, "cut.pth"),
    ("cut.safetensors", _cut_safetensors, "can't be read as weights"),
    ("zip.safetensors", _saved, "can't be read as weights"),
    ("list.pth", lambda path: torch.save([1, 2], path), "holds no table"),
    ("other.pth", lambda path: torch.save({"features.0.weight": torch.zeros(64, 3, 3, 3)}, path), "no weights of a ResNet18"),
    ("resnet50.pth", lambda path: torch.save(weights("resnet50"), path), "resnet50.pth h"),
    ("lacks.pth", partial(_changed, layer2__1__bn2__weight=None), "has no layer2.1.bn2.weight"),
    ("nan.pth", partial(_changed, bn1__weight=torch.full((64,), float("nan"))), "no numbers"),
    ("size.pth", partial(_changed, conv1__weight=torch.zeros(64, 4, 7, 7)), "its conv1.weight is 64 × 4 × 7 × 7"),
    ("folder.pth", lambda path: path.mkdir(), "no file"),
    ("none.pth", lambda path: None, "can't be read"),
]


@pytest.mark.parametrize(("name", "make", "sentence"), WRONG, ids=[one[0] for one in WRONG])
def test_a_wrong_file_gets_a_sentence_and_runs_nothing(
    name: str, make: Callable[[Path], object], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    make(path)
    model = network()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with pytest.raises(DataError, match=r".") as caught:
        load_encoder(model.layers, path)
    assert sentence in caught.value.message
    assert caught.value.hint
    assert not (tmp_path / "ran").exists()
    for key, value in model.state_dict().items():
        torch.testing.assert_close(value, before[key])


# -- in a run


@pytest.mark.long
def test_a_run_begins_from_it_and_one_that_goes_on_doesnt(file: Path, tmp_path: Path) -> None:
    own, data = recipe(network="resnet18", encoder=str(file))
    images = np.array(data.images[:8])
    own.step(Batch(images), NOW)
    moved = (own.model.layers[5].state_dict()["1.conv2.weight"] - weights()["layer2.1.conv2.weight"]).abs().max()
    assert 0.0 < moved < 0.01
    copy = tmp_path / "copy.pth"
    copy.write_bytes(file.read_bytes())
    chosen = config(network="resnet18", encoder=str(copy), epochs=2)
    whole = trained(chosen, tmp_path / "whole")
    cut = tmp_path / "cut"
    run_events(chosen, cut, until=at_step(2, 1))
    copy.unlink()
    run_events(chosen, cut, resume=True)
    assert_same_checkpoint(*(one / "checkpoints" / "last.safetensors" for one in (whole, cut)))
    assert strip(load(cut / "checkpoints" / "best.safetensors")).header.settings.encoder == "copy.pth"


def test_a_run_with_a_wrong_file_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "list.pth"
    torch.save([1], path)
    last = run_events(config(network="resnet18", encoder=str(path)), tmp_path / "run")[-1]
    assert isinstance(last, RunFailed)
    assert "list.pth holds no table of weights" in last.message
    words = ["train", "--family", "colouriser", "--data", str(toy_folder()), "--out", str(tmp_path / "cli"), "--epochs", "1"]
    words += ["--set", "network=resnet18", "--set", f"encoder={path}", "--set", "data.image_size=32", "--set", "device=cpu"]
    assert run(words) == 3
    assert "holds no table of weights" in capsys.readouterr().err


def test_settings_that_dont_go_with_it(file: Path) -> None:
    with pytest.raises(ConfigError, match="the network is another one"):
        config(encoder=str(file))
    doubtful = problems(config(network="resnet18", encoder=str(file), start_from="some.safetensors")).doubtful
    assert [one.path for one in doubtful] == ["encoder"]
