"""Processes that train one network together: one leads, the others follow, and means are taken over all of them.

`torchrun` starts them. Each holds the whole network and takes its share of every batch. What depends on the batch as a
whole (the loss, BatchNorm's statistics, the noise) is computed as one process would on the whole of it, so that the number
of processes changes nothing but rounding. Only the leader gets commands, reports and writes files; it tells the others
what to do.
"""

from __future__ import annotations

import contextlib
import datetime
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor

from core.errors import TrainingError

PATIENCE = datetime.timedelta(days=30)  # a paused run makes the others wait; a dead process is noticed by its closed connection


@dataclass(frozen=True, slots=True)
class Share:
    """One process's part of a batch: places `start` to `stop` of `total`."""

    start: int
    stop: int
    total: int


@dataclass(frozen=True, slots=True)
class Team:
    """This process's place among those that train together.

    Args:
        rank: 0 leads.
        size: how many there are; 1: this process is alone, and nothing is ever sent.
    """

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def share(self, total: int) -> Share:
        """This process's part of a batch of so many pictures; the parts differ by one at most."""
        cut = [total * rank // self.size for rank in range(self.size + 1)]
        return Share(cut[self.rank], cut[self.rank + 1], total)

    def tell(self, kind: int, payload: bytes = b"") -> None:
        """Send the leader's message to all others: a number, and bytes that go with it. Raises TrainingError."""
        if self.size == 1:
            return
        _broadcast(torch.tensor([kind, len(payload)]))
        if payload:
            _broadcast(torch.frombuffer(bytearray(payload), dtype=torch.uint8))

    def hear(self) -> tuple[int, bytes]:
        """Wait for the leader's message. Raises TrainingError where the leader is gone."""
        head = torch.zeros(2, dtype=torch.int64)
        _broadcast(head)
        kind, length = (int(number) for number in head)
        body = torch.empty(length, dtype=torch.uint8)
        if length:
            _broadcast(body)
        return kind, body.numpy().tobytes()

    def meet(self) -> None:
        """Wait until all processes are here. Raises TrainingError where one is gone."""
        if self.size > 1:
            _sum_in_place(torch.zeros(1))

    def part(self) -> None:
        """Wait for each other before closing the connections: what was sent last can get lost in a closed one."""
        if self.size > 1:
            with contextlib.suppress(RuntimeError):  # the others have what they need: the order of leaving no longer matters
                dist.barrier()

    def average_gradients(self, parameters: list[torch.nn.Parameter]) -> None:
        """Give every process the mean of all gradients, in one exchange. Raises TrainingError."""
        if self.size == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        _sum_in_place(flat)
        flat /= self.size
        place = 0
        for gradient in gradients:
            gradient.copy_(flat[place : place + gradient.numel()].view_as(gradient))
            place += gradient.numel()


def wanted_size() -> int:
    """How many processes `torchrun` started; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextlib.contextmanager
def joined() -> Iterator[Team]:
    """This process's team, from what `torchrun` says in the environment; without it a team of one.

    Raises:
        TrainingError: the processes don't find each other.
    """
    size = wanted_size()
    if size == 1:
        yield Team()
        return
    has_gpu = torch.cuda.is_available()
    if has_gpu:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    try:
        dist.init_process_group("cpu:gloo,cuda:nccl" if has_gpu else "gloo", timeout=PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise TrainingError(f"The {size} processes don't find each other: {error}.", "Start them with torchrun.") from None
    try:
        yield Team(dist.get_rank(), size)
    finally:
        with contextlib.suppress(RuntimeError):  # a process that died breaks the others' connections
            dist.destroy_process_group()


def batch_mean(values: Tensor, *, over_team: bool) -> Tensor:
    """The mean over the batch, (B, ...) -> (...); over the team: of the whole batch, of which each process has a part.

    Each process then computes the same loss, so that the mean of all processes' gradients is the whole batch's gradient.

    Raises:
        TrainingError: another process is gone.
    """
    if not (over_team and dist.is_initialized()):
        return values.mean(dim=0)
    total = values.sum(dim=0)
    count = total.new_full((1,), float(len(values)))
    summed = team_sum(torch.cat([total.reshape(-1), count]))
    return (summed[:-1] / summed[-1]).view_as(total)


def whole_batch(values: Tensor, *, over_team: bool) -> Tensor:
    """The whole batch's rows (B, D), of which each process has a part, in the processes' order; with a gradient.

    Each process can then compute the same loss from them, as with `batch_mean`.

    Raises:
        TrainingError: another process is gone.
    """
    if not (over_team and dist.is_initialized()):
        return values
    counts = values.new_zeros(dist.get_world_size())
    counts[dist.get_rank()] = len(values)
    _sum_in_place(counts)
    ends = counts.long().cumsum(0).tolist()
    stop = ends[dist.get_rank()]
    return team_sum(F.pad(values, (0, 0, stop - len(values), ends[-1] - stop)))


def team_sum(values: Tensor) -> Tensor:
    """The sum of a tensor over all processes, with a gradient. Raises TrainingError where one is gone."""
    return _TeamSum.apply(values)  # type: ignore[no-any-return, no-untyped-call]


class _TeamSum(torch.autograd.Function):
    """Forward the sum over processes; backward, since all of them use that sum, the sum of their gradients."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        result = values.clone()
        _sum_in_place(result)
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # type: ignore[override]
        result = gradient.clone()
        _sum_in_place(result)
        return result


def _sum_in_place(values: Tensor) -> None:
    with _others_alive():
        dist.all_reduce(values)


def _broadcast(values: Tensor) -> None:
    with _others_alive():
        dist.broadcast(values, src=0)


@contextlib.contextmanager
def _others_alive() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # gloo and NCCL both raise it when a connection is closed
        raise TrainingError(
            "Another process of this run has ended unexpectedly.",
            "Its own message is above, if it left one. --resume continues from the last checkpoint.",
        ) from error
