"""Where a model computes."""

from __future__ import annotations

import os

import pytest
import torch

from core import device
from core.device_count import SPIN, available_cores
from core.errors import ConfigError
from main import main


def test_the_processor_in_fp32_and_bf16() -> None:
    plain, half = device.choose("cpu", "fp32"), device.choose("cpu", "bf16")
    assert (plain.device.type, plain.precision, plain.label) == ("cpu", "fp32", "CPU, fp32")
    assert half.precision == "bf16"
    product = torch.ones(2, 2)
    with half.autocast():
        assert (product @ product).dtype == torch.bfloat16
    with plain.autocast():
        assert (product @ product).dtype == torch.float32


def test_auto_takes_bf16_only_where_the_hardware_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for capable in (True, False):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda capable=capable: {"avx512_bf16": capable})
        assert device.choose("cpu", "auto").bf16 is capable


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_device_that_is_not_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ConfigError) as caught:
        device.choose(name, "fp32")
    assert "--device cpu" in caught.value.hint
    assert device.choose("auto", "fp32").device.type == "cpu"


def test_threads() -> None:
    before = torch.get_num_threads()
    try:
        assert device.set_threads(1) == 1 == torch.get_num_threads()
        assert device.set_threads(0) == available_cores() == torch.get_num_threads()
        assert device.set_threads(10_000) == available_cores()
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(("own", "spin"), [({}, SPIN), ({"OMP_WAIT_POLICY": "active"}, None), ({"GOMP_SPINCOUNT": "7"}, "7")])
def test_threads_give_a_core_away_soon_unless_a_person_says_otherwise(
    own: dict[str, str], spin: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.setenv(name, own.get(name, ""))
        if name not in own:
            monkeypatch.delenv(name)
    assert main(["--version"]) == 0
    assert os.environ.get("GOMP_SPINCOUNT") == spin
