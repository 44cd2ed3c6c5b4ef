"""Memory that runs out for real, and numbers that stop being numbers."""

from __future__ import annotations

import errno
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import checkpoint
from core.errors import TrainingError
from core.events import RunFailed, Step
from core.training.memory import shortage_in_words
from tests.helpers.faults import finished, last, tiny_words, wrapper
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import run_events, tiny

# What the program itself needs is left to it, and 100 MB; the first convolution of the first batch gives 151 MB.
LIMITED = """
import resource
from core.families.vae.recipe import VaeRecipe
real = VaeRecipe.step
def step(self, *args, **more):
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (100 << 20),) * 2)
    VaeRecipe.step = real
    return real(self, *args, **more)
VaeRecipe.step = step
"""


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit counts what /proc says")
def test_a_batch_that_does_not_fit(tmp_path: Path) -> None:
    source = draw_folder(tmp_path / "many", per_class=300)
    short = wrapper(tmp_path / "short.py", LIMITED)
    words = [*tiny_words(source), "--image-size", "96", "--batch-size", "512"]
    done = finished(*words, "--out", tmp_path / "run", script=short)
    assert done.process.returncode == 3, done.errors
    failed = done.events[-1]
    assert isinstance(failed, RunFailed)
    assert "not enough memory" in failed.message
    assert "smaller batch size" in failed.hint
    assert "Traceback" not in done.errors


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: you tried to allocate"),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("std::bad_alloc"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_each_way_to_say_it_is_one_sentence(error: Exception) -> None:
    with pytest.raises(TrainingError, match="not enough memory"), shortage_in_words():
        raise error


def test_a_bug_stays_a_bug() -> None:
    for error in (RuntimeError("shapes don't match"), OSError(errno.ENOENT, "No such file or directory")):
        with pytest.raises(type(error), match="shapes|No such file"), shortage_in_words():
            raise error


@pytest.mark.long
def test_a_learning_rate_that_throws_the_weights_out(tmp_path: Path) -> None:
    done = finished(
        *tiny_words(),
        "--out",
        tmp_path / "run",
        "--learning-rate",
        "10",
        "--set=objective.variance=fixed",
        "--beta=1e6",
        "--epochs=12",
    )
    assert done.process.returncode == 3, done.errors
    assert isinstance(done.events[-1], RunFailed)
    assert "became" in done.events[-1].message or "finite" in done.events[-1].message
    assert "learning rate" in done.events[-1].hint
    assert "Traceback" not in done.errors


def test_a_batch_that_poisons_the_weights(tmp_path: Path) -> None:
    """Adam's memory holds an infinity: the next step makes weights of it that are no numbers."""
    folder = tmp_path / "run"
    run_events(tiny(), folder, until=lambda event: isinstance(event, Step) and event.epoch == 2)
    saved = checkpoint.load(last(folder), training_state=True)
    name = next(name for name in saved.tensors if name.endswith(".exp_avg"))
    poisoned = {**saved.tensors, name: np.full_like(saved.tensors[name], np.inf)}
    checkpoint.save(last(folder), replace(saved.header), poisoned)
    before = last(folder).read_bytes()
    events = run_events(tiny(), folder, resume=True)
    assert isinstance(events[-1], RunFailed), events[-1]
    assert "nan" in events[-1].message or "finite" in events[-1].message
    assert "last good checkpoint is kept" in events[-1].message
    assert last(folder).read_bytes() == before
