"""The phase in which a VAE's decoder learns to paint sharply: what stays, what is kept, what is measured and said of it."""

from __future__ import annotations

import re
import shutil
import time
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.checkpoint import MODEL, load
from core.cli import run as command_line
from core.coach.base import Facts
from core.coach.sharpening import inventing
from core.compare.assignment import settings_in_words
from core.compare.runs import epochs_of, open_runs
from core.config import TrainConfig, preset, with_values
from core.errors import ConfigError
from core.events import EpochFinished, Log, RunFailed, RunFinished, Step
from core.families.vae.family import SHARPENING, SHARPENING_PACE
from core.families.vae.network_abilities import ABILITIES
from core.families.vae.networks.base import LatentSpec
from core.families.vae.networks.registry import create
from core.families.vae.settings import ModelConfig
from core.families.vae.sharpening import PatchJudge, Sharpener, decoder_parameters
from core.metrics.fine_detail import DetailSums
from core.progress import silent
from core.runs.expected import expected
from core.runs.folder import RunFolder
from core.runs.history import history_of, read_history
from core.runs.listing import read_summary
from core.team import Team
from core.training.loop import train
from core.training.recipe import home_of
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import TINY, assert_same_checkpoint, at_step, run_events, toy_folder, trained


def config(**values: Any) -> TrainConfig:
    usual = {**TINY, "data.source": str(toy_folder()), "epochs": 2, "sharpen_epochs": 2}
    return with_values(preset("quick"), usual | {name.replace("__", "."): value for name, value in values.items()})


def weights(path: Path) -> dict[str, np.ndarray]:
    return load(path).part(MODEL)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    folder = tmp_path_factory.mktemp("sharp") / "run"
    return folder, run_events(config(), folder)


def test_only_the_decoder_changes_and_the_model_before_is_kept(run: tuple[Path, list[Any]]) -> None:
    folder, events = run
    before, after = (weights(folder / "checkpoints" / f"{name}.safetensors") for name in (f"before-{SHARPENING}", "last"))
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed
    assert all(name.startswith(("from_latent", "decoder", "coarse_from_latent")) for name in changed), changed
    assert not any("running" in name for name in changed)
    said = [event.message for event in events if isinstance(event, Log)]
    assert f"Now begins: sharpening. The best model before it is kept as checkpoints/before-{SHARPENING}.safetensors." in said
    models = [home_of("vae").open_instrument(load(path)) for path in sorted((folder / "checkpoints").glob("be*.safetensors"))]
    assert len(models) == 2
    channels, side, _ = models[0].header.image_shape
    pictures = np.random.default_rng(0).integers(0, 256, (4, side, side, channels), dtype=np.uint8)
    codes = [model.encode(pictures) for model in models]
    np.testing.assert_array_equal(codes[0].mean, codes[1].mean)


def test_its_epochs_are_told_as_a_phase_with_numbers_of_fine_detail(run: tuple[Path, list[Any]]) -> None:
    folder, events = run
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    assert [event.phase for event in epochs] == ["", "", SHARPENING, SHARPENING]
    for event in epochs:
        assert 0.0 < event.valid["detail"] < 2.0
        assert -1.0 <= event.valid["detail_correlation"] <= 1.0
        assert event.valid["detail_error"] > 0.0
    history = read_history(folder)
    assert history.best_epoch == min((3, 4), key=lambda epoch: history.valid("detail_error")[epoch - 1])


@pytest.mark.long
def test_a_report_says_how_many_epochs_were_of_sharpening(run: tuple[Path, list[Any]], tmp_path: Path) -> None:
    (one,) = open_runs([str(run[0])], str(toy_folder()), silent)
    assert epochs_of(one)[0] == "2 and 2 for sharpening"
    epoch = one.engine.header.epoch
    assert epoch > 2
    assert f"VAE, 2 epochs and {epoch - 2} for sharpening)." in settings_in_words(one)
    older = replace(one, engine=copy(one.engine))
    older.engine.header = replace(one.engine.header, history=[])  # type: ignore[misc]
    assert settings_in_words(older) == settings_in_words(one)
    (plain,) = open_runs([str(run[0] / "checkpoints" / "before-sharpening.safetensors")], str(toy_folder()), silent)
    assert re.search(r"VAE, [12] epochs?\)\.$", settings_in_words(plain))


HARD = {"gradient_clip": 1.0, "objective.beta_warmup_epochs": 2.0, "ema_decay": 0.9}  # settings of the training


@pytest.fixture(scope="module")
def hard_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(config(**HARD), tmp_path_factory.mktemp("hard") / "run")


@pytest.mark.parametrize("at", [(3, 1), *(pytest.param(at, marks=pytest.mark.long) for at in ((3, 0), (4, 0)))])
def test_it_is_resumed_exactly(hard_run: Path, tmp_path: Path, at: tuple[int, int]) -> None:
    run_events(config(**HARD), tmp_path, until=at_step(*at))
    run_events(config(**HARD), tmp_path, resume=True)
    assert_same_checkpoint(hard_run / "checkpoints" / "last.safetensors", tmp_path / "checkpoints" / "last.safetensors")
    tables = [read_history(folder).columns for folder in (hard_run, tmp_path)]
    assert tables[0].keys() == tables[1].keys()
    for name, column in tables[0].items():
        np.testing.assert_array_equal(column, tables[1][name], err_msg=name)


@pytest.mark.long
def test_schedules_of_the_training_are_over_in_it(hard_run: Path) -> None:
    history = read_history(hard_run)
    assert list(history.columns["beta"]) == [0.5, 1.0, 1.0, 1.0]
    assert not history.columns["train_clipped"][2:].any()


@pytest.mark.long
def test_it_goes_on_from_the_best_epoch_where_training_ran_out_of_patience(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.families.vae.recipe import VaeRecipe

    scores = iter([1.0, 2.0, 3.0, 4.0])
    real = VaeRecipe.judge

    def judge(self: VaeRecipe, *given: Any, **more: Any) -> Any:
        judged = real(self, *given, **more)
        return judged if self.phase else replace(judged, valid={**judged.valid, "reconstruction": next(scores), "kl": 0.0})

    monkeypatch.setattr(VaeRecipe, "judge", judge)
    folder = trained(config(epochs=6, sharpen_epochs=1, early_stopping=2), tmp_path)
    before, after = (weights(folder / "checkpoints" / f"{name}.safetensors") for name in ("before-sharpening", "last"))
    assert load(folder / "checkpoints" / "before-sharpening.safetensors").header.epoch == 1
    np.testing.assert_array_equal(before["to_mean.weight"], after["to_mean.weight"])
    summary = read_summary(folder)
    assert (summary.state, summary.epoch, summary.epochs) == ("finished", 4, 4)
    known = expected(config(epochs=6, sharpen_epochs=1), [replace(summary, seconds=3.0 + SHARPENING_PACE)])
    assert known is not None
    assert known.seconds == pytest.approx(6.0 + SHARPENING_PACE)


@pytest.mark.long
def test_a_run_within_it_cant_do_without_it(tmp_path: Path) -> None:
    run_events(config(), tmp_path, until=at_step(3, 1))
    with pytest.raises(ConfigError, match="This run is in sharpening, which these settings leave out"):
        run_events(config(sharpen_epochs=0), tmp_path, resume=True)


def test_a_model_left_by_a_killed_process_isnt_taken_for_the_one_before(run: tuple[Path, list[Any]], tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    shutil.copytree(run[0], folder.folder)
    kept = folder.best.with_name("before-sharpening.safetensors")
    before = kept.read_bytes()
    assert load(folder.best).header.epoch > 2
    assert folder.keep_before("sharpening", 2) == kept
    assert kept.read_bytes() == before
    kept.unlink()
    assert folder.keep_before("sharpening", 2) is None
    assert folder.keep_before("sharpening", 4) == kept


@pytest.mark.long
def test_it_can_be_added_to_a_finished_run(run: tuple[Path, list[Any]], tmp_path: Path) -> None:
    trained(config(sharpen_epochs=0), tmp_path)
    events = run_events(config(), tmp_path, resume=True)
    assert [event.phase for event in events if isinstance(event, EpochFinished)] == [SHARPENING, SHARPENING]
    assert isinstance(events[-1], RunFinished)


@pytest.mark.long
def test_a_run_with_an_average_sharpens_what_was_shown(tmp_path: Path) -> None:
    folder = trained(config(ema_decay=0.9), tmp_path)
    before, after = (weights(folder / "checkpoints" / f"{name}.safetensors") for name in ("before-sharpening", "last"))
    np.testing.assert_array_equal(before["to_mean.weight"], after["to_mean.weight"])


def test_black_and_white_pictures_are_refused() -> None:
    with pytest.raises(ConfigError, match="Sharpening needs a Gaussian likelihood"):
        config(objective__likelihood="bernoulli")


@pytest.mark.parametrize("name", sorted(ABILITIES))
def test_every_networks_decoder_is_found(name: str) -> None:
    size = 32
    spec = LatentSpec(5, (3, size, size), 2 if name == "conditional_vae" else 0)
    model = create(ModelConfig(name=name, latent_dim=5), spec, "gaussian")
    own = {id(parameter) for parameter in decoder_parameters(model)}
    found = {key for key, parameter in model.named_parameters() if id(parameter) in own}
    assert found
    assert not any(key.startswith(("encoder", "to_mean", "to_log_var", "coarse_to_mean")) for key in found)
    everything = {key for key, _ in model.named_parameters()}
    assert all(key.startswith(("encoder", "to_mean", "to_log_var", "coarse_to_mean")) for key in everything - found)


@pytest.mark.long
def test_a_decoder_learns_texture_that_the_squared_error_alone_leaves_out() -> None:
    """Pictures of noise at random places can't be known from their codes: the mean is grey, and a sharp picture isn't."""
    torch.manual_seed(0)
    spec = LatentSpec(4, (1, 32, 32))
    model = create(ModelConfig(latent_dim=4), spec, "gaussian").eval()
    draw = torch.Generator().manual_seed(1)
    sharpener = Sharpener(model, Team(), 0)

    def batch() -> torch.Tensor:
        return torch.randn((16, 1, 32, 32), generator=draw)

    z = torch.zeros(16, 4)
    with torch.no_grad():
        before = float(sharpener.average.model.decode_raw(z[:1]).std())
    for _ in range(25):
        sharpener.step(batch(), z, torch.randn((16, 4), generator=draw), None, 5e-3, torch.rand(2, generator=draw))
    with torch.no_grad():
        after = float(sharpener.average.model.decode_raw(z[:1]).std())
    assert after > 2.0 * before


def test_fine_detail_of_a_blur_of_the_picture_itself_and_of_another() -> None:
    noise = torch.rand((6, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    soft = torch.nn.functional.avg_pool2d(noise, 3, 1, 1)

    def compared(decoded: torch.Tensor) -> Any:
        sums = DetailSums()
        for start in (0, 4):
            sums.add(decoded[start : start + 4], noise[start : start + 4])
        return sums.result()

    same, blurred, other = compared(noise), compared(soft), compared(noise.roll(1, 0))
    assert (same.ratio, same.correlation, same.error) == pytest.approx((1.0, 1.0, 0.0), abs=1e-5)
    assert blurred.ratio < 0.7
    assert blurred.correlation > 0.6
    assert blurred.error == pytest.approx(1.0 - blurred.ratio, abs=0.05)
    assert other.ratio == pytest.approx(1.0, abs=1e-5)
    assert abs(other.correlation) < 0.1
    flat = DetailSums()
    flat.add(torch.zeros(2, 1, 16, 16), torch.zeros(2, 1, 16, 16))
    assert flat.result().ratio == 0.0


def facts_of(detail: list[float], truth: list[float]) -> Facts:
    phases = ["", "", *[SHARPENING] * (len(detail) - 2)]
    rows = [
        EpochFinished(
            epoch=number,
            epochs=len(detail),
            seconds=1.0,
            images_per_second=1.0,
            train={"loss": 1.0},
            valid={"loss": 1.0, "detail": one, "detail_correlation": other, "reconstruction": 1.0, "kl": 1.0},
            learning_rate=1e-3,
            preview="",
            phase=phase,
        )
        for number, (one, other, phase) in enumerate(zip(detail, truth, phases, strict=True), 1)
    ]
    return Facts(history_of(rows), config())


@pytest.mark.parametrize(
    ("detail", "truth", "epochs"),
    [
        ([0.4, 0.5, 0.7, 0.8], [0.5, 0.5, 0.48, 0.45], None),
        ([0.4, 0.5, 0.8, 1.0, 1.1], [0.5, 0.5, 0.48, 0.45, 0.44], 2),
        ([0.4, 0.5, 0.6, 0.7, 0.8], [0.5, 0.5, 0.48, 0.30, 0.29], 1),
        ([0.4, 0.5, 1.2], [0.5, 0.5, 0.45], 0),
        ([0.4, 0.5, 0.6], [0.0, 0.0, 0.1], None),
        ([0.4, 0.5], [0.5, 0.5], None),
    ],
)
def test_the_coach_says_when_it_begins_to_invent(detail: list[float], truth: list[float], epochs: int | None) -> None:
    advice = inventing(facts_of(detail, truth))
    assert (None if advice is None else advice.change) == (None if epochs is None else {"sharpen_epochs": epochs})


@pytest.mark.long
def test_an_epoch_of_it_takes_as_long_as_is_said_before(tmp_path: Path) -> None:
    """By processor time of steps as a run does them, with 64-pixel pictures; validation takes equally long in both phases."""
    folder = draw_folder(tmp_path / "large", per_class=40, size=64)
    settings = {
        "data.image_size": 64,
        "model.name": "skip_vae",
        "batch_size": 32,
        "threads": 1,
        "precision": "fp32",
        "device": "cpu",
    }
    marks: dict[str, list[float]] = {"": [], SHARPENING: []}
    for event in train(
        with_values(preset("sharp"), {**settings, "data.source": str(folder), "epochs": 1, "sharpen_epochs": 1, "prior": "normal"}),
        tmp_path / "run",
    ):
        if isinstance(event, Step):
            marks[event.phase].append(time.process_time())
    plain, sharp = (min(np.diff(one)) for one in marks.values())
    assert 0.7 * SHARPENING_PACE < sharp / plain < 1.5 * SHARPENING_PACE


def test_a_wrong_number_of_epochs_is_refused() -> None:
    with pytest.raises(ConfigError):
        config(sharpen_epochs=-1)


@pytest.mark.long
def test_the_command_line_adds_it_to_a_finished_run(tmp_path: Path) -> None:
    folder = trained(config(sharpen_epochs=0), tmp_path / "run")
    assert command_line(["train", "--out", str(folder), "--resume", "--set", "sharpen_epochs=1"]) == 0
    assert read_history(folder).phases == ("", "", SHARPENING)
    assert command_line(["train", "--out", str(folder), "--resume", "--set", "model.latent_dim=9"]) == 3


@pytest.mark.long
@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ("nan", r"The loss became nan at step 2 of epoch 3; the last good checkpoint is kept\."),
        ("memory", r"There is not enough memory to go on\."),
    ],
)
def test_a_failure_in_it_gives_a_sentence_and_keeps_the_model_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, sentence: str
) -> None:
    real, calls = PatchJudge.forward, []

    def forward(self: PatchJudge, x: torch.Tensor) -> Any:
        calls.append(len(x))
        if len(calls) > 6 and broken == "memory":  # a step looks at pictures five times
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: you tried to allocate"
            )
        score, features = real(self, x)
        return (score * torch.nan, features) if len(calls) > 1 and broken == "nan" else (score, features)

    monkeypatch.setattr(PatchJudge, "forward", forward)
    events = run_events(config(), tmp_path)
    assert isinstance(events[-1], RunFailed), events[-1]
    assert re.fullmatch(sentence, events[-1].message)
    before, best, last = (tmp_path / "checkpoints" / f"{name}.safetensors" for name in (f"before-{SHARPENING}", "best", "last"))
    assert len(calls) > 1
    for path in (before, best, last):
        assert load(path).header.epoch <= 2
        assert all(np.isfinite(value).all() for value in weights(path).values())
    home_of("vae").open_instrument(load(before))
    monkeypatch.undo()
    went_on = run_events(config(), tmp_path, resume=True)
    assert isinstance(went_on[-1], RunFinished)
    assert [event.phase for event in went_on if isinstance(event, EpochFinished)] == [SHARPENING, SHARPENING]


@pytest.mark.long
@pytest.mark.parametrize("side", [32, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_grey_pictures_and_larger_ones_go_through_it(tmp_path: Path, side: int, channels: int) -> None:
    folder = draw_folder(tmp_path / "pictures", size=side)
    folder = trained(
        config(data__source=str(folder), data__image_size=side, data__channels=channels, epochs=1, sharpen_epochs=1),
        tmp_path / "run",
    )
    assert tuple(load(folder / "checkpoints" / "last.safetensors").header.image_shape) == (channels, side, side)
    before, after = (weights(folder / "checkpoints" / f"{name}.safetensors") for name in (f"before-{SHARPENING}", "last"))
    assert any(not np.array_equal(value, after[name]) for name, value in before.items())
    assert all(np.isfinite(value).all() for value in after.values())


@pytest.mark.long
def test_the_preset_works_on_thirty_pictures(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "few", per_class=15)
    shorter = {name: value for name, value in TINY.items() if name not in ("batch_size", "learning_rate", "objective.variance")}
    few = with_values(
        preset("sharp"), {**shorter, "data.source": str(folder), "epochs": 2, "sharpen_epochs": 1, "model.latent_dim": 6}
    )
    events = run_events(few, tmp_path / "run")
    assert isinstance(events[-1], RunFinished), events[-1]
    assert [event.phase for event in events if isinstance(event, EpochFinished)] == ["", "", SHARPENING]
    (tmp_path / "run" / "checkpoints" / f"before-{SHARPENING}.safetensors").stat()
