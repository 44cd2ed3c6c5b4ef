"""BatchNorm and the convolution before it: its bias rests in training, and for use the BatchNorm is folded into its weights."""

from __future__ import annotations

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold(network: nn.Module) -> None:
    """Fold each BatchNorm into the convolution before it, and drop Dropout, in place, at any depth.

    In evaluation mode a BatchNorm is a fixed scale and shift of each channel, which the convolution's weights can hold
    (Jacob et al., arXiv 1712.05877, section 3.2); the output is the same to rounding. The network can't
    be trained afterwards.
    """
    network.eval()
    for name, child in network.named_children():
        if isinstance(child, nn.Sequential):
            setattr(network, name, _folded(child))
        else:
            fold(child)


def hold_idle_biases(network: nn.Module) -> None:
    """Don't train biases right before a BatchNorm, at any depth.

    The BatchNorm subtracts the mean again, so their gradient is zero but for rounding; computing it costs a tenth of a
    step on a CPU (`benchmarks/step_trials.py`).
    """
    for part in network.modules():
        if isinstance(part, nn.Sequential):
            for layer, after in zip(part, list(part)[1:], strict=False):
                is_convolution = isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)
                if is_convolution and layer.bias is not None and isinstance(after, nn.BatchNorm2d):
                    layer.bias.requires_grad_(False)


def _folded(layers: nn.Sequential) -> nn.Sequential:
    kept: list[nn.Module] = []
    for layer in layers:
        before = kept[-1] if kept else None
        if isinstance(layer, nn.Dropout | nn.Dropout2d):
            continue
        if isinstance(layer, nn.BatchNorm2d) and isinstance(before, nn.Conv2d | nn.ConvTranspose2d):
            kept[-1] = fuse_conv_bn_eval(before, layer, transpose=isinstance(before, nn.ConvTranspose2d))
            continue
        fold(layer)
        kept.append(layer)
    return nn.Sequential(*kept)
