"""A run with a VampPrior: what it learns, keeps and resumes, what is refused, and what the finished model's prior is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.checkpoint import Checkpoint, find, load, read_header
from core.cli import run
from core.config import TrainConfig, preset, with_values
from core.errors import CheckpointError, ConfigError
from core.evaluate import load_data
from core.events import EpochFinished, Event, RunFailed, RunFinished, Step
from core.families.base import Elapsed
from core.families.vae.evaluate import evaluate
from core.families.vae.objectives.registry import create as create_objective
from core.latent.engine import LatentEngine
from core.latent.instrument import typical_samples
from core.progress import silent
from core.runs.previews import read_preview
from core.training.new_config import new_config
from core.training.start_from import adopt
from tests.helpers.runs import assert_same_checkpoint, at_step, run_events, shared_run, tiny, toy_folder, trained

PIXELS = "model.pseudo_inputs.pixels"
VAMP: dict[str, Any] = {
    "prior": "vamp", "pseudo_inputs": 5, "model__name": "mlp_vae", "model__hidden_units": 16,
}  # fmt: skip


def config(**values: Any) -> TrainConfig:
    return tiny(**VAMP | values)


def last(folder: Path) -> Path:
    return folder / "checkpoints" / "last.safetensors"


@pytest.fixture(scope="module")
def vamp(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event]]:
    """A finished run, and its events; nobody writes there."""
    folder = tmp_path_factory.mktemp("vamp") / "run"
    return folder, run_events(config(model__name="conv_vae"), folder)


Vamp = tuple[Path, list[Event]]


def test_it_is_learned_with_the_rest_and_kept_in_the_models_file(vamp: Vamp) -> None:
    folder, events = vamp
    assert isinstance(events[-1], RunFinished)
    first = new_recipe_pixels(config(model__name="conv_vae"))
    for path in (find(str(folder)), last(folder)):
        pixels = load(path).tensors[PIXELS]
        assert pixels.shape == (5, 3, 32, 32)
        assert pixels.min() >= 0.0
        assert pixels.max() <= 1.0
        assert all(np.abs(one - before).max() > 0.003 for one, before in zip(pixels, first, strict=True))
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    assert all(np.isfinite(value) for event in epochs for value in (*event.train.values(), *event.valid.values()))
    assert len(epochs[0].per_axis["kl_per_dim"]) == 6
    assert sum(epochs[-1].per_axis["kl_per_dim"]) != pytest.approx(epochs[-1].valid["kl"], abs=1e-6)


def new_recipe_pixels(chosen: TrainConfig) -> np.ndarray:
    from core.device import choose
    from core.training.recipe import home_of

    recipe = home_of("vae").make_recipe(chosen, _data(chosen), choose("cpu", "fp32"))
    return recipe.tensors()[PIXELS]


def _data(chosen: TrainConfig) -> Any:
    from core.data.dataset import load as load_pictures

    return load_pictures(chosen.data)


def test_pseudo_inputs_start_as_training_pictures_that_the_seed_chooses() -> None:
    chosen, data = config(), _data(config())
    pixels = new_recipe_pixels(chosen)
    pictures = np.asarray(data.images[data.split.train]).transpose(0, 3, 1, 2) / 255.0
    nearest = [int(np.abs(pictures - one).mean(axis=(1, 2, 3)).argmin()) for one in pixels]
    assert len(set(nearest)) == 5
    assert max(np.abs(pictures[at] - one).max() for at, one in zip(nearest, pixels, strict=True)) < 0.06
    np.testing.assert_array_equal(pixels, new_recipe_pixels(chosen))
    assert not np.array_equal(pixels, new_recipe_pixels(replace(chosen, seed=1)))
    dark = new_recipe_pixels(config(pseudo_inputs_start="noise", pseudo_inputs=200))
    assert dark.mean() == pytest.approx(0.05, abs=0.005)


def test_its_previews_show_pseudo_inputs(vamp: Vamp) -> None:
    folder, events = vamp
    for event in events:
        if isinstance(event, EpochFinished):
            rows = read_preview(Path(event.preview))
            assert tuple(rows) == ("originals", "reconstructions", "samples", "pseudo_inputs")
    mixture = LatentEngine.load(last(folder)).mixture
    assert mixture is not None
    count = min(5, len(rows["pseudo_inputs"]))
    np.testing.assert_array_equal(rows["pseudo_inputs"][:count], mixture.pictures[:count])


@pytest.mark.parametrize("settings", [{}, {"ema_decay": 0.9, "gradient_clip": 1.0}], ids=["plain", "averaged"])
def test_stopped_within_an_epoch_it_ends_bit_for_bit_the_same(settings: dict[str, Any], tmp_path: Path) -> None:
    chosen = config(**settings)
    whole, cut = trained(chosen, tmp_path / "whole"), tmp_path / "cut"
    run_events(chosen, cut, until=at_step(1, 2))
    assert LatentEngine.load(last(cut)).sample(3, 0).shape == (3, 6), "usable at any time"
    run_events(chosen, cut, resume=True)
    assert_same_checkpoint(last(whole), last(cut))


def test_the_model_draws_from_it(vamp: Vamp) -> None:
    engine = LatentEngine.load(last(vamp[0]))
    mixture = engine.mixture
    assert mixture is not None
    assert engine.mixture is mixture, "encoded once"
    assert engine.draws_typical
    np.testing.assert_array_equal(engine.sample(6, 3), mixture.sample(6, 3))
    np.testing.assert_array_equal(typical_samples(engine, 6, 3), mixture.sample(6, 3))
    seen = engine.encode(mixture.pictures)  # rounded to 256 levels
    np.testing.assert_allclose(seen.mean, mixture.code.mean, atol=0.05)
    assert len({code.tobytes() for code in mixture.code.mean}) == 5


def test_what_is_said_of_it_agrees_in_training_and_afterwards(vamp: Vamp) -> None:
    """Mistake 4 end to end: the last epoch's validation, and the loaded model's."""
    folder, events = vamp
    said = [event for event in events if isinstance(event, EpochFinished)][-1].valid
    saved = load(last(folder))
    engine = LatentEngine(saved)
    data = load_data(engine.header, str(toy_folder()), silent)
    objective = create_objective(saved.header.settings.objective, engine.module)
    objective.load_state_dict({name: _tensor(value) for name, value in saved.part("objective.").items()})
    again = evaluate(engine.module, objective, engine.compute, data.images, data.split.valid, progress=Elapsed(9.0))
    assert again.kl == pytest.approx(said["kl"], abs=0.02)
    assert again.elbo == pytest.approx(said["elbo"], abs=0.1)


def _tensor(value: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(np.array(value))


def test_commands_ask_it(vamp: Vamp, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, source = str(vamp[0]), str(toy_folder())
    assert run(["sample", "--checkpoint", folder, "--count", "4", "--out", str(tmp_path / "four.png")]) == 0
    for chosen in ("1", "5"):
        out = str(tmp_path / f"{chosen}.png")
        assert run(["sample", "--checkpoint", folder, "--count", "4", "--pseudo-input", chosen, "--out", out]) == 0
    pictures = [(tmp_path / f"{name}.png").read_bytes() for name in ("four", "1", "5")]
    assert len(set(pictures)) == 3
    capsys.readouterr()
    assert run(["evaluate", "--checkpoint", folder, "--data", source, "--importance-samples", "20", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["log_likelihood"] > said["elbo"] - 1.0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["sample", "--count", "4", "--pseudo-input", "6", "--out", "x.png"], "There is no pseudo-input 6: the model has 5."),
        (["prior", "--data", "no such folder"], "This model has a VampPrior"),
    ],
)
def test_what_it_cant_give_is_one_sentence(
    vamp: Vamp, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    before = find(str(vamp[0])).read_bytes()
    assert run([words[0], "--checkpoint", str(vamp[0]), *words[1:]]) == 3
    assert sentence in capsys.readouterr().err
    assert find(str(vamp[0])).read_bytes() == before


def test_another_model_has_no_pseudo_input_to_choose(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = str(tmp_path / "x.png")
    assert run(["sample", "--checkpoint", str(shared_run()), "--pseudo-input", "1", "--out", out]) == 3
    assert "has no pseudo-inputs" in capsys.readouterr().err


# -- what doesn't go with it


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        *(
            ({"objective__name": name}, f"learned with the objective beta_vae; {name} is about")
            for name in ("capacity_vae", "beta_tcvae", "factor_vae", "dip_vae_i", "dip_vae_ii")
        ),
        ({"model__name": "conditional_vae"}, "pseudo-inputs have no class"),
        ({"objective__free_bits": 0.1}, "a VampPrior's KL is no sum of those"),
        ({"whiten_every": 1}, "a VampPrior fits the codes by itself"),
    ],
)
def test_what_doesnt_go_with_it_is_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        config(**values)


def test_on_the_command_line_that_is_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--data", str(toy_folder()), "--out", str(tmp_path / "run"), "--set=prior=vamp"]
    assert run([*words, "--set=objective.name=dip_vae_ii"]) == 3
    assert "Use --set objective.name=beta_vae, or --set prior=normal." in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_too_few_pictures_are_said(tmp_path: Path) -> None:
    events = run_events(config(pseudo_inputs=500), tmp_path / "run")
    assert isinstance(events[-1], RunFailed)
    assert "500 pseudo-inputs can't start as" in events[-1].message
    assert "pseudo_inputs_start=noise" in events[-1].hint


def test_a_preset_turns_no_axes_under_it_unless_that_is_said() -> None:
    given = {"data.source": str(toy_folder()), "prior": "vamp"}
    assert preset("quick").settings.whiten_every == 1
    assert new_config("quick", given).settings.whiten_every == 0
    with pytest.raises(ConfigError, match="fits the codes by itself"):
        new_config("quick", given | {"whiten_every": 2})


@pytest.mark.parametrize(("before", "after"), [("vamp", "normal"), ("vamp", "learned"), ("normal", "vamp"), ("learned", "vamp")])
def test_a_resumed_run_keeps_it_or_keeps_without_it(
    before: str, after: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    run_events(config(prior=before), folder, until=lambda event: isinstance(event, Step))
    assert run(["train", "--resume", "--out", str(folder), f"--set=prior={after}"]) == 3
    assert f"A resumed run keeps its prior ({before})" in capsys.readouterr().err


def test_who_starts_from_such_a_model_has_its_prior(vamp: Vamp, tmp_path: Path) -> None:
    folder = str(vamp[0])
    begun = adopt(with_values(preset("quick"), {"data.source": str(toy_folder()), "data.image_size": 32}), folder, ())
    assert (begun.settings.prior, begun.settings.pseudo_inputs, begun.settings.whiten_every) == ("vamp", 5, 0)
    chosen = with_values(begun, {"epochs": 1, "threads": 1, "learning_rate": 1e-8, "device": "cpu", "precision": "fp32"})
    own, its = (load(path).tensors[PIXELS] for path in (last(trained(chosen, tmp_path / "run")), find(folder)))
    np.testing.assert_allclose(own, its, atol=1e-6)


def test_who_has_few_pictures_can_start_from_one(vamp: Vamp, tmp_path: Path) -> None:
    few = with_values(tiny(epochs=1, model__name="conv_vae"), {"data.limit": 4})
    folder = trained(adopt(few, str(vamp[0]), ()), tmp_path / "run")
    assert load(last(folder)).tensors[PIXELS].shape == (5, 3, 32, 32)


def test_it_can_be_given_up_or_taken_up_by_who_starts_from_a_model(vamp: Vamp, tmp_path: Path) -> None:
    fine = {"model__name": "conv_vae", "epochs": 1}
    without = adopt(tiny(prior="normal", **fine), str(vamp[0]), ("prior",))
    assert PIXELS not in load(last(trained(without, tmp_path / "without"))).tensors
    with_it = adopt(config(**fine), str(shared_run()), ("prior", "pseudo_inputs"))
    assert load(last(trained(with_it, tmp_path / "with"))).tensors[PIXELS].shape == (5, 3, 32, 32)
    other = adopt(config(pseudo_inputs=4, **fine), str(vamp[0]), ("prior", "pseudo_inputs"))
    failed = run_events(other, tmp_path / "other")[-1]
    assert isinstance(failed, RunFailed)
    assert "has 5 pseudo-inputs, these settings 4" in failed.message


@pytest.mark.parametrize(
    "damage",
    [lambda tensors: {**tensors, PIXELS: tensors[PIXELS][:3]}, lambda tensors: {k: v for k, v in tensors.items() if k != PIXELS}],
    ids=["too few", "none"],
)
def test_a_file_whose_pseudo_inputs_dont_fit_is_said(vamp: Vamp, damage: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    saved = load(find(str(vamp[0])))
    with pytest.raises(CheckpointError, match="weights don't fit"):
        LatentEngine(Checkpoint(saved.header, damage(dict(saved.tensors))))


@pytest.mark.long
def test_who_sharpens_judges_samples_of_it_and_leaves_it_as_it_is(tmp_path: Path) -> None:
    values = {"model.name": "conv_vae", "prior": "vamp", "pseudo_inputs": 5, "sharpen_epochs": 1, "epochs": 1}
    folder = trained(with_values(tiny(), values), tmp_path / "whole")
    before, after = (load(folder / "checkpoints" / f"{name}.safetensors") for name in ("before-sharpening", "last"))
    np.testing.assert_array_equal(before.tensors[PIXELS], after.tensors[PIXELS])
    cut = tmp_path / "cut"
    run_events(with_values(tiny(), values), cut, until=at_step(2, 2))
    run_events(with_values(tiny(), values), cut, resume=True)
    assert_same_checkpoint(last(folder), last(cut))


def test_its_header_names_it(vamp: Vamp) -> None:
    settings = read_header(find(str(vamp[0]))).settings
    assert (settings.prior, settings.pseudo_inputs, settings.pseudo_inputs_start) == ("vamp", 5, "pictures")
