"""`colourise`: photos at their own size, with their own lightness; what the files say of themselves; mistakes of people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.checkpoint import find, load, read_header, shipped
from core.cli import run
from core.data.own_pictures import is_own
from core.data.photo import Photo, open_photo
from core.errors import Cancelled, ConfigError, DataError
from core.export.images import read_recipe, save_picture
from core.families.colouriser.edit import ColourEdit, GivenColour, read_edit
from core.families.colouriser.instrument import ColouriserInstrument
from core.families.colouriser.lab import chroma, lab_to_rgb, rgb_to_lab
from core.families.colouriser.photo import STRIP, PhotoColours, colour_point
from tests.helpers.origin import source_type
from tests.helpers.photos import photos_in, pixels_of, shapes, write
from tests.helpers.runs import run_events, shared_run, toy_folder

IPTC_WORD = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


@pytest.fixture(scope="module")
def model_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from core.config import preset, with_values

    values = {
        "data.source": str(toy_folder()), "data.image_size": 32, "batch_size": 8, "epochs": 12, "threads": 1, "precision": "fp32",
        "device": "cpu", "learning_rate": 0.004,
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("colouriser") / "run"
    run_events(with_values(preset("colour"), values), folder)
    return folder


@pytest.fixture(scope="module")
def model(model_run: Path) -> ColouriserInstrument:
    return ColouriserInstrument(load(find(str(model_run))))


def scene(height: int, width: int) -> np.ndarray:
    """A grey picture with shapes, uint8 (H, W, 3)."""
    grey = shapes(height, width)
    return np.repeat(grey.round().astype(np.uint8)[..., None], 3, axis=2)


def coloured_scene(height: int, width: int) -> np.ndarray:
    picture = scene(height, width)
    picture[: height // 2, :, 2] //= 2
    picture[height // 2 :, :, 0] //= 3
    return picture


def lab(pixels: np.ndarray) -> torch.Tensor:
    return rgb_to_lab(torch.from_numpy(np.array(pixels)).permute(2, 0, 1).double() / 255.0)


def go(folder: Path, *words: Any) -> int:
    return run(["colourise", "--checkpoint", str(folder), *map(str, words)])


# -- a photo's colours


def exactly(photo: np.ndarray, ab: torch.Tensor, strength: float) -> np.ndarray:
    """What the formulas say, without tables."""
    own = lab(photo)
    mixed = torch.cat((own[:1], own[1:] + strength * (ab - own[1:])))
    return (lab_to_rgb(mixed)[0] * 255.0).round().permute(1, 2, 0).numpy()


@pytest.mark.parametrize(("strength", "saturation"), [(1.0, 1.0), (0.4, 1.0), (1.0, 2.5), (0.7, 0.0)])
def test_it_is_what_the_formulas_say(model: ColouriserInstrument, strength: float, saturation: float) -> None:
    """At the model's own size, where nothing lies between its colours; a level here and there is the tables'."""
    photo = coloured_scene(32, 32)
    coloured = PhotoColours(Photo("x", photo), model).picture(strength, saturation)
    ab = torch.from_numpy(model.colours(lab(photo)[0].float().numpy())).double()
    difference = np.abs(coloured.picture.astype(np.float64) - exactly(photo, saturation * ab, strength))
    assert difference.max() <= 1.0
    assert difference.mean() < 0.02


def test_the_original_lightness_with_the_true_colours_is_the_original(
    model: ColouriserInstrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
    monkeypatch.setattr(model, "colours", lambda lightness, points: lab(photo)[1:].float().numpy())
    coloured = PhotoColours(Photo("x", photo), model).picture()
    assert np.abs(coloured.picture.astype(int) - photo).max() <= 1
    assert coloured.outside == 0.0


def test_strips_and_sizes_make_no_seams(model: ColouriserInstrument) -> None:
    """A photo of several strips: every row is what it is when the photo is one strip."""
    photo = scene(301, 1001)
    assert photo.shape[0] * photo.shape[1] > 3 * STRIP
    colours = PhotoColours(Photo("x", photo), model)
    whole = colours._at(colours._colours, 0, 301)
    for top, bottom in ((0, 65), (65, 130), (295, 301)):
        np.testing.assert_allclose(colours._at(colours._colours, top, bottom), whole[top:bottom], atol=1e-4)
    assert np.abs(np.diff(whole, axis=0)).max() < 6.0  # nothing jumps, 9 rows lie between two of the model's
    assert colours.picture().picture.shape == photo.shape


def halves(height: int, width: int) -> np.ndarray:
    """A darker and a lighter half that meet in the middle, grey, uint8 (H, W, 3)."""
    picture = np.full((height, width, 3), 90, np.uint8)
    picture[:, width // 2 :] = 180
    return picture


@pytest.mark.parametrize(("height", "width"), [(320, 320), (700, 1600)])
def test_colours_keep_to_their_side_of_an_edge(
    model: ColouriserInstrument, monkeypatch: pytest.MonkeyPatch, height: int, width: int
) -> None:
    """The model says red on the left and blue on the right, and something between in the pixels beside the edge."""

    def colours(lightness: np.ndarray, points: object) -> np.ndarray:
        across = lightness.shape[1]
        share = ((np.arange(across, dtype=np.float32) + 0.5 - across / 2) / 4.0 + 0.5).clip(0.0, 1.0)  # four pixels wide
        ab = np.stack((40.0 - 50.0 * share, 30.0 - 60.0 * share))
        return np.repeat(ab[:, None], len(lightness), axis=1).astype(np.float32)

    monkeypatch.setattr(model, "colours", colours)
    photo = PhotoColours(Photo("x", halves(height, width)), model)
    sides = np.array([[40.0, 30.0], [-10.0, -30.0]])
    near = width // 64  # pixels of the photo: one of the model's, or a little more

    def astray(picture: np.ndarray) -> float:
        """How far the colours beside the edge are from those of their side, in units of Lab."""
        ab = lab(picture)[1:].permute(1, 2, 0).numpy()
        left, right = ab[:, width // 2 - near : width // 2], ab[:, width // 2 : width // 2 + near]
        return float(np.mean([np.abs(left - sides[0]).mean(), np.abs(right - sides[1]).mean()]))

    enlarged, kept = photo.picture().picture, photo.picture(to_edges=True).picture
    assert astray(enlarged) > 15.0
    assert astray(kept) < 0.5 * astray(enlarged)
    far = np.abs(kept.astype(int) - enlarged)[:, : width // 8]
    assert far.max() <= 2  # where there is no edge they are what they were
    np.testing.assert_array_equal(photo.on(Photo("x", halves(height, width))).picture(to_edges=True).picture, kept)


def test_strips_that_keep_to_edges_make_no_seams(model: ColouriserInstrument) -> None:
    photo = scene(301, 1001)
    kept = PhotoColours(Photo("x", photo), model).picture(to_edges=True).picture
    exact = PhotoColours(Photo("x", photo), model)
    functions = exact._at(exact._functions(), 0, 301)
    y = ((lab(photo)[0] + 16.0) / 116.0).numpy()[..., None]
    ab = torch.from_numpy(functions[..., :2] * y + functions[..., 2:]).permute(2, 0, 1).double()
    assert np.abs(kept.astype(np.float64) - exactly(photo, ab, 1.0)).max() <= 1.0


def test_the_lightness_stays_where_the_gamut_allows_it(model: ColouriserInstrument) -> None:
    photo = scene(97, 143)
    coloured = PhotoColours(Photo("x", photo), model).picture(saturation=0.5)
    before, after = lab(photo)[0], lab(coloured.picture)[0]
    inside = (before > 40) & (before < 75)
    assert (after - before).abs()[inside].quantile(0.99) < 0.7  # 8 bits
    assert 0.0 <= coloured.outside < 0.5


def test_strength_and_saturation(model: ColouriserInstrument) -> None:
    photo = coloured_scene(48, 64)
    colours = PhotoColours(Photo("x", photo), model)
    np.testing.assert_array_equal(colours.picture(strength=0.0).picture, photo)
    grey = colours.picture(saturation=0.0).picture
    assert np.ptp(grey.astype(int), axis=-1).max() <= 1
    mean = [float(chroma(lab(colours.picture(saturation=one).picture)[1:]).mean()) for one in (0.5, 1.0, 2.0)]
    assert mean[0] < mean[1] < mean[2]
    assert colours.picture().picture is not photo


def test_colours_far_outside_are_clamped_and_counted(model: ColouriserInstrument, monkeypatch: pytest.MonkeyPatch) -> None:
    for a, b in ((110.0, 110.0), (-110.0, -110.0), (110.0, -110.0)):
        constant = np.array([a, b], np.float32)[:, None, None] * np.ones((1, 40, 40), np.float32)
        monkeypatch.setattr(model, "colours", lambda lightness, points, constant=constant: constant)
        for level in (0, 128, 255):
            photo = np.full((40, 40, 3), level, np.uint8)
            coloured = PhotoColours(Photo("x", photo), model).picture(saturation=3.0)
            assert coloured.outside == 1.0
            expected = exactly(photo, torch.tensor([3 * a, 3 * b], dtype=torch.float64)[:, None, None], 1.0)
            assert np.abs(coloured.picture - expected).max() <= 1.0


def test_a_person_may_let_the_model_see_it_larger(model: ColouriserInstrument) -> None:
    photo = Photo("x", scene(200, 300))
    small, larger = (PhotoColours(photo, model, side)._colours.shape for side in (0, 96))
    assert (small, larger) == ((32, 48, 2), (96, 144, 2))
    with pytest.raises(ConfigError, match="trained at 32"):
        PhotoColours(photo, model, 16)
    with pytest.raises(DataError, match="300 x 200 pixels"):
        PhotoColours(photo, model, 201)


def test_it_can_be_cancelled(model: ColouriserInstrument) -> None:
    def cancel(what: str, done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        PhotoColours(Photo("x", scene(40, 40)), model).picture(progress=cancel)


# -- the command


def test_many_photos_to_a_folder(model_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = photos_in(tmp_path / "photos", scene(61, 133), scene(80, 60)[..., 0])
    assert go(model_run, "--input", photos, "--out", tmp_path / "out", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert [Path(one["output"]).name for one in said["coloured"]] == ["grey.png", "wide.png"]
    assert all(0.0 <= one["out_of_gamut"] <= 1.0 for one in said["coloured"])
    for one in said["coloured"]:
        before, after = open_photo(one["input"]).pixels, pixels_of(Path(one["output"]))
        assert after.shape == before.shape
        assert (lab(after)[0] - lab(before)[0]).abs().mean() < 2.0
        assert chroma(lab(after)[1:]).mean() > 1.0


def test_what_the_files_say_of_themselves(model_run: Path, model: ColouriserInstrument, tmp_path: Path) -> None:
    photo = write(tmp_path / "me.jpg", scene(64, 64), quality=95)
    out = tmp_path / "out"
    assert go(model_run, "--input", photo, "--out", out, "--strength", 80, "--saturation", 120, "--side", 40) == 0
    recipe = read_recipe(out / "me.png")
    assert recipe is not None
    assert (recipe["what"], recipe["checkpoint"]) == ("colourise", model.id)
    assert (recipe["strength"], recipe["saturation"], recipe["side"]) == (80.0, pytest.approx(120.0), 40)
    assert "tmp" not in json.dumps(recipe)
    for kind, ending in (("png", "png"), ("jpeg", "jpg"), ("webp", "webp"), ("same", "jpg")):
        assert go(model_run, "--input", photo, "--out", out / kind, "--format", kind, "--mark") == 0
        path = out / kind / f"me.{ending}"
        assert source_type(path) == IPTC_WORD
        assert is_own(path)


def test_transparent_parts_stay_transparent(model_run: Path, tmp_path: Path) -> None:
    alpha = np.zeros((40, 50, 1), np.uint8)
    alpha[10:30, 10:40] = 200
    photo = write(tmp_path / "cut.png", np.concatenate((scene(40, 50), alpha), axis=2))
    assert go(model_run, "--input", photo, "--out", tmp_path / "out") == 0
    np.testing.assert_array_equal(pixels_of(tmp_path / "out" / "cut.png")[..., 3], alpha[..., 0])


@pytest.mark.parametrize("mode", ["CMYK", "L", "1", "I;16", "P", "LA"])
def test_pictures_of_any_mode(mode: str, model_run: Path, tmp_path: Path) -> None:
    image = Image.fromarray(scene(45, 39))
    converted = Image.fromarray(scene(45, 39)[..., 0].astype(np.uint16) * 257) if mode == "I;16" else image.convert(mode)
    path = tmp_path / ("photo.jpg" if mode == "CMYK" else "photo.png")
    converted.save(path)
    assert go(model_run, "--input", path, "--out", tmp_path / "out") == 0
    assert pixels_of(tmp_path / "out" / "photo.png").shape[:2] == (45, 39)


def test_a_photo_smaller_than_the_model(model_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = write(tmp_path / "small.png", scene(31, 200))
    assert go(model_run, "--input", small, "--out", tmp_path / "out") == 3
    assert "small.png is 200 x 31 pixels, and the model sees 32" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    exactly_as_large = write(tmp_path / "just.png", scene(32, 33))
    assert go(model_run, "--input", small, exactly_as_large, "--out", tmp_path / "out") == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["just.png"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--strength", "101"], "--strength is 101."),
        (["--strength", "nan"], "--strength is nan."),
        (["--saturation", "-1"], "--saturation is -1."),
        (["--saturation", "301"], "at most 300"),
        (["--side", "16"], "trained at 32"),
        (["--side", "4000"], "32 to 1024"),
    ],
)
def test_amounts_that_cannot_be(
    words: list[str], sentence: str, model_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = write(tmp_path / "photo.png", scene(40, 40))
    assert go(model_run, "--input", photo, "--out", tmp_path / "out", *words) == 3
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_things_that_are_no_photo_or_no_colouriser(model_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = write(tmp_path / "photo.png", scene(40, 40))
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    for given, sentence in ((text, "text.jpg can't be used"), (tmp_path / "none.png", "none.png"), (tmp_path / "empty", "empty")):
        (tmp_path / "empty").mkdir(exist_ok=True)
        assert go(model_run, "--input", given, "--out", tmp_path / "out") == 3
        assert sentence in capsys.readouterr().err
    other = shared_run()
    assert go(other, "--input", photo, "--out", tmp_path / "out") == 3
    assert "A VAE can't colour photos." in capsys.readouterr().err
    assert go(model_run, "--input", photo, "--out", tmp_path) == 3
    assert "it would be overwritten" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


# -- colour points, and an edit that is used again


@pytest.fixture(scope="module")
def pointed_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from core.config import preset, with_values

    values = {
        "data.source": str(toy_folder()), "data.image_size": 32, "batch_size": 8, "epochs": 2, "threads": 1, "precision": "fp32",
        "device": "cpu", "points": True, "network": "small", "loss": "mse",
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("pointed") / "run"
    run_events(with_values(preset("colour_vivid"), values), folder)
    return folder


def test_a_point_changes_the_colours_around_it_and_is_kept(pointed_run: Path, tmp_path: Path) -> None:
    photo = write(tmp_path / "photo.png", scene(64, 96))
    assert go(pointed_run, "--input", photo, "--out", tmp_path / "plain") == 0
    words = ["--point", "25,50,#d02020", "--point", "75,50,#2040d0", "--saturation", "150"]
    assert go(pointed_run, "--input", photo, "--out", tmp_path / "pointed", *words) == 0
    first, second = (next((tmp_path / name).iterdir()) for name in ("plain", "pointed"))
    assert not np.array_equal(pixels_of(first), pixels_of(second))
    recipe = read_recipe(second)
    assert recipe is not None
    assert recipe["points"] == [{"x": 0.25, "y": 0.5, "colour": "#d02020"}, {"x": 0.75, "y": 0.5, "colour": "#2040d0"}]
    assert read_edit(recipe, "x") == ColourEdit(
        100.0, 150.0, 0, (GivenColour(0.25, 0.5, "#d02020"), GivenColour(0.75, 0.5, "#2040d0"))
    )
    assert go(pointed_run, "--input", photo, "--out", tmp_path / "again", "--edit", second) == 0
    np.testing.assert_array_equal(pixels_of(next((tmp_path / "again").iterdir())), pixels_of(second))
    assert go(pointed_run, "--input", photo, "--out", tmp_path / "other", "--edit", second, "--saturation", "100") == 0
    other = read_recipe(next((tmp_path / "other").iterdir()))
    assert other is not None
    assert (other["saturation"], len(other["points"])) == (100.0, 2)


def test_edits_of_before_there_were_edges_stay_as_they_were(model_run: Path, tmp_path: Path) -> None:
    photo = write(tmp_path / "photo.png", scene(96, 96))
    paths = {}
    for name, words in {"kept": [], "crossed": ["--edges", "cross"]}.items():
        assert go(model_run, "--input", photo, "--out", tmp_path / name, *words) == 0
        paths[name] = next((tmp_path / name).iterdir())
    assert not np.array_equal(pixels_of(paths["kept"]), pixels_of(paths["crossed"]))
    recipes = {name: read_recipe(path) for name, path in paths.items()}
    assert recipes["kept"] is not None
    assert recipes["kept"]["edges"] is True
    assert recipes["crossed"] is not None
    assert "edges" not in recipes["crossed"]  # as in a file of an earlier version
    for name, path in paths.items():
        assert go(model_run, "--input", photo, "--out", tmp_path / f"{name}-again", "--edit", path) == 0
        np.testing.assert_array_equal(pixels_of(next((tmp_path / f"{name}-again").iterdir())), pixels_of(path))


def test_a_point_has_its_hue_and_not_its_lightness() -> None:
    point = colour_point(GivenColour(0.1, 0.2, "#c04030"))
    expected = lab(np.array([[[0xC0, 0x40, 0x30]]], np.uint8))[1:].flatten()
    torch.testing.assert_close(torch.tensor([point.a, point.b], dtype=torch.float64), expected, atol=1e-3, rtol=0.0)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--point", "30,55"], "isn't a place and a colour"),
        (["--point", "30,here,#ffffff"], "isn't a place and a colour"),
        (["--point", "30,55,red"], "'red' is no colour"),
        (["--point", "130,55,#ffffff"], "outside the photo"),
        (["--point", "nan,55,#ffffff"], "outside the photo"),
        (["--point", "30,55,#ffffff"], "takes no colour points"),
        (["--point", "1,1,#ffffff"] * 101, "101 colour points"),
        (["--edit", "photo.png"], "keeps no colours"),
        (["--edit", "none.png"], "none.png can't be read"),
        (["--edit", "damaged.png"], "is damaged"),
        (["--edit", "small.png"], "small.png was coloured with the photo seen at 8 pixels, and this model needs"),
    ],
)
def test_points_and_edits_that_cannot_be(
    words: list[str], sentence: str, model_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = write(tmp_path / "photo.png", scene(40, 40))
    save_picture(tmp_path / "damaged.png", scene(8, 8), {"what": "colourise", "strength": "full", "saturation": 100})
    save_picture(tmp_path / "small.png", scene(8, 8), {"what": "colourise", "strength": 100.0, "saturation": 100.0, "side": 8})
    given = [str(tmp_path / word) if word.endswith(".png") else word for word in words]
    assert go(model_run, "--input", photo, "--out", tmp_path / "out", *given) == 3
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "change",
    [{"strength": 101.0}, {"saturation": -1.0}, {"side": -3}, {"points": [{"x": 2.0, "y": 0.0, "colour": "#000000"}]},
     {"points": [{"x": 0.0, "y": 0.0}]}, {"points": 7}, {"strength": float("nan")}, {"saturation": True},
     {"edges": "yes"}, {"edges": 1},
     {"points": [{"x": 0.5, "y": 0.5, "colour": "#000000"}] * 101}],
)  # fmt: skip
def test_a_damaged_edit_gets_a_sentence(change: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="is damaged"):
        read_edit({"what": "colourise", "strength": 100.0, "saturation": 100.0} | change, "a.png")


def test_the_shipped_colouriser(tmp_path: Path) -> None:
    """It comes with the program, takes points, and gives a grey photo colours, mostly those of skin."""
    path = shipped()["colours"]
    assert path.stat().st_size < 8e6
    header = read_header(path)
    assert "non-commercial" in header.data["licence"]
    assert path.with_suffix(".md").is_file()
    photo = write(tmp_path / "photo.png", scene(80, 64))
    assert run(["colourise", "--checkpoint", "colours", "--input", str(photo), "--out", str(tmp_path / "a")]) == 0
    words = ["--point", "50,50,#2040d0", "--point", "20,20,#2040d0"]
    assert run(["colourise", "--checkpoint", "colours", "--input", str(photo), "--out", str(tmp_path / "b"), *words]) == 0
    warm, blue = (lab(pixels_of(tmp_path / name / "photo.png"))[1:].mean(dim=(1, 2)) for name in "ab")
    assert warm[1] > 0.0
    assert blue[1] < warm[1] - 5.0
