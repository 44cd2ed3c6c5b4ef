"""One edit for many files: any number of sliders, what can't be used is named, nothing is overwritten, and it can be cancelled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.data.photo import open_photo
from core.data.pictures import size_of
from core.data.sets.drawn.faces import draw_face
from core.data.sets.drawn.parameters import sample_parameters
from core.errors import Cancelled, CoreError
from core.export.images import save_picture
from core.export.names import OutputNames
from core.faces.alignment import Eyes
from core.latent.arithmetic import arithmetic
from core.latent.directions import Direction
from core.latent.session import Edit
from core.photo.batch_edit import BatchEdit, EditedFile, Outcome, edit_files
from core.photo.edit import place
from core.photo.part import EditView, in_srgb, part_around
from tests.helpers.fake_engine import LATENT_DIM, fake_model

EDITS = (Edit("direction", "smile", 200.0), Edit("direction", "glasses", -50.0), Edit("dimension", "3", 0.4))


def direction(name: str, axis: int) -> Direction:
    unit = np.zeros(LATENT_DIM, np.float32)
    unit[axis] = 1.0
    return Direction(name, unit, 0.2, -0.2, -0.5, 0.5, 0.4 * unit, "mean", "a test")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo with a face, one without, a file that is none, and a picture that is framed already."""
    folder = tmp_path_factory.mktemp("pictures")
    photo = np.full((400, 500, 3), 128, np.uint8)
    drawn = np.asarray(draw_face(sample_parameters(np.random.default_rng([3, 1])), 256))
    photo[70:326, 120:376] = drawn
    Image.fromarray(photo).save(folder / "me.png")
    Image.new("RGB", (300, 200), "grey").save(folder / "wall.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    Image.fromarray(drawn).resize((64, 64)).save(folder / "small.png")
    return folder


@pytest.fixture
def job() -> BatchEdit:
    known = {"smile": direction("smile", 0), "glasses": direction("glasses", 5)}
    return BatchEdit(fake_model().engine, EDITS, known)


def run(job: BatchEdit, files: list[Path], out: Path, **more: object) -> list[Outcome]:
    name = OutputNames(out, files, free=True)

    def save(file: Path, made: EditedFile) -> Path:
        path = name(file)
        save_picture(path, made.picture)
        return path

    return list(edit_files(job, files, save, **more))  # type: ignore[arg-type]


def test_each_is_edited_at_its_own_size_or_left_out_with_its_reason(job: BatchEdit, pictures: Path, tmp_path: Path) -> None:
    files = [pictures / name for name in ("me.png", "wall.png", "broken.jpg", "gone.png", "small.png")]
    told: list[tuple[str, int, int]] = []
    outcomes = run(job, files, tmp_path, progress=lambda *step: told.append(step))
    assert [outcome.output.name if outcome.output else None for outcome in outcomes] == ["me.png", None, None, None, "small.png"]
    assert "No face was found in wall.png" in outcomes[1].reason
    assert "broken.jpg can't be used" in outcomes[2].reason
    assert "gone.png" in outcomes[3].reason
    assert told[0] == ("me.png", 0, 5)
    assert told[-1] == ("", 5, 5)
    before, after = (open_photo(path).pixels for path in (files[0], tmp_path / "me.png"))
    assert before.shape == after.shape
    assert (before != after).any(2)[100:300, 150:350].any()
    assert (before == after)[:20].all()
    assert size_of((tmp_path / "small.png").read_bytes()) == (64, 64)


def test_all_sliders_count_and_the_recipe_says_them(job: BatchEdit, pictures: Path) -> None:
    made = job.made(pictures / "me.png")
    assert made.session.edits == EDITS
    anchor = made.session.anchor
    assert anchor is not None
    assert anchor.kind == "photo"
    assert anchor.reference.startswith("me.png#")
    face = place(open_photo(pictures / "me.png"), Eyes(anchor.eyes[:2], anchor.eyes[2:]), job.engine.header)  # type: ignore[arg-type]
    before = np.asarray(anchor.z, np.float32)
    wanted = face.edited(job.engine, before, arithmetic(job.engine.spaces).edited(before, EDITS, job.directions))
    assert np.array_equal(made.picture, wanted)
    assert job.made(pictures / "small.png").session.anchor.kind == "file"


def test_nothing_is_overwritten(job: BatchEdit, pictures: Path, tmp_path: Path) -> None:
    before = (pictures / "small.png").read_bytes()
    (tmp_path / "sub").mkdir()
    other = tmp_path / "sub" / "small.png"
    other.write_bytes(before)
    out = pictures  # where the pictures are themselves
    outcomes = run(job, [pictures / "small.png", other], out)
    assert [outcome.output.name for outcome in outcomes if outcome.output] == ["small-2.png", "small-3.png"]
    assert (pictures / "small.png").read_bytes() == before
    for name in ("small-2.png", "small-3.png"):
        (pictures / name).unlink()


def test_cancelled_what_is_written_stays(job: BatchEdit, pictures: Path, tmp_path: Path) -> None:
    def told(name: str, done: int, total: int) -> None:
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        run(job, [pictures / "small.png", pictures / "me.png"], tmp_path, progress=told)
    assert [path.name for path in tmp_path.iterdir()] == ["small.png"]


def test_what_is_no_single_files_fault_ends_it(job: BatchEdit, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CoreError, match="can't be written"):
        run(job, [pictures / "small.png"], tmp_path / "file")
    unknown = BatchEdit(job.engine, (Edit("direction", "hat", 10.0),), job.directions)
    with pytest.raises(CoreError, match="no direction 'hat'"):
        run(unknown, [pictures / "small.png"], tmp_path)


def test_a_part_around_the_face(job: BatchEdit, pictures: Path) -> None:
    photo = open_photo(pictures / "me.png")
    made = job.made(pictures / "me.png")
    anchor = made.session.anchor
    assert anchor is not None
    face = place(photo, Eyes(anchor.eyes[:2], anchor.eyes[2:]), job.engine.header)  # type: ignore[arg-type]
    part = part_around(face)
    before = np.asarray(anchor.z, np.float32)
    after = arithmetic(job.engine.spaces).edited(before, EDITS, job.directions)
    view = EditView.of_photo(job.engine, before, face)
    assert np.array_equal(view.picture(before), part.pixels)
    assert not np.array_equal(view.picture(after), part.pixels)
    small = part_around(face, most_side=100)
    assert max(small.pixels.shape[:2]) == 100
    edited = EditView.of_photo(job.engine, before, face, 100).picture(after).astype(int)
    large = Image.fromarray(view.picture(after)).resize(edited.shape[1::-1], Image.Resampling.BOX)
    assert np.abs(edited - np.asarray(large)).mean() < 3
    assert EditView(job.engine).picture(after).shape == (64, 64, 3)


def test_a_profile_becomes_srgb_where_a_file_has_no_place_for_it() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    same = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.abs(in_srgb(pixels, same).astype(int) - pixels).max() <= 2
    assert in_srgb(pixels, None) is pixels
    assert in_srgb(pixels, b"no profile") is pixels
