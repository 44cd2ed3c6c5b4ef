"""The family of CycleGANs: its networks, losses, pool and steps, with a test for each well-known mistake; its two sides."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.checkpoint import Checkpoint, Header, find, load
from core.config import TrainConfig, preset, with_values
from core.data.dataset import FaceData
from core.device import choose
from core.errors import ConfigError, CoreError
from core.events import EpochFinished, RunFailed
from core.families.base import Elapsed
from core.families.cycle_gan.family import FAMILY, sides_in
from core.families.cycle_gan.hidden import cycle_psnrs, through_jpeg
from core.families.cycle_gan.instrument import CycleGanInstrument
from core.families.cycle_gan.looks import difference_map
from core.families.cycle_gan.losses import adversarial, discriminating, distance, forward_pass, total
from core.families.cycle_gan.networks import CycleGan, Discriminator, Generator, translated
from core.families.cycle_gan.pool import Pool
from core.families.cycle_gan.recipe import CycleGanRecipe, as_input, as_levels, make_recipe, preview
from core.families.cycle_gan.settings import CycleGanSettings
from core.metrics.side_reader import SideReader
from core.training.batches import EpochBatches, StepOrder, to_input
from core.training.recipe import Batch, Moment
from core.training.usable import load_for
from tests.helpers.pictures import draw_folder
from tests.helpers.real_data import real_source
from tests.helpers.runs import run_events, toy_folder

SMALL = CycleGanSettings(width=8, blocks=1, judge_width=8, judge_layers=1)
NOW = Moment(Elapsed(0.0), 2e-4)


def config(source: Path | None = None, **values: Any) -> TrainConfig:
    """A small run on drawn faces."""
    common = {
        "data.source": str(source or toy_folder()), "data.image_size": 32, "batch_size": 8, "epochs": 1, "threads": 1,
        "precision": "fp32", "device": "cpu", "width": 8, "blocks": 1, "judge_width": 8, "judge_layers": 1,
    }  # fmt: skip
    return with_values(preset("cyclegan"), common | {path.replace("__", "."): value for path, value in values.items()})


def recipe(**values: Any) -> tuple[CycleGanRecipe, FaceData]:
    chosen = config(**values)
    data = load_for(chosen)
    return make_recipe(chosen, data, choose("cpu", "fp32")), data


def batch_of(data: FaceData, each: int = 4) -> np.ndarray:
    """Pictures of A, then as many of B."""
    assert data.sides is not None
    rows = np.concatenate([data.sides.rows(data.split.train, side)[:each] for side in (0, 1)])
    return np.array(data.images[rows])


def noise(size: int = 32, count: int = 4, seed: int = 0) -> Tensor:
    return 2.0 * torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(seed)) - 1.0


# -- networks


def test_the_networks_of_the_paper_have_as_many_weights_as_the_authors() -> None:
    """11.378 million a generator and 2.765 million a discriminator, as their program says of 256 px."""
    paper = preset("cyclegan_paper").settings
    generator, discriminator = Generator(paper, 3), Discriminator(paper, 3)
    assert round(sum(one.numel() for one in generator.parameters()) / 1e6, 3) == 11.378
    assert round(sum(one.numel() for one in discriminator.parameters()) / 1e6, 3) == 2.765


@pytest.mark.parametrize(("layers", "field"), [(1, 16), (2, 34), (3, 70)])
def test_how_large_the_patches_are_that_a_discriminator_judges(layers: int, field: int) -> None:
    network = Discriminator(replace(SMALL, judge_layers=layers), 3)
    for layer in network.modules():
        if isinstance(layer, nn.InstanceNorm2d):  # it looks at all of the picture
            layer.forward = lambda x: x  # type: ignore[method-assign, assignment]
    x = noise(96, 1).requires_grad_()
    scores = network(x)
    middle = scores.shape[-1] // 2
    scores[0, 0, middle, middle].backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    seen = x.grad.abs().sum(dim=(0, 1)) > 0
    assert int(seen.any(0).sum()) == int(seen.any(1).sum()) == field


def test_scores_are_not_squeezed_into_zero_to_one() -> None:
    """Least squares want numbers; a sigmoid before them learns nothing once it is sure."""
    network = Discriminator(SMALL, 3)
    with torch.no_grad():
        last = [one for one in network.modules() if isinstance(one, nn.Conv2d)][-1]
        assert last.bias is not None
        last.bias.fill_(5.0)
        assert float(network(noise()).mean()) > 3.0


@pytest.mark.parametrize("output", ["residual", "plain"])
def test_a_network_gives_the_same_in_training_and_in_use(output: str) -> None:
    """With running statistics it doesn't, and colours turn."""
    torch.manual_seed(0)
    model = CycleGan(replace(SMALL, output=output), 3)
    x = noise()
    with torch.no_grad():
        model.train()
        taught = [model.to_b(x), model.to_a(x), model.real_a(x), model.real_b(x)]
        model.eval()
        used = [model.to_b(x), model.to_a(x), model.real_a(x), model.real_b(x)]
    for one, two in zip(taught, used, strict=True):
        torch.testing.assert_close(one, two)
    assert not list(model.buffers())


def test_each_picture_is_translated_by_itself() -> None:
    """So what a generator translates and what it shall leave alone can go in one batch."""
    torch.manual_seed(0)
    generator = Generator(SMALL, 3)
    x = noise()
    with torch.no_grad():
        torch.testing.assert_close(generator(x)[1:2], generator(x[1:2]), rtol=1e-4, atol=1e-5)


def chequered(upsampling: str, seed: int) -> float:
    """How much stronger the finest chequered pattern is in a fresh generator's pictures than what lies beside it."""
    torch.manual_seed(seed)
    generator = Generator(CycleGanSettings(output="plain", upsampling=upsampling, width=16, blocks=2), 3)
    with torch.no_grad():
        pictures = generator(noise(64, 4, seed))
    power = torch.fft.fft2(pictures - pictures.mean((2, 3), keepdim=True)).abs().square().mean((0, 1))
    peaks = torch.stack([power[32, 0], power[0, 32], power[32, 32]]).mean()
    beside = torch.stack([power[30, 2:6].mean(), power[2:6, 30].mean(), power[27:30, 27:30].mean()]).mean()
    return float(peaks / beside)


def test_pictures_have_no_chequered_pattern() -> None:
    """The paper's transposed convolutions have, at the start."""
    assert max(chequered("resized", seed) for seed in range(3)) < 10.0
    assert min(chequered("transposed", seed) for seed in range(3)) > 30.0


def silence(generator: Generator) -> None:
    """Let it add nothing to any picture."""
    last = [one for one in generator.modules() if isinstance(one, nn.Conv2d)][-1]
    assert last.bias is not None
    last.weight.zero_()
    last.bias.zero_()


def test_what_nothing_is_added_to_stays_as_it_is() -> None:
    generator = Generator(SMALL, 3)
    x = noise()
    with torch.no_grad():
        silence(generator)
        torch.testing.assert_close(generator(x), x)


@pytest.mark.parametrize("size", [(33, 47), (8, 9), (64, 30)])
def test_a_picture_of_any_size_is_translated_at_its_size(size: tuple[int, int]) -> None:
    with torch.no_grad():
        assert translated(Generator(SMALL, 3), torch.zeros(1, 3, *size)).shape == (1, 3, *size)


# -- losses


class _Only(nn.Module):
    """A stand-in for a network that keeps what it saw."""

    def __init__(self, does: Any) -> None:
        super().__init__()
        self.does = does
        self.saw: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        self.saw.append(x)
        return cast(Tensor, self.does(x))


def stand_ins(to_b: Any, to_a: Any) -> Any:
    model = CycleGan(SMALL, 3)
    model.to_b, model.to_a = _Only(to_b), _Only(to_a)  # type: ignore[assignment]
    return model


def test_the_identity_is_of_pictures_that_are_of_the_goal_already() -> None:
    """|G(b) - b| and |F(a) - a|: the other pairing punishes translating at all."""
    a, b = torch.full((2, 3, 32, 32), -0.5), torch.full((3, 3, 32, 32), 0.5)
    model = stand_ins(lambda x: torch.full_like(x, 0.5), lambda x: torch.full_like(x, -0.5))  # perfect translators
    terms, as_b, as_a = forward_pass(model, a, b, has_identity=True)
    assert float(terms["identity_a"]) == float(terms["identity_b"]) == 0.0
    assert float(terms["cycle_a"]) == float(terms["cycle_b"]) == 0.0
    assert (float(as_b.mean()), float(as_a.mean())) == (0.5, -0.5)
    assert (len(as_b), len(as_a)) == (2, 3)


def test_generators_that_change_nothing_have_neither_identity_nor_cycle_loss() -> None:
    terms, _, _ = forward_pass(stand_ins(lambda x: x, lambda x: x), noise(seed=1), noise(seed=2), has_identity=True)
    assert {float(terms[key]) for key in ("identity_a", "identity_b", "cycle_a", "cycle_b")} == {0.0}


def test_each_term_is_what_the_paper_writes() -> None:
    torch.manual_seed(0)
    model = CycleGan(SMALL, 3)
    a, b = noise(seed=1, count=2), noise(seed=2, count=2)
    with torch.no_grad():
        terms, as_b, as_a = forward_pass(model, a, b, has_identity=True)
        g, f, d_x, d_y = model.to_b, model.to_a, model.real_a, model.real_b
        expected = {
            "gan_ab": (d_y(g(a)) - 1.0).pow(2).mean(),
            "gan_ba": (d_x(f(b)) - 1.0).pow(2).mean(),
            "cycle_a": (f(g(a)) - a).abs().mean(),
            "cycle_b": (g(f(b)) - b).abs().mean(),
            "identity_a": (f(a) - a).abs().mean(),
            "identity_b": (g(b) - b).abs().mean(),
        }
    assert terms.keys() == expected.keys()
    for key, value in expected.items():
        torch.testing.assert_close(terms[key], value, rtol=1e-4, atol=1e-5)
    whole = sum(w * (expected[f"{k}"]) for k, w in zip(expected, (1.0, 1.0, 10.0, 10.0, 5.0, 5.0), strict=True))
    torch.testing.assert_close(total(terms, 10.0, 5.0), whole, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(discriminating(d_y(b), d_y(as_b)), 0.5 * ((d_y(b) - 1).pow(2).mean() + d_y(as_b).pow(2).mean()))
    assert float(adversarial(torch.tensor([1.0]))) == float(distance(a, a)) == 0.0
    assert as_a.shape == b.shape


def test_a_preview_has_both_ways_and_back_and_what_changed() -> None:
    own, data = recipe()
    header = Header("", config(), (3, 32, 32))
    model = CycleGanInstrument(Checkpoint(header, own.tensors()))
    rows = preview(model, data)
    assert tuple(rows) == FAMILY.rows
    for side, goal in (("a", "B"), ("b", "A")):
        there = rows[f"{side}_to_{goal.lower()}"]
        np.testing.assert_array_equal(there, model.translate(rows[side], goal))
        np.testing.assert_array_equal(rows[f"{side}_changed"], difference_map(rows[side], there))
    assert np.ptp(rows["a_changed"]) > 0


# -- the pool


def test_the_pool_gives_older_pictures_half_of_the_time() -> None:
    pool, chance = Pool(50), np.random.default_rng(0)
    for number in range(50):
        given = pool.exchanged(torch.full((1, 1, 2, 2), float(number)), chance)
        assert float(given.mean()) == number  # while it fills
    fresh = [float(pool.exchanged(torch.full((1, 1, 2, 2), 50.0 + n), chance).mean()) == 50.0 + n for n in range(1000)]
    assert 0.45 < np.mean(fresh) < 0.55
    assert len(pool.pictures) == 50


def test_nothing_that_the_pool_gives_or_keeps_has_a_gradient() -> None:
    pool, chance = Pool(2), np.random.default_rng(0)
    for _ in range(10):
        made = noise(8, 2).requires_grad_() * 2.0
        assert not pool.exchanged(made, chance).requires_grad
    assert not any(one.requires_grad for one in pool.pictures)


def test_the_pool_keeps_pictures_of_its_own() -> None:
    pool, picture = Pool(1), torch.ones(1, 1, 2, 2)
    pool.exchanged(picture, np.random.default_rng(0))
    picture.zero_()
    assert float(pool.tensor().mean()) == 1.0


# -- a step


def test_discriminators_learn_nothing_in_the_generators_step_and_the_other_way_about() -> None:
    own, data = recipe()
    moved: list[str] = []
    for name, optimizer in (("generators", own.optimizer), ("discriminators", own.discriminators)):
        real_step = optimizer.step

        def step(name: str = name, real_step: Any = real_step) -> None:
            with_gradient = {key.split(".")[0] for key, one in own.model.named_parameters() if one.grad is not None}
            moved.append(f"{name}: {sorted(with_gradient)}")
            real_step()
            for one in own.model.parameters():  # what has a gradient later has got it later
                one.grad = None

        optimizer.step = step  # type: ignore[method-assign]
    for one in own.model.parameters():
        one.grad = None
    own.step(Batch(batch_of(data)), NOW)
    assert moved == ["generators: ['to_a', 'to_b']", "discriminators: ['real_a', 'real_b']"]
    assert own.discriminators.betas == own.optimizer.betas == (0.5, 0.999)  # type: ignore[attr-defined]


def test_discriminators_see_pictures_of_the_pool() -> None:
    """Half of what they see once it is full are translations of earlier steps; by the newest alone they go in circles."""
    for side in (0, 1):
        own, data = recipe(pool=6)
        pictures = batch_of(data)
        discriminator = (own.model.real_a, own.model.real_b)[side]
        seen: list[Tensor] = []
        hook = discriminator.register_forward_pre_hook(lambda _, given, seen=seen: seen.append(given[0].detach().clone()))
        older, made_before = 0, []
        for _ in range(12):
            seen.clear()
            own.step(Batch(pictures), NOW)
            just_made, real, judged = seen  # for the generators; then for the discriminators, real ones and translated ones
            assert torch.equal(real, as_input(to_input(pictures, torch.device("cpu"))).chunk(2)[side])
            for one, new in zip(judged, just_made, strict=True):
                if not torch.equal(one, new):
                    is_older = any(torch.equal(one, before) for before in made_before)
                    assert is_older or any(torch.equal(one, beside) for beside in just_made)  # of the same batch, put there before
                    older += is_older
            made_before += list(just_made)
        hook.remove()
        assert 6 <= older <= 30  # of 48: nearly half of those after the pool is full


def test_a_step_takes_as_many_pictures_of_either_side() -> None:
    chosen = config(epoch_pairs=0)
    data = load_for(chosen)
    own = make_recipe(chosen, data, choose("cpu", "fp32"))
    seen: list[np.ndarray] = []

    def step(pictures: Batch, now: Moment, others: Batch | None = None) -> dict[str, Tensor]:
        seen.append(pictures.images)
        return {}

    own.step = step  # type: ignore[method-assign]
    batches = EpochBatches(chosen, data, 0)
    for number in range(batches.steps):
        batches.step(own, StepOrder(0, number, NOW))
    assert data.sides is not None
    of = {bytes(np.ascontiguousarray(one)): int(side) for one, side in zip(np.asarray(data.images), data.sides.of, strict=True)}
    for images in seen:
        mirrored = [bytes(np.ascontiguousarray(one)) for one in images]
        sides = [of.get(key, of.get(bytes(np.ascontiguousarray(one[:, ::-1])))) for key, one in zip(mirrored, images, strict=True)]
        half = len(images) // 2
        assert sides == [0] * half + [1] * half
    assert (
        sum(map(len, seen))
        == sum(batches.size(step) for step in range(batches.steps))
        == len(data.split.train) + 1 - (len(data.split.train) % 2 == 0)
    )


def test_in_time_every_picture_is_shown_and_epochs_differ() -> None:
    chosen = config(epoch_pairs=5, batch_size=2)
    data = load_for(chosen)
    assert data.sides is not None
    epochs = [EpochBatches(chosen, data, epoch) for epoch in range(6)]
    assert [one.steps for one in epochs] == [5] * 6
    shown = np.concatenate([one._order for one in epochs])
    for side in (0, 1):
        rows = data.sides.rows(data.split.train, side)
        of_side = shown[np.isin(shown, rows)]
        assert len(of_side) == 30
        assert set(rows[: len(rows)]) == set(of_side[: 2 * len(rows)]) or len(rows) > 30
        counts = np.bincount(of_side, minlength=data.sides.of.size)[rows]
        assert counts.max() - counts.min() <= 1  # none is shown twice before all were shown


def shift(plain: bool) -> float:
    """How far the mean colour of translations is from that of the pictures after some steps, in [0, 1]."""
    values = {"output": "plain", "identity_weight": 0.0} if plain else {}
    own, data = recipe(**values)
    images = batch_of(data)
    for _ in range(25):
        own.step(Batch(images), NOW)
    x = as_input(to_input(images[:4], torch.device("cpu")))
    with torch.no_grad():
        return float((own.model.to_b(x) - x).mean(dim=(2, 3)).abs().max()) / 2.0


@pytest.mark.long
def test_colours_are_right_from_the_start() -> None:
    """Added to a picture; painted anew and without the identity they are far off."""
    assert shift(plain=False) < 0.1
    assert shift(plain=True) > 0.1


# -- how it is judged


def test_the_losses_do_not_choose_the_best_epoch_but_a_reader_does() -> None:
    from core.families.registry import family

    assert family("cycle_gan").best.key == "flips"


def test_the_reader_tells_drawn_smiles_from_others_and_sees_copies_for_what_they_are(tmp_path: Path) -> None:
    source = draw_folder(tmp_path / "faces", per_class=40)
    own, data = recipe(source=source)
    assert data.sides is not None
    with torch.no_grad():
        for generator in (own.shown.to_a, own.shown.to_b):  # copies: both cycles are perfect, and nothing is translated
            silence(generator)
    valid = own.judge(data.images, data.split.valid, NOW, lambda: False).valid
    assert valid["read_right"] > 90.0
    assert valid["flips"] == pytest.approx(100.0 - valid["read_right"], abs=1e-4)
    assert valid["psnr_a"] > 60.0
    assert valid["changed_a"] < 1e-4


def test_a_reader_knows_each_side_by_its_shapes_or_its_colours() -> None:
    rng = np.random.default_rng(0)
    dark, light = (rng.integers(low, low + 60, (20, 32, 32, 3), np.uint8) for low in (20, 150))
    reader = SideReader(dark[:15], light[:15])
    assert not reader.of_second(dark[15:]).any()
    assert reader.of_second(light[15:]).all()
    assert as_levels(as_input(torch.zeros(1, 3, 2, 2))).max() == 0


class _Hiding:
    """Stands in for a model that hides what it came from in the last bits of its translation."""

    def side(self, to: str) -> int:
        return {"": 1, "A": 0, "B": 1}[to]

    def translate_float(self, pictures: np.ndarray, to: str) -> np.ndarray:
        return (0.5 + (pictures / 255.0) * 1e-3).astype(np.float32)

    def translate(self, pictures: np.ndarray, to: str) -> np.ndarray:
        if to == "B":
            return np.asarray(np.rint((self.translate_float(pictures, to) + 1.0) * 127.5), np.uint8)
        return self.back_from_float(pictures / 127.5 - 1.0, to)

    def back_from_float(self, values: np.ndarray, to: str) -> np.ndarray:
        return np.asarray(np.clip(np.rint((values - 0.5) * 1e3 * 255.0), 0.0, 255.0), np.uint8)


def test_what_a_translation_hides_is_lost_in_a_file() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    found = cycle_psnrs(cast(CycleGanInstrument, _Hiding()), pictures)
    assert found["float"] > 40.0
    assert found["levels"] < 15.0
    assert found["jpeg"] < 15.0


def test_pictures_through_jpeg_stay_nearly_the_same() -> None:
    y, x = np.mgrid[0:32, 0:32]
    smooth = np.stack([4 * x, 4 * y, 255 - 4 * x], axis=2).astype(np.uint8)[None]
    opened = through_jpeg(smooth)
    assert opened.shape == smooth.shape
    assert 0 < np.abs(opened.astype(int) - smooth).mean() < 4.0
    assert through_jpeg(smooth[..., :1]).shape == (1, 32, 32, 1)


# -- its two sides


def sides_of(source: Path, **values: Any) -> tuple[str, str]:
    data = load_for(config(source, **values))
    assert data.sides is not None
    return data.sides.names


def test_sides_are_told_by_classes_the_one_with_the_attribute_last() -> None:
    assert sides_of(toy_folder()) == ("non_smile", "smile")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"side_a": "smile"}, ("smile", "not smile")),
        ({"side_b": "dark"}, ("not dark", "dark")),
        ({"side_a": "not dark", "side_b": "dark"}, ("not dark", "dark")),
        ({"side_a": "smile", "side_b": "non_smile"}, ("smile", "non_smile")),
    ],
)
def test_sides_are_those_that_a_person_names(given: dict[str, str], expected: tuple[str, str]) -> None:
    data = load_for(with_values(config(), dict(given)))
    assert data.sides is not None
    assert data.sides.names == expected
    for side, name in enumerate(expected):
        values = data.attribute(name.removeprefix("not ")) > 0.5
        np.testing.assert_array_equal(data.sides.of == side, ~values if name.startswith("not ") else values)


def test_folders_as_the_authors_keep_them(tmp_path: Path) -> None:
    drawn = draw_folder(tmp_path / "drawn", per_class=8)
    for letter, kind in (("A", "non_smile"), ("B", "smile")):
        files = sorted((drawn / kind).iterdir())
        for part, some in ((f"train{letter}", files[:6]), (f"test{letter}", files[6:])):
            (tmp_path / "pairs" / part).mkdir(parents=True)
            for file in some:
                shutil.copy(file, tmp_path / "pairs" / part / file.name)
    data = load_for(config(tmp_path / "pairs"))
    assert data.sides is not None
    assert data.sides.names == ("A", "B")
    assert data.own_split
    assert [len(data.sides.rows(rows, side)) for rows in (data.split.train, data.split.valid) for side in (0, 1)] == [6, 6, 2, 2]
    for letter in "AB":
        shutil.rmtree(tmp_path / "pairs" / f"test{letter}")
    assert sides_of(tmp_path / "pairs") == ("A", "B")


def refused(source: Path, **values: Any) -> str:
    with pytest.raises(CoreError) as caught:
        load_for(config(source, **values))
    assert caught.value.hint
    return caught.value.message


def test_sides_that_can_not_be_learned_from_get_a_sentence(tmp_path: Path) -> None:
    one = draw_folder(tmp_path / "one", per_class=6)
    for file in sorted((one / "smile").iterdir())[1:]:
        file.unlink()
    (one / "labels.csv").unlink()
    assert refused(one) == "Side B (smile) has 1 picture."
    shutil.rmtree(one / "smile")
    assert "all of one kind" in refused(one)
    assert "share" not in refused(toy_folder(), side_a="hat")
    assert refused(toy_folder(), side_a="hat").endswith("no attribute named hat.")
    assert "are of both sides (smile and dark)" in refused(toy_folder(), side_a="smile", side_b="dark")
    same = tmp_path / "same"
    shutil.copytree(toy_folder() / "smile", same / "first")
    shutil.copytree(toy_folder() / "smile", same / "second")
    assert refused(same) == "A and B hold the same pictures."
    third = shutil.copytree(toy_folder(), tmp_path / "three")
    (third / "labels.csv").unlink()
    shutil.copytree(third / "smile", third / "grin")
    assert "3 classes (grin, non_smile, smile)" in refused(third)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"side_a": "smile", "side_b": "smile"}, "Both sides are smile"),
        ({"batch_size": 3}, "must be even"),
        ({"data.image_size": 50}, "multiple of 4"),
        ({"data.image_size": 32, "judge_layers": 4}, "larger pictures"),
        ({"processes": 2}, "one process"),
    ],
)
def test_settings_that_can_not_be(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        with_values(config(), values)


def test_a_run_that_can_not_begin_says_why(tmp_path: Path) -> None:
    events = run_events(config(side_a="hat"), tmp_path / "run")
    assert isinstance(events[-1], RunFailed)
    assert "hat" in events[-1].message


# -- what it learns


@pytest.mark.long
def test_it_learns_to_make_drawn_faces_smile(tmp_path: Path) -> None:
    """A real run in small: more are read as the other side than at its start, and the cycle holds."""
    source = draw_folder(tmp_path / "faces", per_class=60)
    weights = {"cycle_weight": 3.0, "identity_weight": 0.3, "learning_rate": 5e-4, "ema_decay": 0.95}
    chosen = config(source, epochs=6, epoch_pairs=125, batch_size=2, blocks=2, **weights)
    said = [event for event in run_events(chosen, tmp_path / "run") if isinstance(event, EpochFinished)]
    assert max(event.valid["flips"] for event in said) > 70.0 > said[0].valid["flips"]
    assert said[-1].valid["psnr_a"] > 15.0
    model = CycleGanInstrument(load(find(str(tmp_path / "run"))))
    assert model.sides == ("non_smile", "smile")
    assert model.side("smile") == model.side("B") == model.side("") == 1
    with pytest.raises(ConfigError, match="no side 'hat'"):
        model.translate(np.zeros((1, 32, 32, 3), np.uint8), "hat")


@pytest.mark.parametrize("said", [None, [], ["x"], ["x", "x"], [1, 2], "xy", {"a": "b"}, ["", "x"]])
def test_a_file_that_says_nothing_of_its_sides_has_a_and_b(said: object) -> None:
    assert sides_in({"sides": said}) == ("A", "B")
    assert sides_in({"sides": ["day", "night"]}) == ("day", "night")


@pytest.mark.parametrize("folder", [real_source("unpaired")])
def test_photos_and_drawn_portraits_are_two_sides(folder: Path) -> None:
    data = load_for(config(folder, batch_size=2))
    assert data.sides is not None
    assert data.sides.names == ("A", "B")
    counts = [len(data.sides.rows(rows, side)) for rows in (data.split.train, data.split.valid) for side in (0, 1)]
    assert counts == [400, 400, 60, 60]
