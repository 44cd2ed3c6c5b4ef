"""What the program asks of every family of models, one that is registered and one of two phases that the tests bring."""

from __future__ import annotations

import csv
import io
import json
import math
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from core.checkpoint import find, load, read_header, save, strip
from core.cli import run
from core.config import TrainConfig, all_settings, loads, preset, to_file, with_values
from core.errors import CheckpointError, CoreError
from core.evaluate import load_data, measure
from core.events import CheckpointSaved, EpochFinished, Event, RunFinished, RunStarted, Step, decode
from core.families.base import BOTH, TOKENS, VALID, WHOLE, Can, phase_at, planned_epochs
from core.families.registry import PLACES, families, family, family_of_preset
from core.families.vae.networks import fruit_vae
from core.latent.arithmetic import arithmetic
from core.latent.code import space_named
from core.latent.data_codes import given_by
from core.latent.directions import from_dict
from core.latent.instrument import Instrument, Translator, arithmetic_of, open_instrument
from core.latent.session import Edit
from core.photo.inputs import read_for_model
from core.runs.folder import ALWAYS, columns
from core.runs.history import read_history
from core.runs.history_table import charts_of, history_csv, table_columns
from core.runs.listing import list_runs, read_summary
from core.runs.previews import read_preview
from core.runs.train_progress import CLIPPED
from core.training.recipe import home_of
from core.training.start_from import adopt
from tests.helpers import fake_family as fake
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import assert_same_checkpoint, at_step, run_events, toy_folder, trained

EPOCHS = 2
COMMON: dict[str, Any] = {
    "data.image_size": 32, "batch_size": 8, "epochs": EPOCHS, "threads": 1, "precision": "fp32", "device": "cpu",
    "data.mirror": True, "lr_schedule": "cosine",
}  # fmt: skip
SMALL: dict[str, dict[str, Any]] = {  # what makes each family quick; one that isn't named here goes with its defaults
    "vae": {"model.name": "mlp_vae", "model.hidden_units": 16, "model.latent_dim": 6, "whiten_every": 1, "prior": "normal"},
    "vq_vae": {"grid": 8, "codebook_size": 16, "code_dim": 4, "hidden": 16, "prior_epochs": 0},
    "sc_vae": {"grid": 8, "atoms": 24, "code_dim": 12, "hidden": 16, "ista_steps": 4},
    "colouriser": {"network": "small"},
    "cycle_gan": {"width": 4, "blocks": 1, "judge_width": 4, "judge_layers": 1, "pool": 6},
}
TRANSLATES = {"colouriser": "colourise", "cycle_gan": "translate"}  # the command of each family without codes
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {  # settings that make nearly another family of one
    "vae with a VampPrior": ("vae", {"whiten_every": 0, "prior": "vamp", "pseudo_inputs": 5}),
    "Fruit's network": ("vae", {"model.name": "fruit_vae"}),
    "fake with directions": (fake.NAME, {"directions": True}),
    "colouriser with BatchNorm": ("colouriser", {"network": "resnet18", "optimizer": "rmsprop"}),
    "CycleGAN as in the paper": ("cycle_gan", {"output": "plain", "upsampling": "transposed", "identity_weight": 0.0, "pool": 0}),
}
NAMES = [*PLACES, *VARIANTS, fake.NAME]


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(PLACES, fake.NAME, fake.__name__)
    monkeypatch.setattr(fruit_vae, "HIDDEN", 32)  # instead of 2048, which are right but slow
    name, own = VARIANTS.get(request.param, (str(request.param), {}))
    monkeypatch.setitem(SMALL, name, SMALL.get(name, {}) | own)
    return name


def config(name: str, **values: Any) -> TrainConfig:
    """A tiny run of a family."""
    begun = preset(family(name).presets[0].name)
    changes = {path.replace("__", "."): value for path, value in values.items()}
    return with_values(begun, COMMON | {"data.source": str(toy_folder())} | SMALL.get(name, {}) | changes)


def words(name: str) -> list[str]:
    """The same for the command line."""
    return [f"--set={path}={value}" for path, value in (COMMON | SMALL.get(name, {})).items()]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Path, list[Event]]]]:
    """A finished run of each family and its events, made when it is asked for; nobody writes there."""
    return _Runs(tmp_path_factory.mktemp("contract"))


class _Runs(dict[str, tuple[Path, list[Event]]]):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def __getitem__(self, name: str) -> tuple[Path, list[Event]]:
        key = json.dumps([name, SMALL[name]])
        if key not in self:
            folder = self.folder / f"{name}-{len(self)}"
            events = run_events(config(name), folder)
            assert events[-1] == RunFinished(False, planned_epochs(family(name), config(name)), events[-1].seconds), events[-1]
            self[key] = (folder, events)
        return super().__getitem__(key)


Runs = dict[str, tuple[Path, list[Event]]]


def last(folder: Path) -> Path:
    return folder / "checkpoints" / "last.safetensors"


def best(folder: Path) -> Path:
    return folder / "checkpoints" / "best.safetensors"


def epochs_of(events: list[Event]) -> list[EpochFinished]:
    return [event for event in events if isinstance(event, EpochFinished)]


# -- what it declares


def test_what_it_declares_fits_together(name: str) -> None:
    kind = family(name)
    assert kind.name == name
    keys = [metric.key for metric in kind.metrics]
    assert len(set(keys)) == len(keys)
    assert sum(metric.chooses_best for metric in kind.metrics) == 1
    assert kind.best.lower_is_better is not None
    assert kind.best.where in (BOTH, VALID)
    assert not kind.best.per_axis
    for chart in charts_of(kind):
        assert chart.title
        assert chart.help
        for key in (*chart.metrics, *chart.also):
            assert key in keys or key in ("images_per_second", "seconds"), (chart.key, key)
    assert len({chart.key for chart in charts_of(kind)}) == len(charts_of(kind))
    assert len(set(kind.rows)) == len(kind.rows) > 0
    common = set(all_settings("vae")) & set(all_settings("vq_vae"))
    assert common <= set(all_settings(name))
    for own in kind.presets:
        assert family_of_preset(own.name) is kind
        assert preset(own.name).family == name
    for phase in kind.phases(config(name)):
        assert not phase.best or kind.metric(phase.best) is not None
    assert planned_epochs(kind, config(name)) >= EPOCHS


def test_its_settings_come_back_from_a_file(name: str) -> None:
    chosen = config(name)
    assert loads(json.dumps(to_file(chosen))) == chosen


# -- what it says


def test_it_says_each_metric_that_it_declares_and_no_other(name: str, runs: Runs) -> None:
    folder, events = runs[name]
    kind = family(name)
    phases = kind.phases(config(name))
    may = {metric.key: metric for metric in kind.metrics}
    for event in epochs_of(events):
        first = event.phase == phases[0].name
        for metric in kind.metrics:
            if metric.optional:
                continue
            if metric.per_axis:
                assert len(event.per_axis[metric.key]) > 0
            elif metric.where == WHOLE:
                assert math.isfinite(event.numbers[metric.key]), metric.key
            else:
                assert math.isfinite(event.valid[metric.key]), metric.key
                assert metric.where == VALID or not first or math.isfinite(event.train[metric.key]), metric.key
        assert all(may[key].where == BOTH and not may[key].per_axis for key in event.train)
        assert all(may[key].where in (BOTH, VALID) and not may[key].per_axis for key in event.valid)
        assert all(may[key].where == WHOLE and not may[key].per_axis for key in event.numbers)
        assert all(may[key].per_axis for key in event.per_axis)
    for step in (event for event in events if isinstance(event, Step)):
        assert all(may[key].where == BOTH for key in step.numbers)
        assert math.isfinite(step.loss)
    recorded = [decode(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [event for event in recorded if isinstance(event, EpochFinished)] == epochs_of(events)


def test_a_shortened_gradient_is_counted(name: str, tmp_path: Path) -> None:
    events = run_events(config(name, gradient_clip=1e-3, epochs=1), tmp_path / "run")
    first = epochs_of(events)[0]
    if name == fake.NAME:  # it clips nothing
        assert first.train[CLIPPED] == 0.0
    else:
        assert first.train[CLIPPED] == 1.0
    assert read_history(tmp_path / "run").train(CLIPPED)[0] == first.train[CLIPPED]


def test_its_table_says_what_its_events_say(name: str, runs: Runs) -> None:
    folder, events = runs[name]
    with open(folder / "metrics.csv", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    assert tuple(reader.fieldnames or ()) == columns(family(name))
    for row, event in zip(rows, epochs_of(events), strict=True):
        said = {f"train_{key}": value for key, value in event.train.items()}
        said |= {f"valid_{key}": value for key, value in event.valid.items()} | dict(event.numbers)
        assert {key for key, value in row.items() if value and key not in ALWAYS} == set(said)
        assert {key: float(row[key]) for key in said} == said
    header = read_header(last(folder))
    assert [row["epoch"] for row in header.history] == [event.epoch for event in epochs_of(events)]


def test_its_history_and_its_charts_tables_hold_what_its_events_say(name: str, runs: Runs) -> None:
    folder, events = runs[name]
    kind, history, said = family(name), read_history(folder), epochs_of(events)
    assert (history.family_name, history.epoch.tolist()) == (name, [event.epoch for event in said])
    for metric in kind.metrics:
        if metric.per_axis:
            np.testing.assert_array_equal(history.per_axis(metric.key), [event.per_axis[metric.key] for event in said])
        elif metric.where == WHOLE:
            assert history.whole(metric.key).tolist() == [event.numbers[metric.key] for event in said]
        else:
            np.testing.assert_array_equal(history.valid(metric.key), [event.valid.get(metric.key, math.nan) for event in said])
    for chart in charts_of(kind):
        table = list(csv.DictReader(io.StringIO(history_csv([("run", history)], chart.key))))
        assert len(table) == len(said)
        for column in table_columns(kind, chart.key):
            if (metric := kind.metric(column)) is None or not metric.per_axis:
                written = [float(row[column] or "nan") for row in table]
                np.testing.assert_array_equal(written, history.column(column), err_msg=column)


def test_best_is_chosen_by_the_declared_metric(name: str, runs: Runs) -> None:
    folder, events = runs[name]
    kind, said = family(name), epochs_of(events)
    of_last = [event for event in said if event.phase == said[-1].phase]
    chooser = kind.metric(phase_at(kind, config(name), said[-1].epoch - 1).best) or kind.best
    sign = 1.0 if chooser.lower_is_better else -1.0
    chosen = min(of_last, key=lambda event: sign * event.valid[chooser.key]).epoch
    assert read_header(best(folder)).epoch == chosen
    assert read_history(folder).best_epoch == read_summary(folder).best_epoch == chosen
    assert read_summary(folder).best[chooser.key] == said[chosen - 1].valid[chooser.key]
    so_far: dict[str, float] = {}
    expected = []
    for event in said:  # and each time that it got better within its phase, it was saved
        own = kind.metric(phase_at(kind, config(name), event.epoch - 1).best) or kind.best
        value = event.valid[own.key] * (1.0 if own.lower_is_better else -1.0)
        if value < so_far.get(event.phase, math.inf):
            so_far[event.phase] = value
            expected.append(event.epoch)
    assert [event.epoch for event in events if isinstance(event, CheckpointSaved) and event.best] == expected


def test_its_previews_say_their_rows(name: str, runs: Runs) -> None:
    _, events = runs[name]
    kind = family(name)
    own = ("pseudo_inputs",) if SMALL[name].get("prior") == "vamp" else ()  # beside those of every model of the family
    for event in epochs_of(events):
        rows = read_preview(Path(event.preview))
        assert tuple(rows) == kind.rows + own
        assert len({pictures.shape for pictures in rows.values()}) == 1
        assert next(iter(rows.values())).shape[1:] == (32, 32, 3)
    first, final = (read_preview(Path(event.preview)) for event in (epochs_of(events)[0], epochs_of(events)[-1]))
    held_out = kind.rows[0]
    np.testing.assert_array_equal(first[held_out], final[held_out])


def test_it_is_listed(name: str, runs: Runs) -> None:
    folder, _ = runs[name]
    summary = next(one for one in list_runs(folder.parent) if one.folder == folder)
    assert (summary.state, summary.has_model) == ("finished", True)
    assert summary.epoch == summary.epochs == planned_epochs(family(name), config(name))
    assert set(summary.best) == {metric.key for metric in family(name).metrics if metric.where != WHOLE and not metric.per_axis}


# -- stopped and resumed


@pytest.mark.long
@pytest.mark.parametrize("settings", [{}, {"ema_decay": 0.9, "gradient_clip": 5.0}], ids=["plain", "averaged"])
def test_stopped_and_killed_anywhere_it_ends_bit_for_bit_the_same(name: str, settings: dict[str, Any], tmp_path: Path) -> None:
    from core.training.loop import train

    chosen = config(name, **settings)
    whole, cut = trained(chosen, tmp_path / "whole"), tmp_path / "cut"
    run_events(chosen, cut, until=at_step(1, 2))
    dying = train(chosen, cut, resume=True)  # it dies in the second epoch, and goes back to the end of the first
    for event in dying:
        if isinstance(event, Step) and (event.epoch, event.step) == (2, 3):
            break
    dying.close()  # type: ignore[attr-defined]
    assert read_header(last(cut)).epoch == 1
    run_events(chosen, cut, resume=True, until=at_step(2, 4))
    ended = run_events(chosen, cut, resume=True)
    assert ended[-1] == RunFinished(False, planned_epochs(family(name), chosen), ended[-1].seconds)
    assert_same_checkpoint(last(whole), last(cut))
    assert_same_checkpoint(best(whole), best(cut))
    assert [row["epoch"] for row in read_header(last(cut)).history] == read_history(cut).epoch.tolist()


def test_a_finished_run_is_left_as_it_is(name: str, runs: Runs) -> None:
    folder, _ = runs[name]
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
    again = run_events(config(name), folder, resume=True)
    assert not [event for event in again if isinstance(event, Step | RunStarted)]
    assert again[-1] == RunFinished(False, planned_epochs(family(name), config(name)), again[-1].seconds)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()} == before


def test_the_end_can_be_raised(name: str, tmp_path: Path) -> None:
    values = {"second_epochs": 0} if name == fake.NAME else {}
    folder = trained(config(name, epochs=1, **values), tmp_path / "run")
    events = run_events(config(name, epochs=2, **values), folder, resume=True)
    assert [(event.epoch, event.epochs) for event in epochs_of(events)] == [(2, 2)]


def test_it_ends_early_where_nothing_gets_better(name: str, tmp_path: Path) -> None:
    """With a learning rate of next to nothing, or with luck: either way the end is told by the declared metric."""
    values = {"second_epochs": 0} if name == fake.NAME else {}
    chosen = config(name, epochs=4, early_stopping=1, learning_rate=1e-8, lr_schedule="constant", **values)
    said = epochs_of(run_events(chosen, tmp_path / "run"))
    scores = [family(name).score(event.valid) for event in said]
    worse = [number for number in range(1, len(scores)) if scores[number] <= max(scores[:number])]
    assert len(said) == (worse[0] + 1 if worse else 4)


# -- its model


def test_a_model_is_the_same_after_it_was_saved(name: str, runs: Runs, tmp_path: Path) -> None:
    folder, _ = runs[name]
    for path in (best(folder), last(folder)):
        saved = load(path, training_state=True)
        model = open_instrument(saved)
        copy = tmp_path / path.name
        save(copy, replace(saved.header, training={}), strip(saved).tensors)
        again = home_of(name).open_instrument(load(copy))
        assert again.header.config == saved.header.config
        pictures = _pictures()
        if Can.TRANSLATE in model.can:
            translated = cast(Translator, model).translate(pictures)
            np.testing.assert_array_equal(cast(Translator, again).translate(pictures), translated)
        if Can.ENCODE not in model.can:
            continue
        codes = model.encode(pictures)
        np.testing.assert_array_equal(again.encode(pictures).values, codes.values)
        np.testing.assert_array_equal(again.decode(codes.values), model.decode(codes.values))


def test_its_codes_lie_in_its_space(name: str, runs: Runs) -> None:
    folder, _ = runs[name]
    model = open_instrument(load(find(str(folder))))
    kind = family(name)
    assert model.can == kind.can(config(name).settings, (3, 32, 32))
    assert dict(model.spaces) == dict(kind.spaces(config(name).settings, (3, 32, 32)))
    if not model.spaces:
        _has_no_codes(model)
        return
    assert {Can.ENCODE, Can.DECODE} <= model.can
    codes = model.encode(_pictures())
    space = model.spaces[codes.space]
    assert codes.values.shape == (len(_pictures()), *space.shape)
    if space.kind == TOKENS:
        assert np.issubdtype(codes.values.dtype, np.integer)
        assert 0 <= codes.values.min() <= codes.values.max() < space.entries
    else:
        assert codes.values.dtype == np.float32
    pictures, floats = model.decode(codes.values), model.decode_float(codes.values)
    assert (pictures.shape, pictures.dtype) == (_pictures().shape, np.uint8)
    assert (floats.shape, floats.dtype) == (_pictures().shape, np.float32)
    np.testing.assert_array_equal(model.decode(codes.values[1:2])[0], model.decode(codes.values)[1])
    np.testing.assert_array_equal(model.decode(codes), pictures)
    with pytest.raises(CoreError, match="called 'elsewhere'"):
        model.decode(replace(codes, space="elsewhere"))


def test_its_codes_are_edited_as_their_space_allows(name: str, runs: Runs) -> None:
    folder, _ = runs[name]
    model = open_instrument(load(find(str(folder))))
    if not model.spaces:
        with pytest.raises(CoreError, match="no codes"):
            model.encode(_pictures())
        return
    codes = model.encode(_pictures())
    space = space_named(model.spaces, codes.space)
    own, (first, second, *_) = arithmetic(model.spaces, codes.space), codes.flat
    assert own.is_code(first)
    np.testing.assert_array_equal(own.edited(first, (), {}), first)
    dimension = (Edit("dimension", "0", 1.0),)
    if not space.adds:
        with pytest.raises(CoreError):
            own.edited(first, dimension, {})
        with pytest.raises(CoreError):
            own.between(first, second, 3)
        return
    np.testing.assert_allclose(own.edited(first, dimension, {}), first + np.eye(first.size, dtype=np.float32)[0], rtol=1e-6)
    way = own.between(first, second, 3)
    np.testing.assert_allclose(way, [first, (first + second) / 2, second], atol=1e-6)
    assert model.decode(way).shape == (3, *_pictures().shape[1:])


def test_weights_that_do_not_fit_get_a_sentence(name: str, runs: Runs) -> None:
    folder, _ = runs[name]
    saved = load(best(folder))
    first = next(key for key, value in saved.tensors.items() if key.startswith("model.") and value.ndim >= 2)
    fewer = {key: value for key, value in saved.tensors.items() if key != first}
    for tensors in (fewer, saved.tensors | {first: saved.tensors[first][1:]}):
        with pytest.raises(CheckpointError, match="fit"):
            open_instrument(replace(saved, tensors=tensors))


def test_a_run_begins_with_another_ones_weights(name: str, runs: Runs, tmp_path: Path) -> None:
    folder, _ = runs[name]
    source = draw_folder(tmp_path / "others", per_class=8, seed=9)
    chosen = adopt(config(name, data__source=str(source), epochs=1), str(best(folder)), ("data.source", "epochs"))
    events = run_events(chosen, tmp_path / "run", until=lambda event: isinstance(event, CheckpointSaved))
    assert isinstance(events[-1], RunFinished), events[-1]
    begun, own = load(last(tmp_path / "run"), training_state=True).part("model."), load(best(folder)).part("model.")
    assert begun.keys() == own.keys()
    for key, value in own.items():
        np.testing.assert_array_equal(begun[key], value, err_msg=key)


# -- the command line


def test_the_command_line_trains_encodes_and_decodes(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, pictures = tmp_path / "run", toy_folder() / "smile"
    assert run(["train", "--family", name, "--data", str(toy_folder()), "--out", str(out), *words(name)]) == 0
    planned = planned_epochs(family(name), config(name))
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == [f"{n}/{planned}" for n in range(1, planned + 1)]
    if not family(name).spaces(config(name).settings, (3, 32, 32)):
        given = ["--checkpoint", str(out), "--input", str(pictures), "--out", str(tmp_path / "translated")]
        assert run([TRANSLATES[name], *given]) == 0
        assert len(list((tmp_path / "translated").iterdir())) == len(list(pictures.iterdir()))
        return
    assert run(["encode", "--checkpoint", str(out), "--input", str(pictures), "--out", str(tmp_path / "codes.npz")]) == 0
    words_of_decode = ["decode", "--checkpoint", str(out), "--codes", str(tmp_path / "codes.npz")]
    assert run([*words_of_decode, "--out", str(tmp_path / "decoded.npz")]) == 0
    with np.load(tmp_path / "decoded.npz") as decoded, np.load(tmp_path / "codes.npz") as codes:
        assert decoded["images"].shape == (16, 32, 32, 3)
        assert len(codes["files"]) == 16
        model = open_instrument(load(find(str(out))))
        (space,) = model.spaces
        np.testing.assert_array_equal(decoded["images"], model.decode(codes[space]))
    assert run(["train", "--out", str(out), "--resume"]) == 0
    other = next(one for one in PLACES if one != name)
    assert run(["train", "--family", other, "--out", str(out), "--resume"]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_another_familys_preset_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = next(one for one in families() if one.name not in (name, fake.NAME))
    with pytest.raises(CoreError, match=family(name).title):
        with_values(config(name), {"preset": other.presets[0].name})
    line = ["train", "--family", name, "--preset", other.presets[0].name, "--data", "demo", "--out", str(tmp_path / "run")]
    assert run(line) == 3
    assert other.name in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_what_it_cannot_do_is_refused(name: str, runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, _ = runs[name]
    can = family(name).can(config(name).settings, (3, 32, 32))
    picture, out = str(sorted((toy_folder() / "smile").iterdir())[0]), str(tmp_path / "out.png")
    other = str(sorted((toy_folder() / "smile").iterdir())[1])
    codes = str(tmp_path / "codes.npz")
    needs = [
        (Can.SAMPLE, ["sample", "--count", "4", "--out", out]),
        (Can.DIRECTIONS, ["interpolate", "--input", picture, other, "--steps", "3", "--out", out]),
        (Can.DIRECTIONS, ["traverse", "--dims", "0,3", "--steps", "3", "--out", out]),
        (Can.DIRECTIONS, ["traverse", "--dims", "0,3", "--steps", "3", "--plane", "--input", picture, "--out", out]),
        (Can.ENCODE, ["reconstruct", "--input", picture, "--out", str(tmp_path / "rebuilt")]),
        (Can.ENCODE, ["encode", "--input", picture, "--out", codes]),
        (Can.DECODE, ["decode", "--codes", codes, "--out", str(tmp_path / "decoded")]),
        *((Can.TRANSLATE, [command, "--input", picture, "--out", str(tmp_path / command)]) for command in TRANSLATES.values()),
    ]
    for ability, line in needs:
        code = run([line[0], "--checkpoint", str(folder), *line[1:]])
        is_other = line[0] in TRANSLATES.values() and line[0] != TRANSLATES.get(family(name).name)
        assert code == (0 if ability in can and not is_other else 3), line
        said = capsys.readouterr().err
        assert "Traceback" not in said
        if ability not in can and not family(name).spaces(config(name).settings, (3, 32, 32)):
            assert "it has no codes" in said


def test_a_run_fits_the_direction_of_its_pictures(name: str, runs: Runs) -> None:
    """While it goes on, from a few pictures, and at its end from all, where codes can be added."""
    folder, events = runs[name]
    assert not [event for event in events if isinstance(event, RunFinished) and event.note]
    can = family(name).can(config(name).settings, (3, 32, 32))
    for path in (best(folder), last(folder)):
        header = read_header(path)
        fitted = [from_dict(one) for one in header.directions]
        assert [one.name for one in fitted] == (["smile"] if Can.DIRECTIONS in can else [])
        assert all(one.checkpoint_id == header.id for one in fitted)


def test_it_is_moved_along_a_direction_of_its_own(
    name: str, runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fitted, kept in the model's file and used for an edit, on the command line; or refused in a sentence."""
    model = tmp_path / "model.safetensors"
    shutil.copy(best(runs[name][0]), model)
    fit = ["direction", "--checkpoint", str(model), "--data", str(toy_folder()), "--attribute", "smile", "--method", "logistic"]
    opened = open_instrument(load(model))
    if Can.MOVE not in opened.can:
        assert run(fit) == 3
        assert family(name).title in capsys.readouterr().err
        return
    assert run(fit) == 0
    header = read_header(model)
    (kept,) = (one for one in map(from_dict, header.directions) if one.method == "logistic")
    picture = sorted((toy_folder() / "non_smile").iterdir())[0]
    edit = [
        "edit",
        "--checkpoint",
        str(model),
        "--input",
        str(picture),
        "--attribute",
        "smile",
        "--align",
        "none",
        "--size",
        "model",
    ]
    assert run([*edit, "--amount", "150", "--out", str(tmp_path)]) == 0
    (written,) = capsys.readouterr().out.splitlines()[-1:]
    code = opened.encode(read_for_model(header, picture)[None]).flat[0]
    own = arithmetic_of(opened)
    after = own.edited(code, (Edit("direction", "smile", 150.0),), {"smile": kept})
    assert kept.position(own.vector(after)) > kept.position(own.vector(code))
    np.testing.assert_array_equal(np.asarray(Image.open(written)), opened.decode(after[None])[0])
    for words_of in (["--strip=-50,0,50"], ["--coefficient", "0.5"], ["--amount", "50", "--size", "photo"]):
        assert run([*edit, *words_of, "--out", str(tmp_path)]) == 0


def test_evaluate_says_what_it_declares(name: str, runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    """On the very pictures that the run judged at its end, so that the numbers are those of its best epoch."""
    folder, events = runs[name]
    line = ["evaluate", "--checkpoint", str(folder), "--data", str(toy_folder())]
    assert run([*line, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    epoch = epochs_of(events)[read_header(find(str(folder))).epoch - 1]
    judged = {one.key: epoch.valid[one.key] for one in family(name).metrics if one.key in epoch.valid and one.meaning}
    assert judged.keys() >= {family(name).best.key}
    for key, value in judged.items():
        assert result[key] == pytest.approx(value, rel=1e-4, abs=1e-4), key
    assert run(line) == 0
    said = capsys.readouterr().out
    assert all(family(name).metric(key).title in said for key in judged)


def test_judging_says_how_far_it_is(name: str, runs: Runs) -> None:
    saved = load(find(str(runs[name][0])))
    data = load_data(saved.header, str(toy_folder()), lambda *_: None)
    said: list[tuple[str, int, int]] = []
    measure(open_instrument(saved), saved, data, lambda *words: said.append(words))
    count = len(data.split.valid)
    assert ("Evaluating", count, count) in said
    assert all(0 <= done <= total for _, done, total in said)


def test_evaluate_measures_what_it_can_and_refuses_the_rest(name: str, runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    can = family(name).can(config(name).settings, (3, 32, 32))
    for ability, words_of in ((Can.LIKELIHOOD, ["--importance-samples", "2"]), (Can.DIRECTIONS, ["--correlates"])):
        assert run(["evaluate", "--checkpoint", str(runs[name][0]), "--data", str(toy_folder()), *words_of]) == 3 * (
            ability not in can
        )
        assert (words_of[0] in capsys.readouterr().err) == (ability not in can)


def test_what_its_dimensions_stand_for_is_measured(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of shapes whose factors are known; a measure that its codes have nothing for is left out with a sentence."""
    if Can.DIRECTIONS not in family(name).can(config(name).settings, (3, 32, 32)):
        return
    folder = tmp_path / "run"
    run_events(config(name, data__source="sprites", data__limit=100, epochs=1), folder)
    assert run(["evaluate", "--checkpoint", str(folder), "--data", "sprites", "--measures", "mig,mig_chen", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert 0.0 <= result["measures"]["mig"] <= 1.0
    left_out = [note for note in result.get("notes", ()) if note.startswith("mig_chen is left out.")]
    assert ("mig_chen" in result["measures"]) != bool(left_out)


def test_it_is_given_what_it_takes(name: str, runs: Runs) -> None:
    saved = load(find(str(runs[name][0])))
    data = load_data(saved.header, str(toy_folder()), lambda *_: None)
    takes = family(name).takes(saved.header.settings, saved.header.image_shape)
    assert (given_by(open_instrument(saved), data).classes is not None) == ("class" in takes)


def test_families_as_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["families", "--json"]) == 0
    told = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    kind, own = family(name), told[name]
    assert own.keys() >= {"name", "title", "takes", "spaces", "can", "metrics"}
    assert [metric["key"] for metric in own["metrics"]] == [metric.key for metric in kind.metrics]
    assert all(metric.keys() >= {"key", "title", "unit", "lower_is_better", "per_axis"} for metric in own["metrics"])
    chosen = preset(kind.presets[0].name)
    shape = (chosen.data.channels, chosen.data.image_size, chosen.data.image_size)
    assert set(own["can"]) == {str(ability) for ability in kind.can(chosen.settings, shape)}
    assert set(own["spaces"]) == set(kind.spaces(chosen.settings, shape))


def _has_no_codes(model: Instrument) -> None:
    """A family without codes translates, and refuses all else with a sentence."""
    assert Can.TRANSLATE in model.can
    assert not model.can & {Can.ENCODE, Can.DECODE, Can.SAMPLE, Can.DIRECTIONS, Can.TEMPERATURE, Can.LIKELIHOOD}
    translated = cast(Translator, model).translate(_pictures())
    assert (translated.shape, translated.dtype) == (_pictures().shape, np.uint8)
    np.testing.assert_array_equal(cast(Translator, model).translate(_pictures()[1:2])[0], translated[1])
    codes = np.zeros((1, 0), np.float32)
    for asked in (
        lambda: model.encode(_pictures()),
        lambda: model.decode(codes),
        lambda: model.decode_float(codes),
        lambda: model.sample(1, 0),
    ):
        with pytest.raises(CoreError, match="no codes"):
            asked()


def _pictures() -> np.ndarray:
    """Some of 32 px, uint8 (4, 32, 32, 3)."""
    return np.random.default_rng(3).integers(0, 256, (4, 32, 32, 3), np.uint8)
