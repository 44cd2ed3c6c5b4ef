"""What sets runs apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest

from core.config import all_paths, all_settings, preset, with_values
from core.families.registry import families
from core.runs import differences
from core.runs.differences import ABSENT, NOTHING, differing, named, ranked, shared, short_text
from core.setting import Setting


def test_only_what_differs_is_named_and_what_says_most_comes_first() -> None:
    base = preset("quick")
    found = differing([base, with_values(base, {"objective.beta": 4, "epochs": 1500}), with_values(base, {"data.mirror": False})])
    assert [list(each) for each in found] == [["objective.beta", "epochs", "data.mirror"]] * 3
    assert found[0] == {"objective.beta": "1", "epochs": "25", "data.mirror": "on"}
    assert found[1] == {"objective.beta": "4", "epochs": "1,500", "data.mirror": "on"}
    assert found[2]["data.mirror"] == "off"


def test_only_settings_that_do_something_are_told() -> None:
    """Of two families: no discriminator of FactorVAE, no hidden layers of a network that has none."""
    vae, other = with_values(preset("quick"), {"objective.beta": 8.0, "epochs": 6}), preset("codes")
    first, second = differing([vae, with_values(vae, {"objective.beta": 1.0}), other])[::2]
    assert next(iter(first)) == "family"
    assert {"objective.beta", "epochs", "model.latent_dim", "grid", "codebook_size"} < set(first)
    assert list(first).index("objective.beta") < list(first).index("epochs") < list(first).index("model.name")
    assert (first["objective.beta"], second["objective.beta"], first["grid"], second["grid"]) == ("8", ABSENT, ABSENT, "16")
    without_effect = {"objective.capacity", "objective.gamma", "objective.dip_weight", "model.hidden_layers", "hidden"}
    assert not without_effect & set(first)
    assert len(first) < 16
    wider = differing([vae, with_values(other, {"hidden": 128})])
    assert [each["hidden"] for each in wider] == [ABSENT, "128"]  # not as the preset has it


def test_a_setting_of_another_objective_is_none_of_a_runs() -> None:
    plain = with_values(preset("quick"), {"objective.gamma": 20.0})  # which Beta-VAE doesn't use
    factor = with_values(preset("quick"), {"objective.name": "factor_vae", "whiten_every": 0})
    assert "objective.gamma" not in differing([plain, preset("quick")])[0]
    assert "objective.gamma" not in differing([plain, factor])[0]  # as the preset has it: the objective says enough
    apart = differing([plain, factor, with_values(factor, {"objective.gamma": 50.0})])
    assert [each["objective.gamma"] for each in apart] == [ABSENT, "35", "50"]


def test_no_two_settings_have_one_name() -> None:
    configs = [preset(one.presets[0].name) for one in families()]
    paths = dict.fromkeys(path for config in configs for path in all_paths(config.family) if path != "start_from_id")
    names = [named(path, configs) for path in paths]
    assert [name for name in names if names.count(name) > 1] == []


def test_the_work_grows_as_the_number_of_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of 300 runs took half a second on the window's thread."""
    asked = Counter[int]()

    def work_for(count: int) -> int:
        def known(name: str) -> Mapping[str, Setting]:
            asked[count] += 1
            return all_settings(name)

        base = preset("quick")
        with monkeypatch.context() as patch:
            patch.setattr(differences, "all_settings", known)
            assert len(differing([with_values(base, {"seed": n, "epochs": n + 1}) for n in range(count)])[0]) == 2
        return asked[count]

    assert work_for(40) <= 2.2 * work_for(20)


def test_one_run_and_equal_runs_differ_in_nothing() -> None:
    assert differing([]) == []
    assert differing([preset("quick")]) == [{}]
    assert differing([preset("quick"), preset("quick")]) == [{}, {}]


def test_folders_go_by_their_names_with_what_tells_them_apart() -> None:
    def texts(*sources: str) -> list[str]:
        configs = [with_values(preset("quick"), {"data.source": source}) for source in sources]
        return [each["data.source"] for each in differing(configs)]

    assert texts("/a/celeba", "demo") == ["celeba", "drawn faces"]
    assert texts("/a/faces", "/b/faces", "/c/cats") == ["a/faces", "b/faces", "cats"]
    assert texts("/x/1/faces", "/y/1/faces") == ["x/1/faces", "y/1/faces"]
    assert texts("C:\\pictures\\faces", "") == ["faces", NOTHING]
    assert texts("/home/me/demo", "/home/me/cats") == ["demo", "cats"]
    assert texts("/home/me/demo", "demo") == ["me/demo", "drawn faces"]
    assert texts("./sprites", "sprites", "demo") == ["./sprites", "drawn shapes", "drawn faces"]


def test_a_folder_of_a_built_in_name_is_told_as_a_folder() -> None:
    for source, text in {"/home/me/demo": "demo", "demo": "drawn faces", "/home/me/sprites": "sprites"}.items():
        configs = [with_values(preset("quick"), {"data.source": source})] * 2
        assert shared(configs)["data.source"] == text


def test_a_checkpoint_goes_by_its_run() -> None:
    assert short_text("/runs/faces-1/checkpoints/best.safetensors") == "faces-1"
    assert short_text(0.0015) == "0.0015"
    assert short_text(True) == "on"


def test_the_id_behind_a_start_is_said_only_where_the_name_does_not_tell() -> None:
    plain = preset("quick")
    tuned = with_values(plain, {"start_from": "faces", "start_from_id": "abc"})
    assert differing([plain, tuned]) == [{"start_from": "none"}, {"start_from": "faces"}]
    again = with_values(tuned, {"start_from_id": "def"})
    assert differing([tuned, again]) == [{"start_from_id": "abc"}, {"start_from_id": "def"}]


def test_what_is_told_of_settings_that_all_share() -> None:
    first = with_values(preset("quick"), {"data.limit": 300, "objective.beta": 4.0})
    told = shared([first, with_values(first, {"batch_size": 7})])
    assert (told["data.limit"], told["objective.beta"]) == ("300", "4")
    assert "batch_size" not in told
    assert "data.limit" not in shared([preset("quick")] * 2)  # 0 would say nothing


def test_no_limit_is_all_pictures() -> None:
    configs = [with_values(preset("quick"), {"data.limit": limit}) for limit in (0, 200)]
    assert [shown["data.limit"] for shown in differing(configs)] == ["all", "200"]


def test_values_are_said_as_the_form_offers_them() -> None:
    quick = preset("quick")
    other = with_values(preset("table1"), {"model.name": "skip_vae", "objective.likelihood": "bernoulli"})
    first, second = differing([quick, other])
    assert (first["preset"], second["preset"]) == ("Quick", "Table 1 (course)")
    assert (first["model.name"], second["model.name"]) == (
        "Convolutional (Table 1 of the course)",
        "Convolutional with a linear shortcut",
    )
    assert shared([quick])["model.name"] == first["model.name"]
    assert (shared([quick])["data.image_size"], shared([quick])["data.valid_fraction"]) == ("128 px", "20 %")
    for one in families():
        configs = [preset(known.name) for known in one.presets]
        values = {text for each in [*differing(configs), shared(configs[:1])] for text in each.values()}
        assert [text for text in values if "_" in text] == []


def test_settings_have_names_for_people() -> None:
    """No table says `objective.beta`: every setting has a label, or a name of its own."""
    assert named("objective.beta", [preset("quick")]) == "beta"
    assert named("data.limit", [preset("quick")]) == "pictures"
    for one in families():
        config = preset(one.presets[0].name)
        names = {path: named(path, [config]) for path in all_paths(one.name) if path != "start_from_id"}
        assert [path for path, name in names.items() if "." in name or "_" in name] == []


def test_what_says_most_of_a_run_ranks_first() -> None:
    sharp = with_values(preset("sharp"), {"objective.beta": 4.0, "epochs": 3, "seed": 7})
    ranks = ranked(sharp)
    order = sorted(ranks, key=lambda path: ranks[path])
    assert order[:5] == ["sharpen_epochs", "preset", "objective.beta", "epochs", "seed"]
    usual = ["model.latent_dim", "learning_rate", "family"]  # as the preset has them
    assert [order.index(path) for path in usual] >= [5] * len(usual)
    assert min(ranks[path] for path in usual) > ranks["seed"]
    unknown = replace(sharp, preset="of a later version")
    assert ranked(unknown)["objective.beta"] < ranked(unknown)["epochs"] < ranked(unknown)["seed"]


def test_a_phase_is_called_alike_everywhere() -> None:
    assert named("prior_epochs", [preset("codes")]) == "epochs for the prior over the codes"
    assert named("sharpen_epochs", [preset("sharp")]) == "epochs for sharpening"
    assert named("epochs", [preset("codes")]) == "epochs"
