"""At its end a run has the direction that its pictures tell, or says why it has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.checkpoint import read_header
from core.events import Log
from core.training.loop import CHOOSE_CLASS
from tests.helpers.pictures import draw_folder, draw_picture
from tests.helpers.runs import run_events, tiny


def logs(source: Path, run: Path) -> list[str]:
    return [event.message for event in run_events(tiny(source, epochs=1), run) if isinstance(event, Log)]


def names(run: Path) -> list[str]:
    return [direction["name"] for direction in read_header(run / "checkpoints" / "best.safetensors").directions]


def test_a_column_smile_in_a_flat_folder_gives_its_direction(tmp_path: Path) -> None:
    rng, rows = np.random.default_rng(0), ["file;smile"]
    (tmp_path / "flat").mkdir()
    for number in range(16):
        draw_picture(number % 2 == 0, rng).save(tmp_path / "flat" / f"{number}.png")
        rows.append(f"{number}.png;{'no' if number % 2 else 'yes'}")
    (tmp_path / "flat" / "labels.csv").write_text("\n".join(rows[:-3]))
    assert logs(tmp_path / "flat", tmp_path / "run") == ["Fitting the direction 'smile' on all training pictures."]
    (direction,) = read_header(tmp_path / "run" / "checkpoints" / "best.safetensors").directions
    assert direction["name"] == "smile"
    assert direction["mean_with"] > direction["mean_without"]
    assert "labelled training pictures of flat" in direction["source"]
    again = run_events(tiny(tmp_path / "flat", epochs=1), tmp_path / "run", resume=True)
    assert [type(event).__name__ for event in again] == ["Log", "RunFinished"]  # nothing is left to do


def test_classes_that_do_not_tell_are_asked_about_and_named_at_the_end(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "abc", per_class=4)
    (folder / "smile").rename(folder / "a")
    (folder / "non_smile").rename(folder / "b")
    (folder / "c").mkdir()
    for file in sorted((folder / "a").iterdir())[:2]:
        file.rename(folder / "c" / file.name)
    (folder / "labels.csv").unlink()
    first, last = logs(folder, tmp_path / "run")
    assert first.startswith("The names of the classes a, b, c don't tell")
    assert first.endswith(CHOOSE_CLASS)
    assert last.startswith("No direction was fitted. The names of the classes a, b, c")
    assert names(tmp_path / "run") == []


def test_a_training_part_without_one_kind_is_said(tmp_path: Path) -> None:
    rng, pictures = np.random.default_rng(0), tmp_path / "celeba" / "img_align_celeba"
    pictures.mkdir(parents=True)
    lines, parts = ["Smiling"], []
    for number in range(8):
        draw_picture(number > 5, rng).save(pictures / f"{number:06d}.jpg")
        lines.append(f"{number:06d}.jpg {1 if number > 5 else -1}")
        parts.append(f"{number:06d}.jpg {int(number > 4)}")  # who smiles is in the validation part alone
    (tmp_path / "celeba" / "list_attr_celeba.txt").write_text("\n".join(lines))
    (tmp_path / "celeba" / "list_eval_partition.txt").write_text("\n".join(parts))
    said = logs(tmp_path / "celeba", tmp_path / "run")
    assert said[-1].startswith("No direction was fitted. No training picture with 'smile' is known.")
    assert names(tmp_path / "run") == []
