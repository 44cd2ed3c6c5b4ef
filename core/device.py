"""Where a model computes and how: device, precision, threads."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass

import torch

from core.device_count import available_cores
from core.errors import ConfigError

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h


@dataclass(frozen=True, slots=True)
class Compute:
    """The device and the precision that a run or an engine uses."""

    device: torch.device
    bf16: bool  # autocast to bfloat16

    @property
    def precision(self) -> str:
        return "bf16" if self.bf16 else "fp32"

    @property
    def label(self) -> str:
        """For people: "CPU, fp32"."""
        name = {"cpu": "CPU", "cuda": "GPU", "mps": "Apple GPU"}.get(self.device.type, self.device.type)
        return f"{name}, {self.precision}"

    def autocast(self) -> torch.autocast:
        """The context in which forward passes run."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.bf16)


def choose(device: str = "auto", precision: str = "auto") -> Compute:
    """The device and precision that the settings ask for.

    Args:
        device: "auto" (a GPU if there is one), "cpu", "cuda" or "mps".
        precision: "auto" (bf16 where the hardware has it), "fp32" or "bf16".

    Raises:
        ConfigError: there is no such device.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    elif device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("There is no CUDA device that this PyTorch can use.", "Use --device auto or --device cpu.")
    elif device == "mps" and not torch.backends.mps.is_available():
        raise ConfigError("There is no Apple GPU that this PyTorch can use.", "Use --device auto or --device cpu.")
    bf16 = has_bf16(device) if precision == "auto" else precision == "bf16"
    return Compute(torch.device(device), bf16)


def has_bf16(device: str) -> bool:
    """Whether the device multiplies bfloat16 in hardware (without, it would be slower than fp32)."""
    if device == "cuda":
        return torch.cuda.get_device_capability()[0] >= 8
    if device == "cpu":
        capabilities = torch.cpu.get_capabilities()
        return bool(
            capabilities.get("avx512_bf16")
            or capabilities.get("amx_bf16")
            or capabilities.get("sve_bf16")
            or capabilities.get("bf16")
        )
    return False


def set_threads(count: int, processes: int = 1) -> int:
    """Use so many processor threads; gives the number in use.

    Args:
        count: 0 = all cores that this process may use.
        processes: the cores are divided among so many that train together.
    """
    cores = available_cores()
    count = min(count, cores) if count else max(1, cores // processes)
    torch.set_num_threads(count)
    return count


def keep_freed_memory(keep: bool = True) -> None:
    """Let a training process keep the big buffers that each step frees, instead of allocating them anew every time.

    The GNU C library hands buffers above a threshold back to the system at once; the page faults of getting them again
    cost a quarter of a step of 128 pictures (`benchmarks/train_step.py`). Elsewhere this does nothing.

    Args:
        keep: False for the library's default behaviour, for comparison.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, 1 << 30 if keep else 32 << 20)  # it raises the threshold with use, to 32 MB at most
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1 if keep else 64 << 20)
