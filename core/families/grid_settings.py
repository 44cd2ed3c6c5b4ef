"""Settings of the networks between pictures and a grid, which several families have: each defined once. Without torch."""

from __future__ import annotations

from typing import Any

from core.setting import setting


def channels_setting() -> Any:
    """Of the convolutions on the grid."""
    return setting(
        64,
        "Channels",
        "Width of the convolutions. Wider gives sharper pictures and takes longer: twice the width, about three times as long.",
        group="network",
        unit="channels",
        low=8,
        high=1024,
        step=16,
        fixed="number of channels of the convolutions",
    )


def blocks_setting() -> Any:
    """How many residual blocks stand on the grid."""
    return setting(
        2,
        "Residual blocks",
        "How many blocks of two convolutions stand on the grid, on the way down and again on the way up.",
        group="network",
        low=0,
        high=16,
        fixed="number of residual blocks",
    )


def inner_setting() -> Any:
    """Channels inside them."""
    return setting(
        32,
        "Channels within",
        "Width of each residual block's inner convolution.",
        group="network",
        unit="channels",
        low=1,
        high=1024,
        step=16,
        fixed="width of the residual blocks",
    )
