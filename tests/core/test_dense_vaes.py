"""The small network of the papers on disentangling, the fully connected one, and the conditional one, through whole runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from core import checkpoint
from core.cli import run
from core.config import TrainConfig, preset, with_values
from core.data import dataset
from core.errors import CheckpointError, ConfigError, DataError
from core.events import EpochFinished, RunFailed, RunFinished
from core.export.images import grid
from core.families.vae.networks.base import LatentModule, LatentSpec
from core.families.vae.networks.burgess_vae import BurgessVAE
from core.families.vae.networks.conditional_vae import ConditionalVAE
from core.families.vae.networks.mlp_vae import MLPVAE
from core.families.vae.networks.registry import create
from core.families.vae.settings import ModelConfig
from core.latent.code import NOTHING, Given
from core.latent.data_codes import encode_rows, given_by
from core.latent.engine import LatentEngine
from tests.helpers.runs import assert_same_checkpoint, at_step, run_events, tiny, toy_folder, trained

DENSE = {"model__hidden_units": 32, "model__hidden_layers": 2, "model__latent_dim": 2}
BERNOULLI = {"objective__likelihood": "bernoulli", "objective__variance": "fixed"}


def make(
    name: str, size: int = 64, channels: int = 1, classes: int = 0, likelihood: str = "bernoulli", **config: int
) -> LatentModule:
    spec = LatentSpec(10, (channels, size, size), classes)
    return create(ModelConfig(name=name, latent_dim=10, **config), spec, likelihood)  # type: ignore[arg-type]


def test_the_published_network_layer_by_layer() -> None:
    model = make("burgess_vae")
    assert isinstance(model, BurgessVAE)
    down = [layer for layer in model.encoder if isinstance(layer, nn.Conv2d)]
    up = [layer for layer in model.decoder if isinstance(layer, nn.ConvTranspose2d)]
    assert [(layer.in_channels, layer.out_channels) for layer in down] == [(1, 32), (32, 32), (32, 64), (64, 64)]
    assert [(layer.in_channels, layer.out_channels) for layer in up] == [(64, 64), (64, 32), (32, 32), (32, 1)]
    assert all(layer.kernel_size == (4, 4) and layer.stride == (2, 2) for layer in (*down, *up))
    full = [(layer.in_features, layer.out_features) for layer in model.modules() if isinstance(layer, nn.Linear)]
    assert full == [(1024, 256), (256, 10), (256, 10), (10, 256), (256, 1024)]
    assert not [layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d | nn.Dropout)]
    assert sum(isinstance(layer, nn.ReLU) for layer in model.modules()) == 10  # all but around the latent and at the end
    assert not isinstance(model.decoder[-1], nn.ReLU)
    assert sum(parameter.numel() for parameter in model.parameters()) == 764_245


@pytest.mark.parametrize(("size", "channels"), [(64, 1), (64, 3), (32, 1)])
def test_its_sizes(size: int, channels: int) -> None:
    model = make("burgess_vae", size, channels, likelihood="gaussian")
    x = torch.rand(2, channels, size, size)
    posterior = model.encode(x)
    assert posterior.mean.shape == posterior.log_var.shape == (2, 10)
    assert model.decode_raw(posterior.mean).shape == x.shape


def test_other_sizes_are_refused_in_a_sentence() -> None:
    with pytest.raises(ConfigError, match="burgess_vae is made for pictures of 32 or 64 px, not of 128 px"):
        with_values(TrainConfig(), {"model.name": "burgess_vae"})


def test_bernoulli_pixels_are_seen_as_they_are_and_gaussian_ones_standardised() -> None:
    for likelihood, expected in (("bernoulli", 0.75), ("gaussian", 2.5)):
        model = make("mlp_vae", likelihood=likelihood)
        assert isinstance(model, MLPVAE)
        model.set_standardisation(torch.tensor([0.25]), torch.tensor([0.2]))
        assert torch.allclose(model.as_compared(torch.full((1, 1, 2, 2), 0.75)), torch.full((1, 1, 2, 2), expected))


def test_hidden_layers_are_as_asked_for() -> None:
    model = make("mlp_vae", 32, hidden_units=40, hidden_layers=3)
    full = [(layer.in_features, layer.out_features) for layer in model.modules() if isinstance(layer, nn.Linear)]
    assert full == [(1024, 40), (40, 40), (40, 40), (40, 10), (40, 10), (10, 40), (40, 40), (40, 40), (40, 1024)]


def test_the_class_is_joined_to_the_picture_and_to_the_latent() -> None:
    model = make("conditional_vae", 32, classes=3, hidden_units=8, hidden_layers=1)
    assert isinstance(model, ConditionalVAE)
    assert [layer.in_features for layer in (model.encoder[0], model.from_latent[0])] == [1024 + 3, 10 + 3]  # type: ignore[union-attr]
    joined = model.joined(torch.zeros(2, 4), torch.tensor([2, 0]))
    assert joined.tolist() == [[0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 0, 0]]
    x, z = torch.rand(2, 1, 32, 32), torch.randn(2, 10)
    zero, two = torch.zeros(2, dtype=torch.int64), torch.full((2,), 2)
    assert torch.equal(model.encode(x).mean, model.encode(x, zero).mean)  # None is class 0
    assert not torch.equal(model.encode(x, zero).mean, model.encode(x, two).mean)
    assert not torch.equal(model.decode(z, zero), model.decode(z, two))


def test_turned_axes_leave_a_conditional_models_classes_alone() -> None:
    model = make("conditional_vae", 32, classes=3, hidden_units=16).eval()
    assert isinstance(model, ConditionalVAE)
    x, labels = torch.rand(4, 1, 32, 32), torch.tensor([0, 1, 2, 1])
    with torch.no_grad():
        before = model.encode(x, labels).mean
        pictures = model.decode(before, labels)
        to_new = torch.eye(10) * 2.0 + 0.1
        shift = torch.linspace(-1, 1, 10)
        model.change_latent_basis(shift, to_new, torch.linalg.inv(to_new), torch.zeros(10))
        after = model.encode(x, labels).mean
        torch.testing.assert_close(after, (before - shift) @ to_new.T, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(model.decode(after, labels), pictures, atol=1e-4, rtol=1e-4)


@pytest.mark.long
@pytest.mark.parametrize("name", ["burgess_vae", "mlp_vae", "conditional_vae"])
def test_each_trains_turns_its_axes_and_goes_on_bit_for_bit(tmp_path: Path, name: str) -> None:
    config = tiny(model__name=name, whiten_every=1, ema_decay=0.9, **DENSE | BERNOULLI)
    whole = [event for event in run_events(config, tmp_path / "whole") if isinstance(event, EpochFinished)]
    assert len(whole) == 2
    assert whole[1].valid["reconstruction"] < whole[0].valid["reconstruction"]
    run_events(config, tmp_path / "cut", until=at_step(2, 2))
    run_events(config, tmp_path / "cut", resume=True)
    paths = [tmp_path / folder / "checkpoints" / "last.safetensors" for folder in ("whole", "cut")]
    assert_same_checkpoint(*paths)
    engine = LatentEngine.load(paths[0])
    images = np.asarray(dataset.load(config.data).images[:3])
    assert engine.decode(engine.encode(images).mean).shape == images.shape


@pytest.fixture(scope="module")
def conditional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A conditional model that has learned its two classes."""
    folder = tmp_path_factory.mktemp("conditional") / "run"
    return trained(tiny(model__name="conditional_vae", epochs=30, **DENSE | BERNOULLI), folder)


def test_a_class_is_asked_for_by_name(conditional: Path) -> None:
    engine = LatentEngine.load(checkpoint.find(str(conditional)))
    assert engine.classes == ("non_smile", "smile")
    assert engine.spec.classes == 2
    z = np.zeros((1, 2), np.float32)
    first, smile = engine.decode(z), engine.for_class("smile").decode(z)
    np.testing.assert_array_equal(engine.for_class("non_smile").decode(z), first)
    np.testing.assert_array_equal(engine.decode(z, Given(np.array([1]))), smile)
    mouth = (slice(None), slice(21, 26), slice(11, 21))
    assert smile[mouth].mean() > first[mouth].mean() + 25  # white teeth
    with pytest.raises(ConfigError, match="knows no class 'frown'"):
        engine.for_class("frown")


def test_codes_of_a_data_set_go_by_its_own_classes(conditional: Path) -> None:
    engine = LatentEngine.load(checkpoint.find(str(conditional)))
    data = dataset.load(tiny().data)
    classes = given_by(engine, data)
    assert classes is not None
    assert classes.classes is not None
    assert np.array_equal(classes.classes, data.index.labels)
    rows = data.split.valid
    codes = encode_rows(engine, data.images, rows, None, classes).mean
    own = np.concatenate([engine.encode(np.asarray(data.images[[row]]), classes.at(np.array([row]))).mean for row in rows])
    np.testing.assert_allclose(codes, own, atol=1e-5)
    plain = LatentEngine.load(trained(tiny(epochs=1), conditional.parent / "plain") / "checkpoints" / "last.safetensors")
    assert given_by(plain, data) is NOTHING
    with pytest.raises(ConfigError, match="isn't conditional"):
        plain.for_class("smile")


def test_classes_that_the_model_never_saw_are_refused(conditional: Path, tmp_path: Path) -> None:
    for name in ("smile", "wink"):
        (tmp_path / "other" / name).mkdir(parents=True)
        for number, file in enumerate(sorted((toy_folder() / "smile").glob("*.png"))[:4]):
            (tmp_path / "other" / name / f"{name}{number}.png").write_bytes(file.read_bytes())
    engine = LatentEngine.load(checkpoint.find(str(conditional)))
    with pytest.raises(DataError, match="these pictures have wink"):
        given_by(engine, dataset.load(tiny(tmp_path / "other").data))


@pytest.mark.long
def test_weights_of_other_classes_are_no_start(conditional: Path, tmp_path: Path) -> None:
    for name, kind in (("open", "smile"), ("shut", "non_smile")):
        (tmp_path / "mouths" / name).mkdir(parents=True)
        for file in sorted((toy_folder() / kind).glob("*.png"))[:6]:
            (tmp_path / "mouths" / name / file.name).write_bytes(file.read_bytes())
    start = str(checkpoint.find(str(conditional)))
    values = {"model__name": "conditional_vae", "start_from": start, "data__positive": "open", "epochs": 1, **DENSE | BERNOULLI}
    events = run_events(tiny(tmp_path / "mouths", **values), tmp_path / "other")
    assert isinstance(events[-1], RunFailed)
    assert "knows the classes non_smile, smile; these pictures have open, shut" in events[-1].message
    events = run_events(tiny(**values | {"data__positive": ""}), tmp_path / "same")
    assert isinstance(events[-1], RunFinished)


def test_one_class_is_nothing_to_be_conditional_on(tmp_path: Path) -> None:
    events = run_events(tiny(toy_folder() / "smile", model__name="conditional_vae", **DENSE), tmp_path / "run")
    assert isinstance(events[-1], RunFailed)
    assert "have only one" in events[-1].message


def test_the_command_line_asks_for_a_class(conditional: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sample", "--checkpoint", str(conditional), "--count", "8", "--seed", "3"]
    assert run([*words, "--class", "smile", "--out", str(tmp_path / "smile.png")]) == 0
    assert run([*words, "--out", str(tmp_path / "all.png")]) == 0
    engine = LatentEngine.load(checkpoint.find(str(conditional)))
    z = engine.sample(8, 3)
    for file, decoded in (("smile", engine.for_class("smile").decode(z)), ("all", engine.decode(z, Given(np.arange(8) % 2)))):
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / f"{file}.png")), grid([decoded]))
    assert run([*words, "--class", "frown", "--out", str(tmp_path / "x.png")]) == 3
    assert "knows no class 'frown'" in capsys.readouterr().err
    assert run(["evaluate", "--checkpoint", str(conditional), "--data", str(toy_folder())]) == 0


def test_a_header_without_class_names_is_refused(conditional: Path) -> None:
    saved = checkpoint.load(checkpoint.find(str(conditional)))
    del saved.header.data["classes"]
    with pytest.raises(CheckpointError, match="doesn't name the classes"):
        LatentEngine(saved)


def test_the_preset_of_the_papers() -> None:
    config = preset("dsprites")
    assert (config.settings.model.name, config.settings.model.latent_dim, config.batch_size, config.learning_rate) == (
        "burgess_vae",
        10,
        64,
        1e-4,
    )
    assert (config.settings.objective.likelihood, config.data.image_size, config.data.channels) == ("bernoulli", 64, 1)
    steps = -(-round(737_280 * (1 - config.data.valid_fraction)) // config.batch_size) * config.epochs
    assert 300_000 <= steps < 310_000
