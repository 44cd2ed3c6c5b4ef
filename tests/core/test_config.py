"""Settings: strict when read, complete when written."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import config
from core.config import (
    TrainConfig,
    all_paths,
    all_settings,
    checked,
    from_dict,
    get,
    loads,
    parse_crop,
    preset,
    to_dict,
    to_file,
)
from core.config import with_values as changed
from core.errors import ConfigError, NewerError, UnknownError
from core.families.base import Family
from core.families.registry import families, family
from core.version import VERSION


def test_both_presets_are_valid_and_survive_json() -> None:
    for name in [own.name for one in families() for own in one.presets]:
        made = preset(name)
        assert made.preset == name
        assert loads(json.dumps(to_dict(made))) == made == checked(made)


def test_table1_is_the_assignments_table_2() -> None:
    table = preset("table1")
    assert (table.data.image_size, table.data.channels, table.settings.model.latent_dim) == (128, 3, 128)
    assert (table.batch_size, table.learning_rate, table.epochs) == (128, 0.0005, 1000)
    assert (table.settings.objective.beta, table.data.valid_fraction, table.lr_schedule) == (1.0, 0.2, "constant")
    assert (table.settings.objective.likelihood, table.settings.objective.variance, table.settings.objective.fixed_variance) == (
        "gaussian",
        "fixed",
        1.0,
    )


def test_unknown_preset() -> None:
    with pytest.raises(ConfigError, match="no preset named 'best'"):
        preset("best")


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ({"epoch": 3}, "epochs"),
        ({"data": {"image_sise": 64}}, "data.image_size"),
        ({"objective": {"betta": 2}}, "objective.beta"),
        ({"model": {"latentdim": 2}}, "model.latent_dim"),
    ],
)
def test_an_unknown_key_names_itself_and_the_nearest(wrong: dict[str, Any], near: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_dict(TrainConfig, wrong)
    key = next(iter(wrong)) if not isinstance(next(iter(wrong.values())), dict) else next(iter(next(iter(wrong.values()))))
    assert key in caught.value.message
    assert f"Did you mean {near}?" in caught.value.hint


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": "3"},
        {"epochs": 3.5},
        {"epochs": True},
        {"epochs": None},
        {"epochs": 0},
        {"learning_rate": "fast"},
        {"learning_rate": math.nan},
        {"learning_rate": math.inf},
        {"learning_rate": 10**400},
        {"learning_rate": False},
        {"learning_rate": -1},
        {"lr_schedule": "steps"},
        {"preset": "other"},
        {"data": []},
        {"data": {"mirror": 1}},
        {"data": {"source": 5}},
        {"data": {"valid_fraction": 1.0}},
        {"data": {"valid_fraction": 0}},
        {"data": {"limit": -1}},
        {"data": {"image_size": 16}},
        {"model": {"dropout": 1}},
        {"model": {"kernel_size": 5}},
        {"objective": {"variance": "learned"}},
        {"seed": 2**32},
        {"ema_decay": 1.0},
        {"early_stopping": -1},
        {"gradient_clip": -0.5},
        {"objective": {"beta_schedule": "cosine"}},
        {"objective": {"beta_cycles": 0}},
        {"objective": {"free_bits": -1}},
        {"start_from": 3},
    ],
)
def test_wrong_types_and_ranges_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        from_dict(TrainConfig, wrong)
    section, value = next(iter(wrong.items()))
    assert (next(iter(value)) if isinstance(value, dict) else section) in str(caught.value)


def test_whole_numbers_serve_as_floats() -> None:
    made = from_dict(TrainConfig, {"objective": {"beta": 2}})
    assert type(made.settings.objective.beta) is float
    assert made.settings.objective.beta == 2.0


@pytest.mark.parametrize("text", ["", "{", "[1]", "3", "null", "[" * 100_000])
def test_what_is_no_config_gets_a_sentence(text: str) -> None:
    with pytest.raises(ConfigError):
        loads(text)


def test_a_file_says_which_version_wrote_it_and_a_newer_one_is_called_newer() -> None:
    tree = to_file(preset("table1"))
    assert tree["program"] == VERSION
    assert loads(json.dumps(tree)) == preset("table1")
    assert loads(json.dumps(tree | {"program": "9.0"})) == preset("table1")  # whatever can be read is
    with pytest.raises(NewerError) as caught:
        loads(json.dumps(tree | {"program": "9.0.1", "a_later_setting": 1}))
    assert caught.value.message.startswith(f"The config file was written by Labkhand 9.0.1; this is version {VERSION}.")
    assert "a_later_setting" in caught.value.message
    assert caught.value.hint == "Update Labkhand."
    for program in (VERSION, "0.0.9", "soon", 7, None, "9." * 99):
        with pytest.raises(UnknownError, match="no setting named epoch"):
            loads(json.dumps(tree | {"program": program, "epoch": 1}))


def test_a_long_unknown_key_is_answered_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        loads(json.dumps({"x" * 1_000_000: 1}))
    assert len(caught.value.message) < 200


def test_keys_left_out_keep_their_defaults() -> None:
    assert loads("{}") == TrainConfig()


@pytest.mark.parametrize("kind", families(), ids=lambda kind: kind.name)
def test_a_file_that_names_a_family_alone_begins_with_its_first_preset(kind: Family) -> None:
    config = from_dict(TrainConfig, {"family": kind.name})
    assert config.preset == kind.presets[0].name
    checked(config)


def test_a_config_of_the_first_version_still_loads() -> None:
    """Without the keys that came later; they then mean what was done before there were any."""
    newer = ("ema_decay", "early_stopping", "gradient_clip", "lr_warmup_epochs", "start_from", "start_from_id")
    tree = {key: value for key, value in to_dict(preset("table1")).items() if key not in newer}
    tree["objective"] = {k: v for k, v in tree["objective"].items() if k not in ("beta_schedule", "beta_cycles", "free_bits")}
    made = loads(json.dumps(tree))
    assert made == preset("table1")
    assert {get(made, path) for path in newer} == {0, ""}
    assert (made.settings.objective.beta_schedule, made.settings.objective.free_bits) == ("linear", 0.0)


def test_words_of_set_are_read_as_their_types() -> None:
    made = changed(
        TrainConfig(),
        {"data.mirror": "yes", "epochs": "7", "objective.beta": "0.5", "data.crop": "1,2,3,4", "data.source": "5"},
    )
    assert made.data.mirror is True
    assert (made.epochs, made.settings.objective.beta, made.data.crop, made.data.source) == (7, 0.5, "1,2,3,4", "5")
    assert changed(made, {"data.mirror": "off"}).data.mirror is False


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("data.mirror", "perhaps"),
        ("epochs", "1.0"),
        ("epochs", ""),
        ("objective.beta", "nan"),
        ("data.crop", "eyes"),
        ("data.crop", "3,3,3,9"),
        ("data.image_size", "100"),
        ("data.channels", "2"),
        ("epoch", "3"),
        ("data", "x"),
        ("data.", "x"),
    ],
)
def test_words_of_set_that_cannot_be(path: str, word: str) -> None:
    with pytest.raises(ConfigError) as caught:
        changed(TrainConfig(), {path: word})
    assert path in str(caught.value)


@given(st.sampled_from(sorted(path for path, kind in all_paths().items() if kind in (int, float))), st.floats(0, 1))
def test_every_range_holds_its_ends_and_nothing_beyond(path: str, share: float) -> None:
    low, high = all_settings()[path].low, all_settings()[path].high
    kind = all_paths()[path]
    top = min(high, 1e9)
    inside = kind(low + share * (top - low))
    tree = to_dict(TrainConfig())
    *parents, leaf = path.split(".")
    node = tree[parents[0]] if parents else tree
    for value, fine in ((kind(low), True), (inside, True), (kind(low) - 1, False)):
        node[leaf] = value
        if fine:
            assert get(from_dict(TrainConfig, tree), path) == value
        else:
            with pytest.raises(ConfigError):
                from_dict(TrainConfig, tree)


@pytest.mark.parametrize("name", [one.name for one in families()])
def test_every_number_has_a_range_and_every_setting_a_kind(name: str) -> None:
    known = all_settings(name)
    assert list(known) == list(all_paths(name))
    for path, kind in all_paths(name).items():
        assert kind in config.KINDS
        if kind in (int, float):
            assert math.isfinite(known[path].low)
            assert math.isfinite(known[path].high)
        if known[path].choices and kind is str:
            assert get(TrainConfig(family=name, settings=family(name).settings()), path) in known[path].choices


def test_crop() -> None:
    assert parse_crop("center") is None
    assert parse_crop("face") is None
    assert parse_crop("25,52,153,180") == (25, 52, 153, 180)
    for text in ("", "1,2,3", "a,b,c,d", "-1,0,5,5", "5,0,5,5", "0,9,5,9"):
        with pytest.raises(ConfigError):
            parse_crop(text)


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainConfig().epochs = 3  # type: ignore[misc]
