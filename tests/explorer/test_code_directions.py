"""A VQ-VAE that was really trained, in Explore: the smile is fitted, edits a face, is saved with it, and comes back with both."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.checkpoint import read_header
from core.config import DataConfig, preset, with_values
from core.data.dataset import load
from core.export.images import save_picture
from core.latent.looked_up import VECTORS
from explorer.document.loading import load_model
from explorer.explore.faces.column import VALIDATION
from explorer.explore.families.vq_vae import DIRECTIONS, CodesPane
from explorer.saving.pictures import session_recipe
from tests.explorer.explore_bench import Bench
from tests.helpers.runs import toy_folder, trained

TIMEOUT = 30_000
SMALL = {
    "data.image_size": 32, "data.source": str(toy_folder()), "batch_size": 8, "epochs": 4, "threads": 1, "precision": "fp32",
    "device": "cpu", "grid": 8, "codebook_size": 16, "code_dim": 4, "hidden": 16, "prior_epochs": 0,
}  # fmt: skip


@pytest.mark.long
def test_the_smile_is_fitted_moved_saved_and_opened_again(qtbot: QtBot, empty_bench: Bench, tmp_path: Path) -> None:
    run = trained(with_values(preset("codes"), SMALL), tmp_path / "run")
    place = tmp_path / "mine.safetensors"
    shutil.copy(run / "checkpoints" / "best.safetensors", place)
    bench, document = empty_bench, empty_bench.document
    document.set_data(load(DataConfig(source=str(toy_folder()), image_size=32)))
    document.set_model(load_model(place))
    bench.panel.faces.set_source(VALIDATION)
    with qtbot.waitSignal(bench.panel.face_painted, timeout=TIMEOUT):
        bench.panel.faces.choose(0)
    pane = bench.panel.own_panes["vq_vae"]
    assert isinstance(pane, CodesPane)
    pane.show_page(DIRECTIONS)
    sliders = pane.directions.sliders
    assert sliders is not None
    assert sliders.main_slider is None
    with qtbot.waitSignal(document.directions_changed, timeout=TIMEOUT):
        sliders.plain_button.click()
    smile = document.directions["smile"]
    assert smile.space == VECTORS
    assert 0.0 <= smile.auc <= 1.0
    (kept,) = read_header(place).directions  # in the model's own file
    assert kept["space"] == VECTORS

    before = document.edited_code()
    assert sliders.main_slider is not None
    with qtbot.waitSignal(bench.panel.face_painted, timeout=TIMEOUT):
        sliders.main_slider.value_changed.emit(150.0)
    after = document.edited_code()
    assert after is not None
    assert before is not None
    assert (after != before).any()
    model = document.model
    assert model is not None
    own = model.arithmetic()
    assert smile.position(own.vector(after)) > smile.position(own.vector(before))

    file = tmp_path / "smiling.png"
    save_picture(file, model.engine.decode(after[None])[0], session_recipe(document.session, "edit"))
    wanted = document.session
    document.reset_edits()
    document.set_model(None)
    document.set_model(load_model(place))  # as after a restart
    with qtbot.waitSignal(document.session_changed, timeout=TIMEOUT):
        bench.panel.faces.open_file(str(file))
    assert document.session == wanted
    np.testing.assert_array_equal(document.edited_code(), after)
    assert sliders.main_slider is not None
    assert sliders.main_slider.value == pytest.approx(150.0)
