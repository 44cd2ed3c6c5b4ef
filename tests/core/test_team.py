"""Several processes under `torchrun`: they train as one would, one speaks, and none is waited for that has died."""

from __future__ import annotations

import contextlib
import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.checkpoint import MODEL, load
from core.events import EpochFinished, Event, Log, RunFailed, RunFinished, RunStarted, Step, decode
from core.team import Share, Team
from tests.helpers.tiny_faces import write_faces

pytestmark = pytest.mark.long

MAIN = Path(__file__).resolve().parents[2] / "main.py"
PATIENCE = 120.0
TINY = ("--image-size", "32", "--threads", "1", "--events", "-")
CODES = ("--family", "vq_vae", "--set", "grid=8", "--set", "codebook_size=16", "--set", "hidden=16", "--set", "code_dim=8")

Child = subprocess.Popen[str]


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_faces(tmp_path_factory.mktemp("team") / "faces", {"smile": 30, "non_smile": 30}))


def start(*arguments: str, processes: int = 1) -> Child:
    before = ["-m", "torch.distributed.run", "--nproc-per-node", str(processes)] if processes > 1 else []
    size = () if "--family" in arguments or "--resume" in arguments else ("--latent-dim", "6")
    command = [sys.executable, *before, str(MAIN), "train", *TINY, *size, *arguments]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        start_new_session=True,
    )  # fmt: skip


@pytest.fixture
def children() -> Iterator[list[Child]]:
    made: list[Child] = []
    yield made
    for child in made:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # torchrun's processes too, which hold the pipes
        child.communicate()


def read_until(child: Child, kind: type) -> Event:
    """Read events until one of a kind has come."""
    assert child.stdout is not None
    for line in child.stdout:
        event = decode(line)
        if isinstance(event, kind):
            return event
    raise AssertionError(f"no {kind.__name__}: {child.communicate()[1]}")


def rest_of(child: Child) -> list[Event]:
    out, _ = child.communicate(timeout=PATIENCE)
    return [event for line in out.splitlines() if (event := decode(line)) is not None]


def process_of(child: Child, rank: int) -> int:
    """The process of a rank among a torchrun's children."""
    tasks = Path(f"/proc/{child.pid}/task/{child.pid}/children")
    for pid in tasks.read_text().split():
        if b"\0RANK=%d\0" % rank in b"\0" + Path(f"/proc/{pid}/environ").read_bytes():
            return int(pid)
    raise AssertionError(f"no process of rank {rank}")


VAE_CURVES = ("train_reconstruction", "train_kl", "train_total_correlation", "valid_reconstruction", "valid_kl", "valid_psnr")
ATOMS = ("--family", "sc_vae", "--set", "grid=8", "--set", "atoms=16", "--set", "hidden=16", "--set", "code_dim=8")
SC_CURVES = ("train_reconstruction", "train_left_out", "valid_reconstruction", "valid_left_out", "valid_psnr", "valid_nonzeros")
VQ_CURVES = ("train_reconstruction", "train_commitment", "valid_reconstruction", "valid_commitment", "valid_psnr")


def curves(run: Path, columns: Sequence[str] = VAE_CURVES) -> list[list[float]]:
    with open(run / "metrics.csv", encoding="utf-8", newline="") as opened:
        return [[float(row[column] or 0.0) for column in columns] for row in csv.DictReader(opened)]


def test_a_batch_is_shared_to_the_last_picture() -> None:
    shares = [Team(rank, 3).share(8) for rank in range(3)]
    assert shares == [Share(0, 2, 8), Share(2, 5, 8), Share(5, 8, 8)]
    assert Team().share(8) == Share(0, 8, 8)


def train_alone_and_together(children: list[Child], faces: str, folder: Path, *settings: str) -> tuple[Path, Path, list[Event]]:
    """The same run by one process and by two, at the same time: both folders, and what the second said."""
    alone, together = folder / "alone", folder / "together"
    children.append(start("--data", faces, *settings, "--out", str(alone)))
    children.append(start("--data", faces, *settings, "--out", str(together), processes=2))
    ends = [rest_of(child) for child in children]
    assert [child.returncode for child in children] == [0, 0]
    return alone, together, ends[1]


@pytest.mark.parametrize(
    ("objective", "prior"), [("beta_vae", "normal"), ("factor_vae", "normal"), ("beta_tcvae", "normal"), ("beta_vae", "vamp")]
)
def test_two_processes_learn_what_one_learns(children: list[Child], faces: str, tmp_path: Path, objective: str, prior: str) -> None:
    settings = ("--epochs", "2", "--batch-size", "16", "--set", "objective.variance=optimal", "--set", "ema_decay=0.9")
    settings += ("--set", f"objective.name={objective}", "--set", "objective.discriminator_units=32", "--precision", "fp32")
    settings += ("--set", f"whiten_every={int((objective, prior) == ('beta_vae', 'normal'))}")
    settings += ("--set", f"prior={prior}", "--set", "pseudo_inputs=8")
    alone, together, said = train_alone_and_together(children, faces, tmp_path, *settings)
    assert curves(together) == [pytest.approx(row, rel=2e-3, abs=2.0) for row in curves(alone)]  # of some 1,000 nats
    assert sum(isinstance(event, RunStarted) for event in said) == 1
    assert [event.epoch for event in said if isinstance(event, EpochFinished)] == [1, 2]
    assert any(isinstance(event, Log) and "2 processes" in event.message for event in said)


def test_two_processes_fill_one_codebook(children: list[Child], faces: str, tmp_path: Path) -> None:
    """Every process's vectors move the codes, and all of them have the same ones: else the curves would part at once."""
    settings = (*CODES, "--epochs", "2", "--batch-size", "16", "--set", "ema_decay=0.9", "--precision", "fp32")
    settings += ("--set", "prior_epochs=0")
    alone, together, _ = train_alone_and_together(children, faces, tmp_path, *settings)
    assert curves(together, VQ_CURVES) == [pytest.approx(row, rel=0.02) for row in curves(alone, VQ_CURVES)]


def test_two_processes_learn_one_dictionary(children: list[Child], faces: str, tmp_path: Path) -> None:
    """Vectors are centred and scaled over the whole batch, and all processes bring the same atoms back to length 1."""
    settings = (*ATOMS, "--epochs", "2", "--batch-size", "16", "--set", "ema_decay=0.9", "--precision", "fp32")
    alone, together, _ = train_alone_and_together(children, faces, tmp_path, *settings)
    assert curves(together, SC_CURVES) == [pytest.approx(row, rel=0.02) for row in curves(alone, SC_CURVES)]


def test_two_processes_learn_one_prior(children: list[Child], faces: str, tmp_path: Path) -> None:
    """From the same first weights, with gradients of the whole batch: else the second epoch's bits would differ at once."""
    settings = (*CODES, "--epochs", "1", "--batch-size", "16", "--precision", "fp32", "--set", "prior_epochs=2")
    alone, together, _ = train_alone_and_together(children, faces, tmp_path, *settings)
    bits = ("train_prior_bits", "valid_prior_bits")
    assert curves(together, bits)[1:] == [pytest.approx(row, rel=0.01) for row in curves(alone, bits)[1:]]


def test_two_processes_sharpen_as_one(children: list[Child], faces: str, tmp_path: Path) -> None:
    """The strength of each pull is that of the whole batch: taken from each part, the decoders part within some steps."""
    settings = ("--epochs", "1", "--batch-size", "16", "--precision", "fp32", "--set", "sharpen_epochs=2")
    alone, together, _ = train_alone_and_together(children, faces, tmp_path, *settings)
    one, two = (load(run / "checkpoints" / "last.safetensors").part(MODEL) for run in (alone, together))
    changed = [name for name in one if name.startswith(("from_latent", "decoder")) and one[name].ndim > 1]
    apart = {name: float(np.linalg.norm(one[name] - two[name]) / np.linalg.norm(one[name])) for name in changed}
    assert max(apart.values()) < 3e-3, apart


def test_stop_ends_all_of_them_and_the_run_goes_on_alone(children: list[Child], faces: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    child = start("--data", faces, "--epochs", "500", "--batch-size", "8", "--out", str(run), processes=2)
    children.append(child)
    read_until(child, EpochFinished)
    assert child.stdin is not None
    child.stdin.write('{"command": "stop"}\n')
    child.stdin.flush()
    last = rest_of(child)[-1]
    assert isinstance(last, RunFinished)
    assert last.stopped
    assert child.returncode == 0
    resumed = start("--out", str(run), "--resume", "--epochs", "501")
    children.append(resumed)
    began = read_until(resumed, RunStarted)
    assert isinstance(began, RunStarted)
    assert began.epoch == last.epoch
    read_until(resumed, Step)


@pytest.mark.parametrize("first", ["the leader notices", "torchrun notices"])
def test_a_process_that_dies_ends_the_run_with_a_sentence(children: list[Child], faces: str, tmp_path: Path, first: str) -> None:
    run = tmp_path / "run"
    child = start("--data", faces, "--epochs", "500", "--batch-size", "8", "--out", str(run), processes=2)
    children.append(child)
    read_until(child, EpochFinished)
    began = time.perf_counter()
    leader = process_of(child, 0)
    if first == "torchrun notices":  # and asks the leader to stop, as a person would
        os.kill(leader, signal.SIGSTOP)
    os.kill(process_of(child, 1), signal.SIGKILL)
    if first == "torchrun notices":
        os.kill(leader, signal.SIGTERM)
        os.kill(leader, signal.SIGCONT)
    failed = [event for event in rest_of(child) if isinstance(event, RunFailed)]
    assert [event.message for event in failed] == ["Another process of this run has ended unexpectedly."]
    assert "--resume" in failed[0].hint
    assert time.perf_counter() - began < PATIENCE / 2
    assert child.returncode != 0
    assert (run / "checkpoints" / "last.safetensors").is_file()


def test_batches_too_small_to_share_are_refused(children: list[Child], faces: str, tmp_path: Path) -> None:
    child = start("--data", faces, "--epochs", "1", "--batch-size", "1", "--out", str(tmp_path / "run"), processes=2)
    children.append(child)
    failed = [event for event in rest_of(child) if isinstance(event, RunFailed)]
    assert [event.message for event in failed] == ["2 processes can't share batches of 1 picture."]
