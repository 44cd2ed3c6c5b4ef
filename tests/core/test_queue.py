"""Planned runs: their order outlives the window, and what has begun is no longer planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config import preset, with_values
from core.errors import ConfigError, CoreError, TrainingError
from core.events import RunStarted, encode
from core.export.paper import MOST_RUNS
from core.families.registry import family
from core.locks import RunLock
from core.runs.listing import list_runs, read_config
from core.runs.queue import QUEUE_NAME, free_run_folder, is_planned, plan, read_queue, series, series_name, set_of_runs, write_queue
from core.runs.rename import check_name, rename_run


def test_the_order_is_kept_and_what_is_gone_or_has_begun_is_left_out(tmp_path: Path) -> None:
    assert read_queue(tmp_path) == []
    folders = [tmp_path / name for name in ("b", "a", "gone", "begun", "held")]
    for folder in folders:
        plan(folder, preset("quick"))
    write_queue(tmp_path, folders)
    (tmp_path / "gone" / "config.json").unlink()
    (tmp_path / "begun" / "events.jsonl").write_text(encode(RunStarted("", {}, {}, "cpu", "fp32", 1, 1, 0, 1)) + "\n")
    with RunLock(tmp_path / "held"):
        assert not is_planned(tmp_path / "held")
        assert read_queue(tmp_path) == folders[:2]
    assert read_config(tmp_path / "a") == preset("quick")
    assert {run.state for run in list_runs(tmp_path) if run.name in "ab"} == {"unknown"}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"v": 9, "runs": ["a"]}', '{"v": 1, "runs": 3}', '{"v": 1, "runs": ["../a", 1]}'])
def test_a_broken_queue_holds_nothing(tmp_path: Path, text: str) -> None:
    plan(tmp_path / "a", preset("quick"))
    (tmp_path / QUEUE_NAME).write_text(text)
    assert read_queue(tmp_path) == []


def test_a_series_has_one_run_for_each_value() -> None:
    made = series(preset("quick"), "objective.beta", " 1, 4;8  4")
    assert [config.settings.objective.beta for config in made] == [1.0, 4.0, 8.0]
    assert [series_name("celeba", "objective.beta", config) for config in made] == [
        "celeba-beta-1",
        "celeba-beta-4",
        "celeba-beta-8",
    ]
    wide = series(preset("quick"), "model.latent_dim", "1024")
    assert series_name("x", "model.latent_dim", wide[0]) == "x-latent-dim-1024"


def test_the_nine_runs_of_the_report() -> None:
    """As issue and course material list them; all else is as it was."""
    begun = with_values(preset("colour"), {"epochs": 3, "seed": 7, "batch_size": 16})
    (nine,) = family("colouriser").sets
    runs = dict(set_of_runs(begun, nine))
    made = [(one.settings.network, one.settings.optimizer, one.learning_rate, one.settings.loss) for one in runs.values()]
    assert made == [
        ("small", "rmsprop", 0.001, "mse"),
        ("small", "rmsprop", 0.004, "mse"),
        ("small", "adam", 0.001, "mse"),
        ("small", "sgd", 0.1, "mse"),
        ("deep", "rmsprop", 0.001, "mse"),
        ("deep", "adam", 0.001, "mse"),
        ("resnet18", "adam", 0.001, "mse"),
        ("small", "adam", 0.001, "mae"),
        ("deep", "adam", 0.001, "mae"),
    ]
    assert len(runs) == 9 <= MOST_RUNS
    assert {(one.epochs, one.seed, one.batch_size, one.data.image_size) for one in runs.values()} == {(3, 7, 16, 64)}
    with pytest.raises(ConfigError):
        set_of_runs(preset("quick"), nine)


@pytest.mark.parametrize(("values", "says"), [(" ,; ", "no values"), ("1, x", "x"), ("-1", "at least"), ("1 " * 101, "101")])
def test_values_that_cannot_be_used_are_refused(values: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        series(preset("quick"), "objective.beta", values)


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    assert free_run_folder(tmp_path, "my run").name == "my-run"
    (tmp_path / "my-run").mkdir()
    assert free_run_folder(tmp_path, "my run").name == "my-run-1"


def test_a_run_is_renamed_with_its_folder(tmp_path: Path) -> None:
    plan(tmp_path / "a", preset("quick"))
    assert rename_run(tmp_path / "a", " b 2 ") == tmp_path / "b 2"
    assert (tmp_path / "b 2" / "config.json").is_file()
    assert not (tmp_path / "a").exists()
    assert rename_run(tmp_path / "b 2", "b 2") == tmp_path / "b 2"


def test_a_run_that_goes_on_or_a_taken_name_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        plan(tmp_path / name, preset("quick"))
    (tmp_path / "empty").mkdir()
    for taken in ("b", "empty"):  # the system itself would replace an empty folder
        with pytest.raises(TrainingError, match="already"):
            rename_run(tmp_path / "a", taken)
    with RunLock(tmp_path / "a"), pytest.raises(TrainingError, match="running"):
        rename_run(tmp_path / "a", "c")
    with pytest.raises(CoreError):
        rename_run(tmp_path / "missing", "c")


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a\\b", "a:b", "..", ".hidden", "end.", "x" * 81, "CON", "nul.txt", "a\nb"])
def test_names_that_no_folder_can_have(name: str) -> None:
    with pytest.raises(TrainingError):
        check_name(name)
