"""The only place that imports torchvision, which fails with a CPU-only torch unless two operators are declared first."""

from __future__ import annotations

import sys

import torch

# WORKAROUND: https://github.com/pytorch/vision/issues/9085
MISSING = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)

try:
    import torchvision
except RuntimeError as error:
    if "torchvision::" not in str(error):
        raise
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]  # half imported
    _declared = torch.library.Library("torchvision", "FRAGMENT")
    for _schema in MISSING:
        _declared.define(_schema)
    import torchvision


__all__ = ["torchvision"]
