"""The retoucher: layers that scale from exactly nothing, kept in the model's file, learned on request, resumed."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file

from core import checkpoint
from core.checkpoint import RETOUCHER, Checkpoint
from core.cli import run
from core.data.dataset import FaceData
from core.errors import CheckpointError, CoreError, DataError
from core.evaluate import load_data
from core.latent.direction_file import find_direction, shown_names
from core.latent.direction_file import keep_in_checkpoint as keep_directions
from core.latent.directions import Direction, from_dict, move
from core.latent.engine import LatentEngine
from core.photo.face_edit import FaceEdit, retouched, split_change
from core.photo.transfer import Change, photo_grain, put_on
from core.retouch import retoucher as retoucher_module
from core.retouch.doubt import doubt, trust
from core.retouch.layers import FINE, RetouchLayers, enlarged, held_together, opacity, saturated
from core.retouch.network import COARSE, SIDE, WIDTHS, Layers, RetouchNet, View, composed, reflected, strain
from core.retouch.retoucher import KEY, Retoucher, in_checkpoint, keep_in_checkpoint
from core.retouch.shade import shaded
from core.retouch.words import weaker_note
from core.training.retouching import material as material_module
from core.training.retouching.learn import BATCH, RetoucherTraining
from core.training.retouching.material import Material, gather
from tests.helpers.commands import ROOT
from tests.helpers.pictures import draw_picture
from tests.helpers.runs import shared_run, toy_folder


def layers(seed: int = 0) -> RetouchLayers:
    """A motion and a painted spot in the middle, smooth."""
    random = np.random.default_rng(seed)
    spot = np.exp(-(np.square(np.mgrid[0:SIDE, 0:SIDE] - 64.0).sum(0)) / 200.0).astype(np.float32)
    flow = np.stack([3.0 * spot, -2.0 * spot], axis=2)
    colour = cv2.GaussianBlur(random.random((SIDE, SIDE, 3), np.float32), (0, 0), 2.0)
    light = -0.1 * np.roll(spot, 12, axis=1)[..., None]
    return RetouchLayers.of(flow, light, 0.9 * spot, colour)


def shown(photo: np.ndarray, amount: float) -> np.ndarray:
    at = layers().at(amount)
    return put_on(photo, np.eye(2, 3), Change(SIDE, at.flow, at.light, at.mask, at.paint))


def noise(side: int = SIDE) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8)


def a_face(side: int) -> np.ndarray:
    """One as the tiny model has learned."""
    return np.asarray(draw_picture(True, np.random.default_rng(2), side))


def test_at_nothing_the_pixels_are_the_photos() -> None:
    np.testing.assert_array_equal(shown(noise(), 0.0), noise())


def test_more_of_an_edit_moves_and_covers_more() -> None:
    photo = cv2.GaussianBlur(noise(), (0, 0), 3.0)
    far = [np.abs(shown(photo, amount).astype(int) - photo).mean() for amount in np.linspace(0.0, 1.0, 11)]
    assert (np.diff(far) > 0).all()
    assert far[-1] > 0.3


def test_a_stronger_edit_moves_farther_and_is_still_nothing_at_nothing() -> None:
    plain, stronger = layers(), layers().stronger(1.4)
    np.testing.assert_allclose(stronger.flow, plain.flow * np.float32(1.4))
    np.testing.assert_allclose(stronger.light, plain.light * np.float32(1.4))
    for name in ("flow", "light", "mask", "paint"):
        np.testing.assert_allclose(getattr(plain.stronger(1.0), name), getattr(plain, name), atol=1e-6)
    at = stronger.at(0.0)
    assert not at.flow.any()
    assert not at.light.any()
    assert not at.mask.any()


def test_hair_gets_less_of_the_light_than_skin() -> None:
    face = torch.full((1, 3, SIDE, SIDE), 0.6)
    face[..., :40] = 0.06
    light = torch.zeros(1, 1, SIDE, SIDE)
    light[..., 60:100, 30:90] = 0.05
    lit = reflected(light, face)
    assert lit[0, 0, 80, 70].item() == pytest.approx(0.05, rel=0.2)
    assert lit[0, 0, 80, 33].item() == pytest.approx(0.05 * 0.06 / 0.51, rel=0.2)
    torch.testing.assert_close(reflected(light, 0.2 * face), lit, rtol=0.02, atol=1e-4)  # a dark face gets as much of a smile
    assert not reflected(0.0 * light, face).any()


def test_an_edit_saturates_before_it_breaks() -> None:
    amounts = np.linspace(0.0, 50.0, 500)
    far = [saturated(amount) for amount in amounts]
    assert (np.diff(far) >= 0).all()
    assert far[-1] < 1.5
    assert saturated(0.37) == 0.37
    assert saturated(1.3) > 1.2
    assert opacity(0.0) == 0.0
    assert opacity(1.0) == opacity(30.0) == 1.0


def test_what_is_painted_is_the_paint() -> None:
    none = np.zeros((SIDE, SIDE, 3), np.float32)
    full = RetouchLayers.of(
        none[..., :2], none[..., :1], np.ones((SIDE, SIDE), np.float32), np.full((SIDE, SIDE, 3), 0.5, np.float32)
    )
    photo = np.full((SIDE, SIDE, 3), 30, np.uint8)
    made = put_on(photo, np.eye(2, 3), Change(SIDE, full.flow, None, full.mask, full.paint))
    assert np.abs(made[1:-1, 1:-1].astype(int) - 128).max() <= 1


def test_what_is_painted_apart_is_left_out() -> None:
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[80:92, 44:84] = 0.9  # a mouth
    mask[60:63, 20:24] = 0.9  # a stroke on a cheek
    mask[92:96, 44:84] = 0.3  # the mouth's soft edge
    made = held_together(mask)
    assert made[60:63, 20:24].max() == 0.0
    np.testing.assert_array_equal(made[80:96, 44:84], mask[80:96, 44:84])
    pair = np.zeros((SIDE, SIDE), np.float32)
    pair[50:60, 30:50] = pair[50:60, 78:98] = 0.7  # two lenses are both meant
    np.testing.assert_array_equal(held_together(pair), pair)
    np.testing.assert_array_equal(held_together(0.0 * pair), 0.0 * pair)


def test_enlarged_is_crisper_and_never_beyond_the_colours_around() -> None:
    step = np.zeros((SIDE, SIDE), np.float32)
    step[:, 64:] = 1.0
    step = cv2.GaussianBlur(step, (0, 0), 1.0)
    crisp, plain = enlarged(step), cv2.resize(step, (FINE * SIDE, FINE * SIDE), interpolation=cv2.INTER_LINEAR)
    assert np.abs(np.diff(crisp, axis=1)).max() > 1.2 * np.abs(np.diff(plain, axis=1)).max()
    assert crisp.min() >= step.min() - 1e-5
    assert crisp.max() <= step.max() + 1e-5


@pytest.mark.parametrize("strength", [0.0, 6.0])
def test_new_pixels_are_as_grainy_as_the_photos_cheeks(strength: float) -> None:
    side = 4 * SIDE  # a large photo: the frame shows a quarter of its detail
    grain = np.random.default_rng(0).standard_normal((side, side, 1)).astype(np.float32) * strength
    photo = np.clip(150.0 + np.repeat(grain, 3, axis=2), 0, 255).astype(np.uint8)
    matrix = np.array([[0.25, 0.0, -0.375], [0.0, 0.25, -0.375]])
    made = photo_grain(photo, matrix, SIDE).tile.std()
    assert abs(made - strength) <= 0.25 * strength + 0.01


def test_the_frames_border_stays() -> None:
    net = RetouchNet().eval()
    assert net.light1 is not None
    for layer in (net.flow1, net.light1, net.mask0):
        torch.nn.init.constant_(layer.bias, 1.0)  # type: ignore[arg-type]
    change = torch.zeros(1, 3, COARSE, COARSE)
    change[..., 28:36, 28:36] = 0.5
    with torch.inference_mode():
        made = net(torch.rand(1, 3, SIDE, SIDE), change)
    for part in (made.flow, made.light, made.mask):
        assert part[..., 0, :].abs().max() == part[..., :, -1].abs().max() == 0.0
        assert part[..., 40:88, 40:88].abs().max() > 0.02


def test_the_network_and_the_arrays_compose_alike() -> None:
    net = RetouchNet().eval()
    torch.manual_seed(0)
    assert net.light1 is not None
    for layer in (net.flow1, net.flow0, net.light1, net.mask0, net.last, net.mixed):
        torch.nn.init.normal_(layer.weight, std=0.1)
    face = torch.nn.functional.interpolate(torch.rand(1, 3, 16, 16), size=(SIDE, SIDE), mode="bicubic").clamp(0.0, 1.0)
    with torch.inference_mode():
        made = net(face, torch.zeros(1, 3, COARSE, COARSE))
        wanted = composed(face, made, torch.tensor([0.6]))[0].permute(1, 2, 0).numpy() * 255.0
    parts = [part[0].permute(1, 2, 0).numpy() for part in (made.flow, made.light, made.mask, made.colour)]
    at = RetouchLayers.of(parts[0], parts[1], parts[2][..., 0], parts[3]).at(0.6)
    photo = np.rint(face[0].permute(1, 2, 0).numpy() * 255.0).astype(np.uint8)
    shown = put_on(photo, np.eye(2, 3), Change(SIDE, at.flow, at.light, at.mask, at.paint))
    assert np.abs(shown.astype(float) - photo).mean() > 2.0
    assert np.abs(shown - wanted)[4:-4, 4:-4].mean() < 1.5


@pytest.mark.parametrize("where", [(64.0, 64.0), (3.0, 120.0)])
def test_only_around_what_is_painted_is_it_enlarged_and_the_pixels_are_the_same(where: tuple[float, float]) -> None:
    """As with whole frames; the motion is longer than a spot is wide, in every direction."""
    grid = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    spot = np.exp(-sum(np.square(line - middle) for line, middle in zip(grid, where, strict=True)) / 60.0).astype(np.float32)
    spot[spot < 0.02] = 0.0
    wave = np.sin(grid / 9.0).astype(np.float32) * 14.0
    colour = np.random.default_rng(0).random((SIDE, SIDE, 3), np.float32)
    made = RetouchLayers.of(wave.transpose(1, 2, 0), np.zeros((SIDE, SIDE, 1), np.float32), 0.9 * spot, colour)
    mask, paint = np.clip(enlarged(held_together(0.9 * spot)), 0.0, 1.0), np.clip(enlarged(colour * np.float32(255.0)), 0.0, 255.0)
    near = cv2.dilate(mask, np.ones((33, 33), np.uint8)) > 0.0
    np.testing.assert_allclose(made.mask, mask, atol=1e-5)
    np.testing.assert_allclose(made.paint[near], paint[near], atol=1e-2)
    for times in (0.3, 1.0, 1.7):
        back = cv2.resize(made.flow, mask.shape, interpolation=cv2.INTER_LINEAR) * np.float32((times - 1.0) * FINE)
        line = np.arange(len(mask), dtype=np.float32)
        x, y = back[..., 0] + line, back[..., 1] + line[:, None]
        wanted = [cv2.remap(one, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for one in (mask, paint)]
        own = made.stronger(times)
        np.testing.assert_allclose(own.mask, wanted[0], atol=1e-3)
        shown = wanted[0] > 1e-3
        assert shown.sum() > 500
        np.testing.assert_allclose(own.paint[shown], wanted[1][shown], atol=0.5)


def test_where_nothing_is_painted_nothing_is_enlarged() -> None:
    none = np.zeros((SIDE, SIDE), np.float32)
    made = RetouchLayers.of(np.ones((SIDE, SIDE, 2), np.float32), none[..., None], none, np.ones((SIDE, SIDE, 3), np.float32))
    assert made.mask.shape == (FINE * SIDE, FINE * SIDE)
    assert not made.mask.any()
    assert not made.stronger(1.5).mask.any()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with the direction `smile` and a retoucher that does something."""
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    shutil.copy(shared_run() / "checkpoints" / "best.safetensors", path)
    assert run(["direction", "--checkpoint", str(path), "--data", str(toy_folder()), "--attribute", "smile"]) == 0
    torch.manual_seed(0)
    net = RetouchNet()
    for layer in (net.flow1, net.mask0, net.last, net.mixed):
        torch.nn.init.normal_(layer.weight, std=0.1)
    assert keep_in_checkpoint(path, checkpoint.read_header(path).id, Retoucher(net, ("smile",)))
    return path


@pytest.fixture(scope="module")
def engine(model: Path) -> LatentEngine:
    return LatentEngine.load(model)


def smile_of(engine: LatentEngine) -> Direction:
    return from_dict(next(values for values in engine.header.directions if values["name"] == "smile"))


def test_a_learned_direction_is_retouched_and_the_rest_carried_over(engine: LatentEngine) -> None:
    size = engine.header.image_shape[1]
    framed = a_face(size)
    before = engine.encode(framed[None]).mean[0]
    edit = FaceEdit(engine, before, framed, 2.0)
    smiling = move(before, smile_of(engine), 70.0)
    (change,) = edit.changes(smiling)
    assert change.mask is not None
    assert change.residual is not None  # smooth light alone: nothing is carried over from the decoded faces
    assert np.abs(change.residual).max() <= 0.06 * 255.0
    other = smiling.copy()
    other[int(np.argmin(np.abs(smile_of(engine).unit)))] += 2.0
    kinds = [change.mask is not None for change in edit.changes(other)]
    assert kinds == [False, True]  # what is carried over comes first
    assert edit.changes(before) == ()
    photo = noise(200)
    np.testing.assert_array_equal(edit.put_on(photo, np.eye(2, 3), before), photo)


def test_a_direction_that_people_call_otherwise_is_still_known_by_its_name(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "renamed.safetensors"
    shutil.copy(model, path)
    header = checkpoint.read_header(path)
    smile = find_direction(header, "smile")
    other = replace(smile, name="other").shown_as("smirk")
    keep_directions(path, header.id, {"smile": smile.shown_as("grin"), "other": other})
    engine = LatentEngine.load(path)
    assert [direction.shown_name for direction in retouched(engine)] == ["grin"]
    assert [find_direction(engine.header, name).name for name in ("grin", "smile", "smirk", "other")] == ["smile"] * 2 + [
        "other"
    ] * 2
    with pytest.raises(CoreError, match="it holds: grin, smirk"):
        find_direction(engine.header, "beard")
    assert run(["direction", "--checkpoint", str(path), "--data", str(toy_folder()), "--attribute", "smile"]) == 0
    assert sorted(shown_names(checkpoint.read_header(path))) == ["grin", "smirk"]


def test_the_slider_scales_what_is_found_once(engine: LatentEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    size = engine.header.image_shape[1]
    framed = noise(size)
    before = engine.encode(framed[None]).mean[0]
    edit = FaceEdit(engine, before, framed, 2.0)
    changes = [edit.changes(move(before, smile_of(engine), percent))[0] for percent in (25.0, 50.0, 100.0)]
    np.testing.assert_allclose(changes[1].motion, 2.0 * changes[0].motion, atol=1e-4)
    np.testing.assert_allclose(changes[2].motion, 4.0 * changes[0].motion, atol=1e-4)
    assert changes[0].motion.any()
    monkeypatch.setattr(type(engine.retoucher), "layers", None)  # it isn't asked again
    edit.changes(move(before, smile_of(engine), 80.0))


def test_what_the_model_does_not_know_gets_less_of_an_edit(engine: LatentEngine) -> None:
    """Something in front of the mouth is drawn as a mouth: there an edit is better left."""
    drawn, after = np.full((64, 64, 3), 150, np.uint8), np.full((64, 64, 3), 150, np.uint8)
    drawn[::8], after[::8] = 110, 110
    after[40:50, 20:44] += 30
    hidden, elsewhere = drawn.copy(), drawn.copy()
    hidden[38:52, 26:38] = 20
    elsewhere[2:16, 26:38] = 20
    own, seen, far = (doubt(picture, drawn, after) for picture in (drawn, hidden, elsewhere))
    assert own == pytest.approx(0.0, abs=1e-3)
    assert seen > 10 * far
    assert doubt(hidden, drawn, drawn) == 0.0
    wall = np.full((64, 64, 3), (240, 150, 90), np.uint8)  # no face at all, in a strong colour
    assert doubt(wall, drawn, after) > 2 * seen
    shares = [trust(value, (0.3, 0.45)) for value in (0.0, 0.3, 0.35, 0.4, 0.45, 9.0)]
    assert shares[:2] == [1.0, 1.0]
    assert shares[-2:] == [0.0, 0.0]
    assert (np.diff(shares) <= 0).all()
    framed = noise(engine.header.image_shape[1])
    before = engine.encode(framed[None]).mean[0]
    smiling = move(before, smile_of(engine), 80.0)
    knows, doubts = FaceEdit(engine, before, framed, 2.0), copy.copy(engine)
    assert engine.retoucher is not None
    doubts.retoucher = replace(engine.retoucher, bounds=(0.0, 1e-6))
    assert knows.trusted(smiling) == 1.0
    left = FaceEdit(doubts, before, framed, 2.0)
    assert left.trusted(smiling) == 0.0
    np.testing.assert_array_equal(left.put_on(noise(), np.eye(2, 3), smiling), noise())


def test_what_is_moved_far_and_covered_by_nothing_is_strained() -> None:
    flow, light, mask, colour = [torch.zeros(2, channels, SIDE, SIDE) for channels in (2, 1, 1, 3)]
    flow[:, 0, 90:100, 40:80] = 10.0
    mask[1, :, 92:96, 60:64] = 0.5
    strains = strain(Layers(flow, light, mask, colour, mask)).tolist()
    assert strains == pytest.approx([10.0 / 8.0, 10.0 / 8.0 - 1.0])
    mask[:] = 1.0
    assert strain(Layers(flow, light, mask, colour, mask)).tolist() == [0.0, 0.0]


def test_an_edit_that_strains_a_face_does_less(engine: LatentEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    framed = noise(engine.header.image_shape[1])
    before = engine.encode(framed[None]).mean[0]
    smiling = move(before, smile_of(engine), 60.0)
    assert engine.retoucher is not None
    all_of_it = replace(engine.retoucher, bounds=(1e9, 1e9), strain=(1e9, 1e9))
    monkeypatch.setattr(engine, "retoucher", all_of_it)
    whole = FaceEdit(engine, before, framed, 2.0)
    assert whole.trusted(smiling) == 1.0
    _, strained = all_of_it.layers(
        framed, engine.decode(before[None])[0], engine.decode(move(before, smile_of(engine), 100.0)[None])[0]
    )
    monkeypatch.setattr(engine, "retoucher", replace(all_of_it, strain=(strained - 0.1, strained + 0.1)))
    half = FaceEdit(engine, before, framed, 2.0)
    assert half.trusted(smiling) == pytest.approx(0.5, abs=1e-3)
    (far,), (near,) = whole.changes(smiling), half.changes(smiling)
    np.testing.assert_allclose(near.motion, 0.5 * far.motion, atol=1e-3)


def test_a_weakened_edit_is_said() -> None:
    assert weaker_note("me.png", 1.0) == weaker_note("me.png", 0.95) == ""
    assert "is applied at 40 % of its strength" in weaker_note("me.png", 0.4)
    assert "is left out" in weaker_note("me.png", 0.0)


def test_how_a_change_splits() -> None:
    def direction(name: str, unit: list[float]) -> Direction:
        vector = np.array(unit, np.float32)
        return Direction(name, vector, 1.0, -1.0, -2.0, 2.0, vector, "mean", "a test")

    smile, glasses = direction("smile", [1.0, 0.0, 0.0]), direction("glasses", [0.0, 1.0, 0.0])
    before = np.array([-1.0, -1.0, 0.0], np.float32)
    after = before + np.array([1.0, -0.25, 0.5], np.float32)
    shares, rest = split_change(before, after, [smile, glasses])
    assert [(share.direction.name, round(share.percent, 3)) for share in shares] == [("smile", 50.0), ("glasses", -50.0)]
    assert rest is not None
    np.testing.assert_allclose(rest, [0.0, 0.0, 0.5], atol=1e-6)
    assert split_change(before, before, [smile]) == ((), None)
    shares, rest = split_change(before, after, [])
    assert shares == ()
    np.testing.assert_allclose(rest, after - before)


def test_it_lies_in_the_models_file_and_stays_there(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.safetensors"
    shutil.copy(model, copy)
    loaded = checkpoint.load(copy)
    assert loaded.part(RETOUCHER)
    assert sum(value.nbytes for value in loaded.part(RETOUCHER).values()) < 3_000_000
    stripped = checkpoint.strip(loaded)
    assert stripped.part(RETOUCHER).keys() == loaded.part(RETOUCHER).keys()
    checkpoint.with_directions(copy, [])
    found = in_checkpoint(checkpoint.load(copy))
    assert found is not None
    assert found.directions == ("smile",)


def test_a_retoucher_of_other_weights_or_of_a_later_version_is_none_of_this_model(model: Path) -> None:
    loaded = checkpoint.load(model)
    said = loaded.header.data[KEY]
    for change in ({"model": "another"}, {"version": 99}):
        header = replace(loaded.header, data=loaded.header.data | {KEY: said | change})
        assert in_checkpoint(replace(loaded, header=header)) is None
    broken = {name: value for name, value in loaded.tensors.items() if not name.endswith("first.weight")}
    with pytest.raises(CheckpointError, match="retoucher"):
        in_checkpoint(replace(loaded, tensors=broken))


@pytest.mark.long
def test_a_file_says_how_far_its_retoucher_goes(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "copy.safetensors"
    shutil.copy(model, copy)
    loaded = checkpoint.load(copy)
    plain = in_checkpoint(loaded)
    assert plain is not None
    assert plain.strengths == (1.0, 1.0)
    assert keep_in_checkpoint(copy, loaded.header.id, replace(plain, strengths=(1.4, 0.8)))
    kept = checkpoint.load(copy)
    farther = in_checkpoint(kept)
    assert farther is not None
    assert farther.strengths == (1.4, 0.8)
    face, after = noise(), 255 - noise()
    flow = plain.layers(face, noise(), after)[0].flow
    longest = float(np.linalg.norm(flow, axis=2).max())
    for limit, more, times in (
        (2.0 * longest, True, 1.4),
        (1.2 * longest, True, 1.2),
        (0.5 * longest, True, 1.0),
        (0.0, False, 0.8),
    ):
        monkeypatch.setattr(retoucher_module, "LONGEST", limit)
        scaled = farther.layers(face, noise(), after, more)[0].flow
        np.testing.assert_allclose(scaled, flow * np.float32(times), rtol=1e-4, atol=1e-5)
    assert farther.lights is None, "in files of before its light goes as far as its motion"
    dimmed = replace(farther, lights=(0.5, 0.0))
    assert keep_in_checkpoint(copy, loaded.header.id, dimmed)
    read = in_checkpoint(checkpoint.load(copy))
    assert read is not None
    assert read.lights == (0.5, 0.0)
    monkeypatch.setattr(retoucher_module, "LONGEST", 2.0 * longest)
    for more, times, light in ((True, 1.4, 0.5), (False, 0.8, 0.0)):
        own, changed = (one.layers(face, noise(), after, more)[0] for one in (plain, read))
        np.testing.assert_allclose(changed.flow, own.flow * np.float32(times), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(changed.light, own.light * np.float32(light), rtol=1e-4, atol=1e-5)
        assert np.abs(own.light).max() > 0.0
    said = kept.header.data[KEY]
    broken = [{"strengths": value} for value in ([0.0, 1.0], [float("nan"), 1.0], [1.0], "far")]
    broken += [{name: value} for name in ("lights", "shades") for value in ([-0.1, 1.0], [1.0, float("nan")], [1.0], "dim")]
    for change in (*broken, {"strain": [0.9, 0.8]}, {"strain": [float("nan"), 1.0]}, {"strain": 1.0}):
        header = replace(kept.header, data=kept.header.data | {KEY: said | change})
        with pytest.raises(CheckpointError, match="retoucher"):
            in_checkpoint(replace(kept, header=header))


@pytest.mark.long
def test_a_file_says_how_much_of_the_models_own_shades_comes_in_addition(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.safetensors"
    shutil.copy(model, copy)
    loaded = checkpoint.load(copy)
    plain = in_checkpoint(loaded)
    assert plain is not None
    assert plain.shades == (0.0, 0.0), "in files of before there are none"
    assert keep_in_checkpoint(copy, loaded.header.id, replace(plain, shades=(1.5, 0.0)))
    read = in_checkpoint(checkpoint.load(copy))
    assert read is not None
    assert read.shades == (1.5, 0.0)
    face = np.full((SIDE, SIDE, 3), (150, 120, 100), np.uint8)
    after = face + np.uint8(20)
    for more, differs in ((True, True), (False, False)):
        own, changed = (one.layers(face, face, after, more)[0] for one in (plain, read))
        np.testing.assert_array_equal(changed.flow, own.flow)
        assert bool((changed.light - own.light).max() > 5.0) is differs
        assert np.abs(changed.light[[0, -1]] - own.light[[0, -1]]).max() == 0.0, "none at the frame's edge"


@pytest.mark.long
def test_light_whose_strength_is_said_apart_spares_white_skin_both_ways(model: Path) -> None:
    plain = in_checkpoint(checkpoint.load(model))
    assert plain is not None
    white, after = np.full((SIDE, SIDE, 3), 255, np.uint8), noise()
    for more in (True, False):
        own, spared = (one.layers(white, white, after, more)[0] for one in (plain, replace(plain, lights=(1.0, 1.0))))
        np.testing.assert_allclose(spared.light, 0.2 * own.light, atol=1e-4)


def shade_of(face: np.ndarray, before: np.ndarray, after: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return shaded(*(one.astype(np.float32) for one in (face, before, after, mask)), (0, SIDE, 0, SIDE))


def test_shades_are_those_that_the_model_draws_and_only_on_skin_that_it_draws_truly() -> None:
    skin = np.full((SIDE, SIDE, 3), (170, 130, 110), np.float32)
    none, middle = np.zeros((SIDE, SIDE), np.float32), (slice(50, 78), slice(50, 78))
    darker = shade_of(skin, skin, skin - 20.0, none)
    assert -21.0 < darker[middle].min() <= darker[middle].max() < -15.0
    assert shade_of(skin, skin, skin, none).max() == 0.0
    painted = none.copy()
    painted[40:90, 40:90] = 1.0
    assert abs(shade_of(skin, skin, skin - 20.0, painted)[64, 64]) < 0.5, "a mouth stays sharp"
    hair = skin.copy()
    hair[:, 90:] = (30, 25, 20)
    on_hair = shade_of(hair, skin, skin + 20.0, none)
    assert abs(on_hair[64, 105]) < 1.0, "the model doesn't see the hair"
    assert on_hair[64, 64] > 15.0
    sky = skin.copy()
    sky[:, 90:] = (110, 140, 220)
    assert abs(shade_of(sky, sky, sky + 20.0, none)[64, 105]) < 1.0
    white = np.full_like(skin, 255.0)
    assert abs(shade_of(white, white, white - 20.0, none)[64, 64]) < 5.0, "shade on burnt skin is grey"


def test_a_model_without_one_edits_as_before(engine: LatentEngine, tmp_path: Path) -> None:
    path = shared_run() / "checkpoints" / "best.safetensors"
    plain = LatentEngine.load(path)
    assert plain.retoucher is None
    framed = a_face(plain.header.image_shape[1])
    before = plain.encode(framed[None]).mean[0]
    (change,) = FaceEdit(plain, before, framed, 2.0).changes(move(before, smile_of(engine), 60.0))
    assert change.mask is None
    assert change.residual is not None


@pytest.fixture(scope="module")
def data(engine: LatentEngine) -> FaceData:
    return load_data(engine.header, str(toy_folder()), lambda *_: None)


@pytest.fixture(scope="module")
def faces(engine: LatentEngine, data: FaceData) -> Material:
    return gather(engine, smile_of(engine), data)


def test_material_knows_no_held_out_picture(engine: LatentEngine, data: FaceData, faces: Material) -> None:
    assert len(faces.labels) == len(data.split.train)
    assert set(faces.labels) == {0, 1}
    held_out = [cv2.resize(data.images[row], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for row in data.split.valid]
    for picture in held_out:
        assert not any(np.array_equal(picture, one) for one in faces.pictures)
    rows = np.arange(3)
    goals = np.array([1, 0, 1])
    towards = faces.changes(rows, np.zeros(3, bool), goals)
    assert torch.equal(faces.changes(rows, np.ones(3, bool), goals), towards.flip(3))
    assert not torch.equal(towards, faces.changes(rows, np.zeros(3, bool), 1 - goals))


def test_faces_without_labels_are_used_where_the_direction_is_sure(engine: LatentEngine, data: FaceData, faces: Material) -> None:
    both = gather(engine, smile_of(engine), data, [data])
    added = len(both.labels) - len(faces.labels)
    assert 0 <= added <= len(data.images)


def test_too_few_faces_are_refused(engine: LatentEngine, data: FaceData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(material_module, "LEAST_PICTURES", 1000)
    with pytest.raises(DataError, match="without"):
        gather(engine, smile_of(engine), data)


@pytest.mark.long
def test_learning_goes_on_where_it_stopped(faces: Material) -> None:
    training = RetoucherTraining(faces, total=3 * BATCH, seed=1)
    reports = list(training.run(every=BATCH))
    assert [report.seen for report in reports] == [BATCH, 2 * BATCH, 3 * BATCH]
    assert all(np.isfinite(value) for report in reports for value in report.numbers.values())
    other = RetoucherTraining(faces, total=BATCH, seed=2)
    other.load(training.tensors())
    assert (other.seen, other.total) == (3 * BATCH, 3 * BATCH)
    for name, value in training.averaged.state_dict().items():
        assert torch.equal(value, other.averaged.state_dict()[name])
    other.total = 4 * BATCH
    assert [report.seen for report in other.run()] == [4 * BATCH]
    with pytest.raises(CheckpointError, match="no state"):
        other.load({"seen": np.array(3)})


def test_the_state_of_the_shipped_retoucher_can_be_trained_on(faces: Material) -> None:
    """It holds weights alone, and its counts as arrays of one."""
    training = RetoucherTraining(faces, total=BATCH, seed=1)
    training.load(load_file(ROOT / "benchmarks" / "states" / "faces-smile.retoucher-state"))
    assert training.seen == 249_824
    training.total = training.seen + BATCH
    assert [report.seen for report in training.run()] == [training.seen]


@pytest.mark.long
def test_the_command(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, state, preview = tmp_path / "m.safetensors", tmp_path / "state.safetensors", tmp_path / "preview.png"
    shutil.copy(shared_run() / "checkpoints" / "best.safetensors", path)
    words = ["retoucher", "--checkpoint", str(path), "--data", str(toy_folder()), "--threads", "1", "--json"]
    more = ["--state", str(state), "--preview", str(preview)]
    assert run([*words, "--attribute", "hat"]) == 3
    assert "no direction 'hat'" in capsys.readouterr().err
    assert run([*words, *more, "--pictures", str(2 * BATCH)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["attribute"], said["pictures"]) == ("smile", 2 * BATCH)
    assert LatentEngine.load(path).retoucher is not None
    with Image.open(preview) as picture:
        assert picture.size[0] > 8 * SIDE
    assert run([*words, *more, "--pictures", str(3 * BATCH)]) == 0  # goes on
    assert json.loads(capsys.readouterr().out)["pictures"] == 3 * BATCH
    state.write_bytes(b"nothing of the kind")
    assert run([*words, *more]) == 3
    assert "can't be read" in capsys.readouterr().err
    assert run([*words, "--pictures", "3"]) == 3
    assert run([*words, "--threads", "-1"]) == 3
    for strength in ("1", "1,9", "far,1", "nan,1"):
        assert run([*words, "--strength", strength]) == 3
        assert "--strength" in capsys.readouterr().err
        for option in ("--light", "--shade"):
            assert run([*words, option, strength]) == 3
            assert option in capsys.readouterr().err


@pytest.mark.long
def test_the_command_says_first_whose_retoucher_it_replaces(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.safetensors"
    shutil.copy(model, path)
    data = ["--checkpoint", str(path), "--data", str(toy_folder())]
    assert run(["direction", *data, "--attribute", "dark"]) == 0
    words = ["retoucher", *data, "--threads", "1", "--json", "--pictures", str(BATCH)]
    sentence = "m.safetensors retouches 'smile'. The new retoucher, for 'dark', takes the place of that one."
    capsys.readouterr()
    assert run([*words, "--attribute", "dark", "--out", str(tmp_path / "other.safetensors")]) == 0
    assert f"{sentence} m.safetensors stays as it is." in capsys.readouterr().err
    assert run([*words, "--attribute", "smile"]) == 0
    assert "takes the place" not in capsys.readouterr().err
    assert run([*words, "--attribute", "dark"]) == 0
    said = capsys.readouterr()
    assert f"{sentence} --out FILE would leave" in said.err
    assert json.loads(said.out)["attribute"] == "dark"
    retoucher = LatentEngine.load(path).retoucher
    assert retoucher is not None
    assert retoucher.directions == ("dark",)


def test_a_view_covers_where_a_direction_acts() -> None:
    energy = np.full((16, 16), 0.05)
    energy[7:16, 3:13] = 0.4
    energy[15, 7] = 1.0
    assert View.over(energy.tolist()) == View(48, 128, 16, 112)
    energy[:] = 0.0
    energy[3, 0] = 1.0  # at the frame's edge, and smaller than a step: sides are multiples of 16 all the same
    small = View.over(energy.tolist())
    assert (small.bottom - small.top) % 16 == 0
    assert (small.right - small.left) % 16 == 0
    assert small.left == 0
    assert small.top <= 24
    assert small.bottom >= 32
    assert View.over(np.ones((16, 16)).tolist()) == View()


def test_outside_its_view_a_retoucher_changes_nothing() -> None:
    net = RetouchNet(View(48, 128, 16, 112)).eval()
    for layer in (net.flow0, net.light1, net.mask0, net.last):
        torch.nn.init.normal_(layer.weight, std=1.0)
    with torch.inference_mode():
        made = net(torch.rand(1, 3, SIDE, SIDE), torch.rand(1, 3, COARSE, COARSE))
    inner = made.flow[..., 56:120, 24:104]
    assert inner.abs().max() > 0.1
    for part in (made.flow, made.light, made.mask):
        around = part.clone()
        around[..., 49:127, 17:111] = 0.0
        assert not around.any()


def test_a_mirrored_face_is_retouched_as_the_mirror_image() -> None:
    torch.manual_seed(0)
    net = RetouchNet(View(48, 128, 16, 112)).eval()
    for layer in (net.flow0, net.light1, net.mask0, net.last):
        torch.nn.init.normal_(layer.weight, std=1.0)
    face, change = torch.rand(1, 3, SIDE, SIDE), torch.rand(1, 3, COARSE, COARSE)
    with torch.inference_mode():
        one, other = net(face, change), net(face.flip(3), change.flip(3))
        single = net._answer(face, change)
    assert one.flow.abs().max() > 0.1
    assert one.mask.max() > 0.1
    for here, there in ((one.light, other.light), (one.mask, other.mask), (one.colour, other.colour)):
        torch.testing.assert_close(there.flip(3), here, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(other.flow.flip(3)[:, 1], one.flow[:, 1], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(-other.flow.flip(3)[:, 0], one.flow[:, 0], atol=1e-4, rtol=1e-4)
    assert (one.mask <= single.mask + 1e-3).all()  # what one look alone would paint isn't


def test_a_view_has_two_sides() -> None:
    energy = np.full((16, 16), 0.05)
    energy[4:8, 2:5] = 0.4
    view = View.over(energy.tolist())
    assert view.left == SIDE - view.right


@pytest.mark.parametrize("version", [1, 2])
def test_a_retoucher_of_an_earlier_version_opens(version: int) -> None:
    net = RetouchNet(View(), WIDTHS[version])
    tensors = {"retoucher." + name: value.half().numpy() for name, value in net.state_dict().items()}
    header = checkpoint.read_header(checkpoint.find("drawn"))
    old = {"version": version, "model": header.id, "directions": ["smile"], "bounds": [0.3, 0.5]}
    header = replace(header, data={KEY: old})
    opened = in_checkpoint(Checkpoint(header, tensors))
    assert opened is not None
    assert opened.net.view == View()
    assert opened.directions == ("smile",)
    broken = replace(header, data={KEY: {**old, "version": 2, "view": [48, 127, 16, 112]}})
    with pytest.raises(CheckpointError, match="view"):
        in_checkpoint(Checkpoint(broken, tensors))
