"""The phase of a VQ-VAE's run that learns a prior: what stays, what is kept and measured, resuming, and drawing from it."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.checkpoint import MODEL, PRIOR, load, read_header, save, strip
from core.cli import run as command_line
from core.config import TrainConfig, preset, with_values
from core.data.photo import Photo
from core.errors import Cancelled, CheckpointError, ConfigError, CoreError
from core.evaluate import load_data, measure
from core.events import EpochFinished, Log, RunFinished, RunStarted, Step
from core.export.images import read_recipe
from core.families.base import Can
from core.families.registry import family
from core.families.vq_vae.family import PRIOR_PHASE
from core.families.vq_vae.instrument import VqInstrument
from core.latent.instrument import load_instrument, open_instrument
from core.photo.edit import place_framed
from core.progress import silent
from core.runs.expected import expected
from core.runs.history import read_history
from core.runs.listing import read_summary
from core.runs.previews import read_preview
from tests.helpers.runs import assert_same_checkpoint, at_step, run_events, toy_folder, trained

SMALL: dict[str, Any] = {
    "data.image_size": 32, "batch_size": 8, "epochs": 2, "threads": 1, "precision": "fp32", "device": "cpu",
    "grid": 4, "codebook_size": 16, "code_dim": 4, "hidden": 16, "prior_epochs": 2,
}  # fmt: skip


def config(**values: Any) -> TrainConfig:
    changes = {name.replace("__", "."): value for name, value in values.items()}
    return with_values(preset("codes"), SMALL | {"data.source": str(toy_folder())} | changes)


def last(folder: Path) -> Path:
    return folder / "checkpoints" / "last.safetensors"


def best(folder: Path) -> Path:
    return folder / "checkpoints" / "best.safetensors"


def epochs_of(events: list[Any]) -> list[EpochFinished]:
    return [event for event in events if isinstance(event, EpochFinished)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    """A finished run of two and two epochs; nobody writes there."""
    folder = tmp_path_factory.mktemp("prior") / "run"
    return folder, run_events(config(), folder)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without a prior; nobody writes there."""
    return trained(config(prior_epochs=0), tmp_path_factory.mktemp("bare") / "run")


def instrument(folder: Path) -> VqInstrument:
    opened = load_instrument(best(folder))
    assert isinstance(opened, VqInstrument)
    return opened


def test_the_autoencoder_stays_and_the_model_before_is_kept(run: tuple[Path, list[Any]], bare: Path) -> None:
    folder, events = run
    first, after = load(last(bare)).part(MODEL), load(last(folder)).part(MODEL)
    assert first.keys() == after.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(after[name], value, err_msg=name)
    said = [event.message for event in events if isinstance(event, Log)]
    kept = folder / "checkpoints" / f"before-{PRIOR_PHASE}.safetensors"
    assert f"Now begins: the prior over the codes. The best model before it is kept as checkpoints/{kept.name}." in said
    assert Can.SAMPLE not in load_instrument(kept).can
    assert read_header(best(folder)).id == read_header(last(folder)).id
    assert not [name for name in load(best(folder), training_state=True).tensors if not name.startswith((MODEL, PRIOR))]


def test_its_epochs_are_told_as_a_phase_with_bits_a_code(run: tuple[Path, list[Any]]) -> None:
    folder, events = run
    said = epochs_of(events)
    assert [event.phase for event in said] == ["", "", PRIOR_PHASE, PRIOR_PHASE]
    first, second = said[:2], said[2:]
    assert all("prior_bits" not in event.train | event.valid for event in first)
    for event in second:
        assert 0.0 < event.valid["prior_bits"] < 4.5
        assert event.valid["loss"] == event.valid["prior_bits"]
        assert event.train["prior_bits"] == event.train["loss"]
        assert event.valid["chance_bits"] == 4.0
        assert event.valid["unigram_bits"] == pytest.approx(math.log2(event.valid["perplexity"]))
        assert event.valid["psnr"] == second[0].valid["psnr"]
    assert second[1].valid["prior_bits"] < second[0].valid["prior_bits"] < 4.0
    history = read_history(folder)
    assert history.best_epoch == min((3, 4), key=lambda epoch: history.valid("prior_bits")[epoch - 1])
    (started,) = (event for event in events if isinstance(event, RunStarted))
    tensors = load(best(folder)).tensors
    prior = sum(value.size for name, value in tensors.items() if name.startswith(PRIOR) and name != PRIOR + "model_id")
    assert started.parameters > prior > 100_000


def test_previews_have_samples_of_the_prior_and_before_it_codes_drawn_apart(run: tuple[Path, list[Any]], bare: Path) -> None:
    folder, events = run
    model = instrument(folder)
    shown = [read_preview(Path(event.preview))["samples"] for event in epochs_of(events)]
    count, seed = len(shown[-1]), config().seed
    drawn = model if model.header.epoch == 4 else load_instrument(last(folder))
    assert isinstance(drawn, VqInstrument)
    np.testing.assert_array_equal(shown[-1], drawn.decode(drawn.draw(count, seed)))
    apart = load_instrument(last(bare))
    assert isinstance(apart, VqInstrument)
    np.testing.assert_array_equal(shown[1], apart.decode(apart.sample_apart(count, seed)))


@pytest.mark.parametrize("settings", [{}, pytest.param({"ema_decay": 0.9, "gradient_clip": 0.5}, marks=pytest.mark.long)])
@pytest.mark.parametrize("at", [(3, 1), *(pytest.param(at, marks=pytest.mark.long) for at in ((2, 3), (3, 0), (4, 0)))])
def test_it_is_resumed_exactly(run: tuple[Path, list[Any]], tmp_path: Path, at: tuple[int, int], settings: dict[str, Any]) -> None:
    chosen = config(**settings)
    whole = trained(chosen, tmp_path / "whole") if settings else run[0]
    cut = tmp_path / "cut"
    run_events(chosen, cut, until=at_step(*at))
    ended = run_events(chosen, cut, resume=True)
    assert isinstance(ended[-1], RunFinished), ended[-1]
    for path in (last, best):
        assert_same_checkpoint(path(whole), path(cut))
    tables = [read_history(folder).columns for folder in (whole, cut)]
    assert tables[0].keys() == tables[1].keys()
    for name, column in tables[0].items():
        np.testing.assert_array_equal(column, tables[1][name], err_msg=name)


@pytest.mark.long
def test_a_finished_run_gets_one_later(run: tuple[Path, list[Any]], bare: Path, tmp_path: Path) -> None:
    """By the command line, with the very prior that it would have got at once."""
    folder = tmp_path / "run"
    shutil.copytree(bare, folder)
    assert command_line(["train", "--out", str(folder), "--resume", "--set", "prior_epochs=2"]) == 0
    assert read_history(folder).phases == ("", "", PRIOR_PHASE, PRIOR_PHASE)
    assert_same_checkpoint(last(run[0]), last(folder))
    summary = read_summary(folder)
    assert (summary.state, summary.epoch, summary.epochs) == ("finished", 4, 4)


@pytest.mark.long
def test_stopped_in_any_phase_it_leaves_a_model_that_says_what_it_can(tmp_path: Path) -> None:
    """And `sample` says how to have a prior where there is none yet."""
    folder, picture = tmp_path / "run", str(tmp_path / "samples.png")
    run_events(config(), folder, until=lambda event: isinstance(event, EpochFinished) and event.epoch == 1)
    model = load_instrument(best(folder))
    assert {Can.SAMPLE, Can.TEMPERATURE}.isdisjoint(model.can)
    assert {Can.ENCODE, Can.DECODE} <= model.can
    assert command_line(["sample", "--checkpoint", str(folder), "--count", "2", "--out", picture]) == 3
    run_events(config(), folder, resume=True, until=lambda event: isinstance(event, Step) and event.epoch == 3)
    for path in (best(folder), last(folder)):
        opened = load_instrument(path)
        pictures = np.zeros((2, 32, 32, 3), np.uint8)
        assert opened.decode(opened.encode(pictures)).shape == pictures.shape


def test_what_a_model_without_a_prior_is_told(bare: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["sample", "--checkpoint", str(bare), "--count", "2", "--out", str(tmp_path / "samples.png")]
    assert command_line(line) == 3
    said = capsys.readouterr().err
    assert "A VQ-VAE can't be sampled: it has learned no prior." in said
    assert "--resume --set prior_epochs=" in said
    model = instrument(bare)
    for draw in (lambda: model.draw(1, 0), lambda: model.draw_region(np.zeros((4, 4)), np.ones((4, 4), bool), 0)):
        with pytest.raises(CoreError, match="no prior"):
            draw()


@pytest.mark.long
def test_sample_writes_pictures_at_a_temperature(
    run: tuple[Path, list[Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = run[0], tmp_path / "samples.png"
    line = ["sample", "--checkpoint", str(folder), "--count", "3", "--seed", "5", "--out", str(out)]
    assert command_line(line) == 0
    assert "temperature" not in (read_recipe(out) or {})
    usual = out.read_bytes()
    assert command_line([*line, "--temperature", "0.5"]) == 0
    assert (read_recipe(out) or {})["temperature"] == 0.5
    assert out.read_bytes() != usual
    capsys.readouterr()
    for wrong in ("-0.1", "4.5", "nan"):
        assert command_line([*line, "--temperature", wrong]) == 3
        assert "at least 0 and at most 4" in capsys.readouterr().err
    assert command_line(["sample", "--checkpoint", "drawn", "--count", "2", "--temperature", "1", "--out", str(out)]) == 3
    assert "at a temperature" in capsys.readouterr().err


def test_a_prior_is_bound_to_the_weights_whose_codes_it_learned(run: tuple[Path, list[Any]], bare: Path, tmp_path: Path) -> None:
    saved = load(best(run[0]))
    name = MODEL + "decoder.0.weight"
    others = {**saved.tensors, name: saved.tensors[name] + 1.0}
    save(tmp_path / "other.safetensors", saved.header, others)
    with pytest.raises(CheckpointError, match="learned for the codes of other weights"):
        load_instrument(tmp_path / "other.safetensors")
    without = {key: value for key, value in saved.tensors.items() if key != PRIOR + "model_id"}
    with pytest.raises(CheckpointError, match="other weights"):
        open_instrument(replace(saved, tensors=without))
    damaged = {key: value for key, value in saved.tensors.items() if key != PRIOR + "head.bias"}
    with pytest.raises(CheckpointError, match="doesn't fit its model"):
        open_instrument(replace(saved, tensors=damaged))
    stripped = strip(load(last(run[0]), training_state=True))
    assert Can.SAMPLE in open_instrument(stripped).can


@pytest.mark.long
def test_evaluate_says_its_bits(run: tuple[Path, list[Any]]) -> None:
    folder, events = run
    saved = load(best(folder))
    data = load_data(saved.header, str(toy_folder()), silent)
    said = measure(open_instrument(saved), saved, data, silent)
    judged = epochs_of(events)[saved.header.epoch - 1].valid
    for key in ("prior_bits", "unigram_bits", "chance_bits", "psnr", "loss"):
        assert said[key] == pytest.approx(judged[key], rel=1e-5), key


def test_draws_are_the_same_for_the_same_seed_and_tell_how_far_they_are(run: tuple[Path, list[Any]]) -> None:
    model = instrument(run[0])
    told: list[tuple[int, int]] = []
    many = model.draw(18, 3, progress=lambda _, done, total: told.append((done, total)))
    np.testing.assert_array_equal(model.draw(2, 3), many[:2])
    np.testing.assert_array_equal(model.sample(18, 3), many)
    assert not np.array_equal(model.draw(2, 4), many[:2])
    assert told[-1] == (18 * 16, 18 * 16)
    assert told == sorted(told)
    assert model.draw(0, 3).shape == (0, 4, 4)

    def end(what: str, done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        model.draw(2, 3, progress=end)


def test_bits_are_fewer_at_a_low_temperature(run: tuple[Path, list[Any]]) -> None:
    model = instrument(run[0])
    cold, usual = (float(model.surprise(model.draw(16, 0, heat)).mean()) for heat in (0.3, 1.0))
    assert cold < usual
    assert model.surprise(model.draw(2, 0)).shape == (2, 4, 4)


@pytest.mark.long
def test_a_region_is_drawn_anew_and_the_rest_stays(run: tuple[Path, list[Any]]) -> None:
    model = instrument(run[0])
    (codes,) = model.draw(1, 0)
    region = np.zeros((4, 4), bool)
    region[1:3, 1:3] = True
    changed = [model.draw_region(codes, region, seed) for seed in range(6)]
    for one in changed:
        np.testing.assert_array_equal(one[~region], codes[~region])
    assert any(not np.array_equal(one, codes) for one in changed)
    np.testing.assert_array_equal(model.draw_region(codes, region, 2), changed[2])
    np.testing.assert_array_equal(model.draw_region(codes, ~region | region, 2).shape, (4, 4))
    np.testing.assert_array_equal(model.draw_region(codes, np.zeros((4, 4), bool), 2), codes)
    with pytest.raises(CoreError):
        model.draw_region(codes + 16, region, 0)


def test_painted_cells_are_put_onto_a_photo(run: tuple[Path, list[Any]]) -> None:
    """Nothing lies beyond a code, so a photo's edit goes no further than the face's."""
    model: Any = instrument(run[0])
    photo = Photo("photo.png", np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    face = place_framed(photo, photo.pixels[::2, ::2].copy(), model.header)
    (before,) = model.encode(face.framed[None]).flat
    after = before.copy()
    after[5:7] = [15.0, 0.0]
    edited = face.edited(model, before, after)
    assert edited.shape == photo.pixels.shape
    np.testing.assert_array_equal(face.edited(model, before, before), photo.pixels)


def test_a_run_within_it_cant_do_without_it(run: tuple[Path, list[Any]], tmp_path: Path) -> None:
    shutil.copytree(run[0], tmp_path / "run")
    with pytest.raises(ConfigError):
        run_events(config(prior_epochs=0), tmp_path / "run", resume=True)


def test_it_counts_in_the_time_that_a_run_is_expected_to_take(run: tuple[Path, list[Any]]) -> None:
    summary = read_summary(run[0])
    (first, second) = family("vq_vae").phases(config())
    known = expected(config(prior_epochs=6), [replace(summary, seconds=10.0)])
    assert known is not None
    assert known.seconds == pytest.approx(10.0 * (2 + 6 * second.pace) / (2 + 2 * second.pace))
    assert first.pace == 1.0


def test_a_run_begun_with_its_weights_learns_its_own_prior(run: tuple[Path, list[Any]], tmp_path: Path) -> None:
    chosen = config(start_from=str(best(run[0])), epochs=1, prior_epochs=0)
    events = run_events(chosen, tmp_path / "run")
    assert isinstance(events[-1], RunFinished)
    assert Can.SAMPLE not in load_instrument(last(tmp_path / "run")).can
