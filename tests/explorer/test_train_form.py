"""The form of a run's settings: by the family, the data set, the preset and what the person set."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDoubleSpinBox, QSpinBox
from pytestqt.qtbot import QtBot

from core import checkpoint
from core.checkpoint import Header
from core.config import DataConfig, TrainConfig, get, preset, problems, to_dict, with_values
from core.data.sources import data_settings, preset_for
from core.errors import ConfigError
from core.families import registry
from core.families.base import Family
from core.families.registry import families
from core.runs.differences import ABSENT, differing
from core.runs.listing import RunSummary, read_config
from core.runs.queue import is_planned, series, series_name
from explorer.settings.store import SettingsStore
from explorer.settings.values import UiSettings
from explorer.train.coach import change_in_words
from explorer.train.column import WIDTH
from explorer.train.compared import difference_words
from explorer.train.memory import TrainMemory
from explorer.train.settings.fields import fields_of, presets_of
from explorer.train.settings.form import TrainSettings
from explorer.train.settings.names import setting_names
from explorer.widgets.elided_label import SENTENCES, ElidedLabel
from tests.explorer.test_train_panel import checkpoint_file, choose
from tests.explorer.train_bench import make_bench
from tests.helpers.fake_form_family import NAME, fake_family

FACES = DataConfig(source="/pictures/faces", image_size=128)
MNIST = data_settings("mnist:digits")
OF_MNIST = {"model.name": "mlp_vae", "model.latent_dim": 10, "whiten_every": 0, "objective.likelihood": "bernoulli"}


@pytest.fixture
def fake() -> Iterator[Family]:
    with fake_family() as family:
        yield family


@pytest.fixture
def form(qtbot: QtBot) -> TrainSettings:
    return shown_form(qtbot)


def shown_form(qtbot: QtBot) -> TrainSettings:
    made = TrainSettings()
    qtbot.addWidget(made)
    made.show()
    return made


def choose_item(box: QComboBox, text: str) -> None:
    box.setCurrentIndex(box.findText(text))


def test_a_setting_that_stands_in_the_way_is_seen_though_it_would_be_hidden(form: TrainSettings) -> None:
    form.set_data(replace(FACES, image_size=64), 500)
    choose_item(form._preset, "Sharp")
    form._more.set_open(True)
    choose_item(form._widgets["objective.likelihood"], "Bernoulli")
    assert not form.is_valid
    epochs, note = form._widgets["sharpen_epochs"], form._notes["sharpen_epochs"]
    assert epochs.isVisible()
    assert epochs.isEnabled()
    assert note.isVisible()
    assert "Gaussian" in note.text()
    epochs.setValue(0)
    assert form.is_valid
    assert not epochs.isVisible()
    choose_item(form._widgets["objective.likelihood"], "Gaussian")
    assert epochs.isVisible()


# -- data


def test_the_opened_pictures_decide_their_size_and_a_preset_leaves_it(form: TrainSettings) -> None:
    form.set_data(replace(FACES, image_size=64, limit=500, crop="face"), 500)
    for title in ("Table 1 (course)", "dSprites", "Quick"):
        choose_item(form._preset, title)
        assert form.config.data.image_size == 64
        assert form.config_for(form.config.data).data == replace(form.config.data, image_size=64, limit=500, crop="face")
        assert form.differences == ""
    form.set_data(FACES)
    choose_item(form._preset, "dSprites")
    assert not form.is_valid  # its network is for smaller ones, and the form says so
    assert form.more.is_open


def test_nothing_of_what_suited_other_pictures_stays(form: TrainSettings) -> None:
    form.set_data(MNIST)
    assert {path: get(form.config, path) for path in OF_MNIST} == OF_MNIST
    form.set_data(FACES)
    assert form.config == with_values(preset("quick"), {"data.source": FACES.source})
    assert form.differences == ""


def test_what_the_person_set_for_other_pictures_goes_where_the_preset_has_another_value_for_these(form: TrainSettings) -> None:
    """Two dimensions and a network that knows classes are for digits; beta and the seed are for either."""
    form.set_data(MNIST)
    form.set_values({"model.latent_dim": 2, "model.name": "conditional_vae", "objective.beta": 4.0, "seed": 7})
    assert form.differences == "Differs from Quick: network Conditional, latent size 2, beta 4, seed 7"
    form.set_data(replace(MNIST, limit=1000))  # the same kind
    assert form.config.settings.model.latent_dim == 2
    assert form.dropped == ""
    said: list[str] = []
    form.settings_dropped.connect(said.append)
    form.set_data(FACES)
    assert form.config == with_values(preset("quick"), {"data.source": FACES.source, "objective.beta": 4.0, "seed": 7})
    assert form.differences == "Differs from Quick: beta 4, seed 7"
    assert form.dropped == (
        "Set back to suit these pictures: network Convolutional (Table 1 of the course) instead of Conditional, "
        "latent size 128 instead of 2."
    )
    assert said == [form.dropped]
    form.set_data(replace(FACES, image_size=64))  # nothing more is dropped
    assert said == [form.dropped]
    form.set_values({"objective.beta": 2.0})
    assert form.dropped == "", "it is no news any more"


def test_an_earlier_run_on_other_pictures_stays_whole_with_them_and_leaves_nothing_with_others(form: TrainSettings) -> None:
    form.set_data(FACES)
    run = with_values(preset_for("quick", "mnist:digits"), {"epochs": 3, "model.latent_dim": 128})
    form.set_config(run)
    form.set_data(run.data)  # as they are read
    assert form.config == run
    form.set_config(run)
    form.set_data(FACES)
    form.set_config(run)  # and now its pictures are gone
    form.set_data(replace(FACES, source="/pictures/others"))
    assert form.config == with_values(preset("quick"), {"data.source": "/pictures/others", "epochs": 3})


def test_a_model_to_start_from_leaves_nothing_of_the_pictures_before(form: TrainSettings, tmp_path: Path) -> None:
    form.set_data(MNIST)
    form.set_values({"model.latent_dim": 2, "objective.beta": 2.0})
    form.start_from(str(checkpoint_file(tmp_path / "a.safetensors")))
    form.set_data(FACES)
    form.start_from("")
    assert form.config == with_values(preset("quick"), {"data.source": FACES.source, "objective.beta": 2.0})


def test_the_next_start_of_the_window_takes_up_what_was_set_for_such_pictures(qtbot: QtBot, form: TrainSettings) -> None:
    form.set_data(MNIST, 70_000)
    form.set_values({"model.latent_dim": 2, "objective.beta": 4.0})
    kept = form.config_to_keep()
    for data, expected in ((MNIST, "latent size 2, beta 4"), (FACES, "beta 4")):
        later = shown_form(qtbot)
        later.set_config(kept)
        assert later.differences == "Differs from Quick: latent size 2, beta 4"
        later.set_data(data)
        assert later.differences == f"Differs from Quick: {expected}"


def test_another_size_is_asked_for(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path)
    form = bench.panel.settings_form
    with qtbot.waitSignal(bench.panel.pictures_requested) as requested:
        form.set_values({"data.image_size": 64})  # as the coach may
    assert requested.args[0] == replace(bench.document.data.config, image_size=64)
    assert form.config.data.image_size == 128  # until they are read
    bench.document.open(image_size=64)
    assert form.config.data.image_size == 64


def test_a_run_is_duplicated_with_its_pictures_as_they_were(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path)
    data = bench.document.data.config
    asked: list[DataConfig] = []
    bench.panel.pictures_requested.connect(asked.append)
    for wanted in (data, replace(data, image_size=64), replace(data, limit=9)):
        run = with_values(preset("quick"), {})
        run = replace(run, data=replace(wanted, mirror=False))
        bench.panel.plans.duplicate(RunSummary(tmp_path / "x", "x", "finished", config=run))
    assert [(one.image_size, one.limit) for one in asked] == [(64, 0), (128, 9)]


# -- the line by Start


def test_what_differs_from_the_preset_stands_by_start(qtbot: QtBot, tmp_path: Path) -> None:
    panel = make_bench(qtbot, tmp_path).panel
    form, line = panel.settings_form, panel.run_box.difference
    assert line.whole_text == ""
    form.set_values({"model.latent_dim": 64, "data.mirror": False, "early_stopping": 6, "lr_schedule": "linear"})
    said = "Differs from Quick: latent size 64, rate schedule Linear, early stopping 6 epochs, mirror pictures off"
    assert line.whole_text == said == line.accessibleName()
    assert (line.text().replace("\n", " "), line.toolTip()) == (said, ""), "it takes two lines"
    form.set_values({"epochs": 7, "batch_size": 16, "seed": 9})
    assert line.text().endswith("…")
    assert line.whole_text in line.toolTip()
    form.reset_button.click()
    assert (line.whole_text, line.text(), line.toolTip()) == ("", "", "")
    latent = form.widget("model.latent_dim")
    assert isinstance(latent, QSpinBox)
    latent.setValue(2)
    assert line.whole_text == "Differs from Quick: latent size 2"
    choose_item(form._preset, "Table 1 (course)")
    assert line.whole_text == "The preset Table 1 (course) has replaced your settings: latent size 128 instead of 2."
    choose_item(form._preset, "Sharp")
    assert line.whole_text == "", "nothing of the person's was replaced"
    choose_item(form._preset, "Table 1 (course)")
    form.start_from(str(checkpoint_file(tmp_path / "grey.safetensors")))
    assert line.whole_text == "Differs from Table 1 (course): starts from grey"


def test_what_other_pictures_set_back_stands_by_start_and_in_a_message(qtbot: QtBot, tmp_path: Path) -> None:
    bench = make_bench(qtbot, tmp_path)
    form, line = bench.panel.settings_form, bench.panel.run_box.difference
    form.set_data(MNIST)
    form.set_values({"model.latent_dim": 2})
    bench.document.open()
    said = "Set back to suit these pictures: latent size 128 instead of 2."
    assert line.whole_text.startswith(said)
    assert said in [message.text for message in bench.messages]
    beta = form.widget("objective.beta")
    assert isinstance(beta, QDoubleSpinBox)
    beta.setValue(4.0)
    assert line.whole_text == "Differs from Quick: beta 4"


def test_one_of_a_kind_is_no_plural(form: TrainSettings) -> None:
    """ "1 picture", "1 epoch", in the fields and in what differs."""
    form.set_values({"batch_size": 1, "objective.beta_warmup_epochs": 1, "early_stopping": 1})
    assert form.widget("batch_size").text() == "1 picture"  # type: ignore[attr-defined]
    assert form.widget("early_stopping").text() == "1 epoch"  # type: ignore[attr-defined]
    assert "batch size 1 picture" in form.differences
    form.widget("batch_size").setValue(2)  # type: ignore[attr-defined]
    assert form.widget("batch_size").text() == "2 pictures"  # type: ignore[attr-defined]
    assert change_in_words({"epochs": 1, "early_stopping": 1}) == "1 epoch, early stopping after 1 epoch"
    assert change_in_words({"model.kernel_size": 3}) == "kernel size 3"


def test_a_line_is_cut_where_there_is_no_room(qtbot: QtBot) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.show()
    label.set_text("a & b <c> and quite a lot more")
    assert label.text().endswith("…")
    assert "a &amp; b &lt;c&gt; and quite a lot more" in label.toolTip()
    label.resize(600, 20)
    assert (label.text(), label.toolTip()) == ("a & b <c> and quite a lot more", "")


def test_a_text_of_several_lines_keeps_its_place_its_ending_and_whole_parts(qtbot: QtBot) -> None:
    label = ElidedLabel(lines=2, between=SENTENCES)
    qtbot.addWidget(label)
    wide = label.fontMetrics().horizontalAdvance
    label.resize(wide("Differs from Quick: latent"), 40)
    label.show()
    height = label.minimumSizeHint().height()
    label.set_text("Differs from Quick: latent size 32.")
    assert (label.text(), label.toolTip()) == ("Differs from Quick: latent\nsize 32.", "")
    label.set_text("Differs from Quick: latent size 32, epochs 3, seed 9.", "About 1 min.")
    first, last = label.text().split("\n")
    assert re.fullmatch(r"Differs from Quick.*…", first)
    assert last == "About 1 min.", "the ending is in sight whatever is before it"
    assert "seed 9. About 1 min." in label.toolTip()
    label.set_text("About 15 minutes on two cores. Start here. And so on.")
    assert label.text() == "About 15 minutes on two\ncores. Start here.", "a sentence that doesn't fit is left out whole"
    assert "And so on." in label.toolTip()
    assert label.minimumSizeHint().height() == label.sizeHint().height() == height
    label.set_lines(1)
    label.resize(wide("Differs from Quick: latent"), 20)
    label.set_text("Differs from Quick: latent size 32, epochs 3, seed 9.", "About 1 min.")
    assert re.fullmatch(r"Differs.*… About 1 min\.", label.text())
    assert label.minimumSizeHint().height() < height


def test_what_a_preset_is_isnt_cut_within_a_sentence(qtbot: QtBot, form: TrainSettings) -> None:
    for kind in families():
        form.set_family(kind.name)
        for one in kind.presets:
            choose_item(form._preset, one.title)
            form.setFixedWidth(WIDTH)
            form.show()
            QApplication.processEvents()
            assert not form._about.text().endswith("…"), one.name


def test_a_choice_brings_what_it_asks_for_and_takes_it_back(form: TrainSettings) -> None:
    """No axes turn under a VampPrior: choosing it made the form refuse to start, under Quick as well."""
    prior, turns = form.widget("prior"), form.widget("whiten_every")
    assert isinstance(prior, QComboBox)
    assert isinstance(turns, QSpinBox)
    usual, at_first = turns.value(), prior.currentText()
    assert usual > 0
    choose_item(prior, "VampPrior")
    assert turns.value() == 0
    assert form.is_valid
    choose_item(prior, at_first)
    assert turns.value() == usual
    assert form.differences == ""
    turns.setValue(usual + 1)  # the person's own stays, and is named
    choose_item(prior, "VampPrior")
    assert turns.value() == usual + 1
    assert not form.is_valid


def test_epochs_of_further_phases_stand_behind_the_others(form: TrainSettings) -> None:
    """A run that counts "epoch 2 of 4" is set up as "3 + 1": half as many more, unless others are set."""
    epochs = form.widget("epochs")
    assert isinstance(epochs, QSpinBox)
    assert "+" not in epochs.text()
    choose_item(form._preset, "Sharp")
    epochs.setValue(3)
    assert epochs.text() == "3 + 1"
    assert form.differences == "Differs from Sharp: epochs 3"
    epochs.setFocus()
    epochs.selectAll()
    QTest.keyClicks(epochs, "150")
    QTest.keyClick(epochs, Qt.Key.Key_Return)
    assert epochs.text() == "150 + 72"
    form.set_values({"epochs": 50})
    assert epochs.text() == "50 + 24"
    assert "Then come 24 epochs for sharpening, as set under More settings: 74 in all." in epochs.toolTip()
    form.set_data(FACES, 500)
    assert epochs.text() == "50 + 24"
    form.set_values({"sharpen_epochs": 2})
    epochs.setValue(6)
    assert epochs.text() == "6 + 2", "what a person chose stays"
    form.reset_button.click()
    assert epochs.text() == "25 + 12"
    choose_item(form._preset, "Quick")
    assert epochs.text() == "25"
    assert "sharpening" not in epochs.toolTip()


# -- families


def test_what_was_typed_for_a_kind_of_model_comes_back_with_it(form: TrainSettings) -> None:
    form.set_data(FACES, 500)
    usual = form.config.epochs
    for path, value in (("epochs", 6), ("objective.beta", 8.0)):
        form.widget(path).setValue(value)  # type: ignore[attr-defined]
    choose_item(form._model, "VQ-VAE")
    form.widget("grid").setValue(32)  # type: ignore[attr-defined]
    assert form.config.epochs != 6
    choose_item(form._model, "VAE")
    assert (form.config.preset, form.config.epochs, form.config.settings.objective.beta) == ("quick", 6, 8.0)
    assert form.widget("epochs").value() == 6  # type: ignore[attr-defined]
    assert form.differences == "Differs from Quick: beta 8, epochs 6"
    choose_item(form._model, "VQ-VAE")
    assert form.config.settings.grid == 32
    choose_item(form._model, "VAE")
    said: list[str] = []
    form.settings_dropped.connect(said.append)
    choose_item(form._preset, "Sharp")  # which is asked to replace them
    assert form.config.settings.objective.beta == 1.0
    assert (
        said
        == [form.dropped]
        == [f"The preset Sharp has replaced your settings: beta 1 instead of 8, epochs {form.config.epochs} instead of 6."]
    )
    assert form.config.epochs == usual
    choose_item(form._model, "VQ-VAE")
    choose_item(form._model, "VAE")
    assert (form.config.preset, form.differences) == ("sharp", "")


def test_what_was_typed_for_a_kind_of_model_and_other_pictures_is_set_back_aloud(form: TrainSettings) -> None:
    form.set_data(MNIST)
    form.set_values({"model.latent_dim": 2, "objective.beta": 4.0})
    choose_item(form._model, "VQ-VAE")
    form.set_data(FACES)
    choose_item(form._model, "VAE")
    assert (form.config.settings.model.latent_dim, form.config.settings.objective.beta) == (128, 4.0)
    assert form.dropped == "Set back to suit these pictures: latent size 128 instead of 2."


def test_one_family_alone_is_no_choice(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "PLACES", {"vae": registry.PLACES["vae"]})
    form = shown_form(qtbot)
    assert not form._model.isVisible()
    assert form._preset.isVisible()


@pytest.mark.parametrize("name", [one.name for one in families()])
def test_every_family_has_a_form(name: str, form: TrainSettings) -> None:
    form.set_family(name)
    form.more.set_open(True)
    assert set(form._widgets) == {field.path for field in fields_of(name)}
    assert len({field.label for field in fields_of(name)}) == len(fields_of(name))
    for preset_name, _, _ in presets_of(name):
        form._preset.setCurrentIndex(form._preset.findData(preset_name))
        assert form.config == preset(preset_name)
        assert (form.is_valid, form.differences) == (True, "")
    for field in fields_of(name):
        assert len(field.tooltip) > 40, field.path
        value = with_values(form.config, {field.path: str(get(form.config, field.path))})  # what it shows can be said
        assert value == form.config


def test_another_family_begins_with_its_first_preset_and_leaves_it_nothing(form_of_two: TrainSettings, tmp_path: Path) -> None:
    form = form_of_two
    assert form._model.isVisible()
    form.set_data(MNIST)
    form.set_values({"model.latent_dim": 3, "seed": 5})
    form.start_from(str(checkpoint_file(tmp_path / "a.safetensors")))
    form.more.set_open(True)
    choose_item(form._model, "Fake")
    assert (form.config.family, form.config.preset, form.config.settings.grid) == (NAME, "fake_quick", 8)  # what suits digits
    assert (form.config.start_from, form.config.seed, form.config.data.image_size) == ("", 0, 32)
    assert form.differences == ""
    assert [form._preset.itemText(n) for n in range(form._preset.count())] == ["Fast codes", "Long codes"]
    assert form._about.text() == "A model of codes in minutes."
    shown = {field.path for field in fields_of(NAME) if form.widget(field.path).isVisible()}
    assert shown == {field.path for field in fields_of(NAME)}
    assert not {"model.latent_dim", "objective.beta"} & set(form._widgets)
    choose_item(form._preset, "Long codes")
    assert form.config.settings.codebook_size == 512
    form.set_data(FACES)
    assert form.config.settings.grid == 16
    choose(form, "update", "gradient")
    assert form.differences == "Differs from Long codes: codebook update Gradient"
    choose_item(form._model, "VAE")
    assert form.config == with_values(preset("quick"), {"data.source": FACES.source, "seed": 5})
    assert form.widget("model.latent_dim").isVisible()


@pytest.fixture
def form_of_two(qtbot: QtBot, fake: Family) -> TrainSettings:
    return shown_form(qtbot)


def test_the_keyboard_goes_through_the_fields_from_above(form_of_two: TrainSettings, qtbot: QtBot) -> None:
    form = form_of_two
    for _ in range(2):
        choose_item(form._model, "Fake" if form.config.family == "vae" else "VAE")
    order = [form._model, form._preset, form.start_choice]
    order += [form.widget(path) for path in ("epochs", "model.latent_dim", "objective.beta")]
    order[0].setFocus()
    for widget in order[1:]:
        previous = form.focusWidget()
        assert previous is not None
        qtbot.keyClick(previous, Qt.Key.Key_Tab)
        assert form.focusWidget() is widget


def test_a_rule_of_a_family_is_said_at_its_field_and_on_the_command_line(form_of_two: TrainSettings) -> None:
    form = form_of_two
    choose_item(form._model, "Fake")
    grid = form.widget("grid")
    assert isinstance(grid, QSpinBox)
    grid.setValue(24)
    assert not form.is_valid
    sentence = "Pictures of 128 px can't be cut into 24 parts a side."
    assert form._notes["grid"].text() == sentence
    with pytest.raises(ConfigError, match=sentence) as caught:
        with_values(preset("fake_quick"), {"grid": 24})
    assert caught.value.hint == "Use --set grid=16."
    form.more.set_open(True)
    form.set_training_pictures(10)
    assert "10 training pictures" in form._notes["batch_size"].text()
    assert [one.path for one in problems(form.config, 10).wrong] == ["grid"]


def test_an_earlier_run_of_another_family_fills_its_own_form(form_of_two: TrainSettings) -> None:
    form = form_of_two
    run = with_values(preset("fake_long"), {"grid": 32, "data.source": "/pictures/faces"})
    form.set_config(run)
    assert form._model.currentText() == "Fake"
    grid = form.widget("grid")
    assert isinstance(grid, QSpinBox)
    assert grid.value() == 32
    form.set_data(run.data)
    assert form.config == run


def test_a_model_of_another_family_is_no_start(form_of_two: TrainSettings, tmp_path: Path) -> None:
    config = preset("fake_quick")
    path = tmp_path / "codes.safetensors"
    checkpoint.save(path, Header("", config, (3, 128, 128), data={"name": "x"}, epoch=7), {})
    form = form_of_two
    form.start_from(str(path))
    assert form._notes["start_from"].text() == "That model is a Fake; these settings are for a VAE."
    assert not form.is_valid
    choose_item(form._model, "Fake")
    form.start_from(str(path))
    assert form._notes["start_from"].text() == "Epoch 7, 128 px, grid 16. Its sizes stay what they are."
    assert form.is_valid
    assert not form.widget("grid").isEnabled()


def test_what_was_remembered_of_a_family_that_is_gone_is_passed_over(qtbot: QtBot, form: TrainSettings) -> None:
    with fake_family():
        kept = json.dumps(to_dict(with_values(preset("fake_long"), {"grid": 8})))
        first = shown_form(qtbot)
        TrainMemory(first, SettingsStore(UiSettings(train_settings=kept)))
        assert first.config.settings.grid == 8
    TrainMemory(form, SettingsStore(UiSettings(train_settings=kept)))
    assert form.config == preset("quick")


@pytest.mark.long
def test_a_series_goes_through_a_setting_of_the_family(qtbot: QtBot, tmp_path: Path, fake: Family) -> None:
    bench = make_bench(qtbot, tmp_path)
    panel, box = bench.panel, bench.panel.run_box.series
    assert (box.setting.currentText(), box.values.text()) == ("Beta (β)", "1, 4, 8")
    panel.settings_form.set_family(NAME)
    qtbot.mouseClick(panel.run_box.series_button, Qt.MouseButton.LeftButton)
    assert box.setting.currentText() == "Grid"  # its first number in sight that is its own
    paths = {box.setting.itemData(n) for n in range(box.setting.count())}
    assert "codebook_size" in paths
    assert "objective.beta" not in paths
    box.values.setText("8, 32")
    assert "celeba-grid-8, celeba-grid-32" in box._note.text()
    with qtbot.waitSignal(bench.job.step_reported, timeout=8000):
        qtbot.mouseClick(box.plan_button, Qt.MouseButton.LeftButton)
    assert bench.job.folder == bench.root / "celeba-grid-8"
    assert is_planned(bench.root / "celeba-grid-32")
    planned = read_config(bench.root / "celeba-grid-32")
    assert planned is not None
    assert (planned.family, planned.settings.grid, planned.preset) == (NAME, 32, "fake_quick")


def test_every_choice_can_be_read_whole(qtbot: QtBot, form: TrainSettings) -> None:
    form.more.set_open(True)
    form.resize(WIDTH, form.sizeHint().height())
    qtbot.waitUntil(lambda: len(form.findChildren(QComboBox)) > 8)
    QApplication.processEvents()
    boxes = [box for box in form.findChildren(QComboBox) if box.isVisibleTo(form)]
    assert [box.accessibleName() for box in boxes if box.width() < box.sizeHint().width()] == []


def test_runs_of_two_families_are_told_apart(fake: Family) -> None:
    configs: list[TrainConfig | None] = [preset("fake_quick"), with_values(preset("fake_quick"), {"grid": 8}), None]
    assert difference_words(configs) == ["grid 16", "grid 8", ""]
    apart = differing([preset("fake_quick"), preset("quick")])
    assert (apart[0]["family"], apart[1]["family"]) == ("Fake", "VAE")
    assert (apart[0]["grid"], apart[1]["grid"], apart[0]["model.latent_dim"]) == ("16", ABSENT, ABSENT)
    words = difference_words([preset("fake_quick"), preset("quick")])
    assert words[0].startswith("epochs 12, grid 16, ")  # what both have comes first, in one order for both
    assert words[1].startswith("epochs 25, latent size 128, beta 1, ")
    assert setting_names()["codebook_size"] == "codebook size"
    assert [series_name("x", "grid", each) for each in series(preset("fake_quick"), "grid", "4 8")] == ["x-grid-4", "x-grid-8"]


def test_the_sides_of_a_cyclegan_are_chosen_among_the_opened_pictures_kinds(form: TrainSettings) -> None:
    form.set_family("cycle_gan")
    first, second = form.widget("side_a"), form.widget("side_b")
    assert isinstance(first, QComboBox)
    assert isinstance(second, QComboBox)
    assert [first.itemText(place) for place in range(first.count())] == ["By folder"]
    form.set_names(("non_smile", "smile", "male", "not male"))
    assert first.count() == 5
    choose_item(second, "male")
    assert (form.config.settings.side_a, form.config.settings.side_b) == ("", "male")
    choose_item(first, "male")
    assert not form.is_valid
    assert form._notes["side_b"].text() == "Both sides are male: there is nothing to translate."
    choose_item(first, "not male")
    assert form.is_valid
    form.set_names(("a", "b"))  # other pictures: what was chosen stays, for the person to see
    assert (first.currentText(), second.currentText()) == ("not male", "male")
    form.set_config(with_values(form.config, {"side_a": "b", "side_b": ""}))
    assert (first.currentData(), second.currentData()) == ("b", "")
