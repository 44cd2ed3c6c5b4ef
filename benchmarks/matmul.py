"""What part of the machine's matrix-multiply rate a training step reaches, and where the rest of its time goes.

The rate is the best of `torch.mm` over a few square sizes, with the step's threads. The step's arithmetic is counted from
the layers' shapes: two for each multiply-add forward, as much again for the gradient of the weights and for that of the
input (which the first layer doesn't need). Whatever isn't a matrix product counts as nothing, so the share is what is left.
Times are torch.profiler's own times of the operators.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

SIZES = (512, 1024, 2048)
CONVOLUTION = {"aten::mkldnn_convolution": False, "aten::_convolution": True}  # on a processor; transposed or not
KINDS: dict[str, tuple[str, ...]] = {
    "convolutions, forward": ("conv2d", "conv_transpose2d", "convolution", "_convolution", "mkldnn_convolution", "thnn_conv2d"),
    "convolutions, backward": ("convolution_backward",),
    "batch norm": ("batch_norm", "native_batch_norm", "_batch_norm_impl_index", "native_batch_norm_backward"),
    "ReLU": ("relu", "relu_", "clamp_min", "clamp_min_", "threshold_backward"),
    "linear layers": ("linear", "addmm", "mm"),
    "random numbers (dropout, noise)": ("bernoulli_", "randn", "normal_"),
    "Adam": ("_fused_adam_",),
}
ELSE = "all else (conversion, standardising, loss, dropout's products)"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's arithmetic on a batch."""

    name: str
    transposed: bool
    shapes: tuple[tuple[int, ...], ...]  # of input, weight and output
    forward_flops: float
    backward_flops: float


def layers_of(model: nn.Module, step: Callable[[], object]) -> list[Layer]:
    """What the convolutions and linear layers of a model compute in one step, in the order they run in."""
    found: list[Layer] = []
    hooks = []
    for name, module in model.named_modules():
        if not isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            continue

        def note_it(module: nn.Module, given: tuple[torch.Tensor, ...], made: torch.Tensor, name: str = name) -> None:
            x, weight = given[0], module.weight
            transposed = isinstance(module, nn.ConvTranspose2d)
            # A weight meets each place of the output once, or in a transposed convolution each place of the input.
            places = (x if transposed else made).numel() // weight.shape[0]
            flops = 2.0 * weight.numel() * places
            shapes = tuple(x.shape), tuple(weight.shape), tuple(made.shape)
            found.append(Layer(name, transposed, shapes, flops, flops * (2 if x.requires_grad else 1)))

        hooks.append(module.register_forward_hook(note_it))
    step()
    for hook in hooks:
        hook.remove()
    return found


def matmul_rate(dtype: torch.dtype, device: torch.device, clock: Callable[[], float]) -> float:
    """GFLOP/s of one round of square matrix products, the best size's."""
    best = 0.0
    for size in SIZES:
        a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
        out = torch.empty(size, size, dtype=dtype, device=device)
        for _ in range(max(3, 3 * 2048 // size)):
            started = clock()
            torch.mm(a, b, out=out)
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            best = max(best, 2 * size**3 / (clock() - started) / 1e9)
    return best


def watch(step: Callable[[], object], steps: int) -> list[Any]:
    """The operators of some steps, by shape, as torch.profiler has them."""
    step()
    with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as found:
        for _ in range(steps):
            step()
    return list(found.key_averages(group_by_input_shape=True))


def by_kind(events: list[Any], steps: int) -> list[dict[str, Any]]:
    """Milliseconds of a step by kind of operator, and their share of all."""
    kind_of = {f"aten::{name}": kind for kind, names in KINDS.items() for name in names}
    sums: dict[str, float] = dict.fromkeys([*KINDS, ELSE], 0.0)
    for event in events:
        sums[kind_of.get(event.key, ELSE)] += event.self_cpu_time_total / 1000 / steps
    whole = sum(sums.values())
    return [{"kind": kind, "ms": round(ms, 2), "share": round(ms / whole, 3)} for kind, ms in sums.items()]


def by_layer(events: list[Any], layers: list[Layer], steps: int) -> list[dict[str, Any]]:
    """Milliseconds and GFLOP/s of each convolution, forward and backward; empty where another device computes them."""
    forward: dict[tuple[Any, ...], float] = {}
    backward: dict[tuple[Any, ...], float] = {}
    for event in events:
        shapes = [tuple(shape) for shape in event.input_shapes if shape]
        milliseconds = event.self_cpu_time_total / 1000 / steps
        if event.key in CONVOLUTION and len(shapes) > 1:
            forward[CONVOLUTION[event.key], shapes[0], shapes[1]] = milliseconds
        elif event.key == "aten::convolution_backward":
            backward[shapes[1], shapes[2], shapes[0]] = milliseconds
    rows = []
    for layer in layers:
        x, weight, made = layer.shapes
        ahead, back = forward.get((layer.transposed, x, weight)), backward.get((x, weight, made))
        if ahead and back:
            rows.append(
                {
                    "layer": layer.name,
                    "what": f"{x[1]} to {made[1]} channels, {x[2]} to {made[2]} pixels",
                    "gflop": round((layer.forward_flops + layer.backward_flops) / 1e9, 2),
                    "forward_ms": round(ahead, 2),
                    "forward_gflops": round(layer.forward_flops / ahead / 1e6, 1),
                    "backward_ms": round(back, 2),
                    "backward_gflops": round(layer.backward_flops / back / 1e6, 1),
                }
            )
    return rows
