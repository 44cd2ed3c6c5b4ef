"""Where a model computes."""

from __future__ import annotations

import pytest
import torch

from core import device
from core.device_count import available_cores
from core.errors import ConfigError


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
