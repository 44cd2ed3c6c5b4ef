"""A second family with numbers, charts, rows and phases of its own, for tests of what shows runs; it can't be trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.config import TrainConfig, preset, to_dict, with_values
from core.events import CheckpointSaved, EpochFinished, Event, RunFinished, RunStarted, encode
from core.families import registry
from core.families.base import TOKENS, VALID, WHOLE, Can, Chart, CodeSpace, Family, Metric, Phase, Preset
from core.files import write_json
from core.runs.history import RunHistory, history_of
from core.setting import setting

NAME = "codes"
CODEBOOK, PRIOR = "codebook", "prior"  # its phases


@dataclass(frozen=True, slots=True)
class CodesSettings:
    """All of them."""

    grid: int = setting(4, "Grid", "How many codes a picture has on each side.", low=1, high=64, fixed="grid", telling=True)
    prior_epochs: int = setting(0, "Prior", "How long the codes' prior is trained.", unit="epochs", low=0, high=1000)


def _phases(config: TrainConfig) -> tuple[Phase, ...]:
    first = Phase(CODEBOOK, "The codebook", config.epochs)
    prior = config.settings.prior_epochs
    return (first, Phase(PRIOR, "A prior over codes", prior, best="surprise")) if prior else (first,)


FAMILY = Family(
    name=NAME,
    title="Codes",
    help="Pictures become a grid of codes.",
    settings=CodesSettings,
    presets=(Preset("codes_quick", "Codes", "For tests alone.", {"epochs": 6}),),
    metrics=(
        Metric("commitment", "Commitment", lower_is_better=True),
        Metric("perplexity", "Perplexity", "codes", where=VALID),
        Metric("codes_used", "Codes used", "codes", where=WHOLE, from_zero=True, whole_numbers=True),
        Metric("psnr", "PSNR", "dB", lower_is_better=False, where=VALID, chooses_best=True, digits=2),
        Metric("surprise", "Surprise", "nats per code", lower_is_better=True, optional=True),
        Metric("use_per_code", "Use per code", "%", where=VALID, per_axis=True),
    ),
    charts=(
        Chart("commitment", "Commitment", "How far the encoder is from its codes", ("commitment",), ("psnr",)),
        Chart("codebook", "Codebook", "How evenly the codes are used, and how many are", ("perplexity", "codes_used")),
        Chart("psnr", "PSNR", "How close reconstructions come to the pictures", ("psnr",)),
        Chart("use_per_code", "Use per code", "How often each code is chosen", ("use_per_code",)),
        Chart("surprise", "Surprise", "What the prior doesn't expect", ("surprise",)),
    ),
    rows=("originals", "reconstructions"),
    home="nowhere",
    spaces=lambda settings, shape: {"codes": CodeSpace(TOKENS, (settings.grid, settings.grid), 4)},
    can=lambda settings, shape: frozenset({Can.ENCODE, Can.DECODE}),
    phases=_phases,
    about=lambda settings: (f"grid {settings.grid}",),
)


@pytest.fixture
def codes_family(monkeypatch: pytest.MonkeyPatch) -> Family:
    """The family, registered for as long as a test takes."""
    monkeypatch.setitem(registry.PLACES, NAME, __name__)
    return FAMILY


def codes_epoch(epoch: int, epochs: int, preview: str = "") -> EpochFinished:
    """An epoch of the codebook that is a little better than the one before."""
    commitment = 0.02 + 0.2 / epoch
    return EpochFinished(
        epoch=epoch,
        epochs=epochs,
        seconds=2.0,
        images_per_second=80.0,
        train={"loss": commitment, "commitment": commitment},
        valid={
            "loss": 1.1 * commitment,
            "commitment": 1.1 * commitment,
            "perplexity": 1.0 + 0.25 * epoch,
            "psnr": 20 + 0.5 * epoch,
        },
        learning_rate=0.001,
        preview=preview,
        numbers={"codes_used": float(min(4, epoch))},
        per_axis={"use_per_code": (10.0, 60.0, 5.0, 25.0)},
    )


def prior_epoch(epoch: int, epochs: int) -> EpochFinished:
    """An epoch of the prior, which has other numbers."""
    surprise = {"loss": 1.0 / epoch, "surprise": 1.0 / epoch}
    return replace(codes_epoch(epoch, epochs), phase=PRIOR, train=surprise, valid=surprise, numbers={}, per_axis={})


def two_phases(codebook: int, prior: int) -> list[EpochFinished]:
    """The epochs of a run that trains its codebook and then a prior."""
    whole = codebook + prior
    first = [replace(codes_epoch(n, whole), phase=CODEBOOK) for n in range(1, codebook + 1)]
    return [*first, *(prior_epoch(n, whole) for n in range(codebook + 1, whole + 1))]


def codes_history(epochs: int | Sequence[EpochFinished]) -> RunHistory:
    """A history of so many epochs of the codebook, or of these."""
    rows = [codes_epoch(n, epochs) for n in range(1, epochs + 1)] if isinstance(epochs, int) else list(epochs)
    return history_of(rows, family_name=NAME)


def write_codes_run(folder: Path, rows: Sequence[EpochFinished], **values: object) -> Path:
    """A finished run folder of these epochs; dots in names of settings as double underscores."""
    config = with_values(preset("codes_quick"), {name.replace("__", "."): value for name, value in values.items()})
    write_json(folder / "config.json", to_dict(config))
    events: list[Event] = [RunStarted(str(folder), to_dict(config), {}, "cpu", "fp32", 1, 1, 0, 1)]
    for row in rows:
        events += [row, CheckpointSaved("", True, row.epoch)]
    events.append(RunFinished(False, len(rows), 1.0))
    (folder / "events.jsonl").write_text("".join(encode(event, 1000.0) + "\n" for event in events), encoding="utf-8")
    return folder
