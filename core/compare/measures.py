"""The numbers that a comparison shows of finished models: each one's title, its unit, and what it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.families.base import Family, Metric
from core.families.metrics import OBJECT_PSNR
from core.metrics.disentanglement import MEANINGS


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a finished model.

    Attributes:
        key: as `evaluate` names it.
        title: for people, with its unit; with the family's title where another family's number has the same key, or none has.
        meaning: what it is, and which way is better.
        families: the names of those whose number it is; () = any.
    """

    key: str
    title: str
    meaning: str
    families: tuple[str, ...] = ()

    def is_of(self, kind: Family) -> bool:
        """Whether a family's number of that key is this one."""
        return not self.families or kind.name in self.families


LOSS = "loss"
OF_OBJECTS = Measure(OBJECT_PSNR.key, f"{OBJECT_PSNR.title}, {OBJECT_PSNR.unit}", OBJECT_PSNR.meaning)
LIKENESS = Measure("ssim", "SSIM", "structural similarity of pictures and their reconstructions; 1 = equal")
NUMBERS = Measure(
    "numbers",
    "Numbers, a picture",
    "how many numbers a picture's code has; of a sparse code those that aren't 0. Each takes as many bits as one likes",
)
CODE_BITS = Measure("code_bits", "Bits, a picture", "what a picture's codes take in a file: log2 of the codebook's size each")
PRIOR_BITS = Measure(
    "code_prior_bits",
    "Bits beyond the prior, a picture",
    "what a picture's code tells beyond what its prior expects: -log2 p of all its codes, or the KL of q(z|x) in bits",
)
SIZES = (NUMBERS, CODE_BITS, PRIOR_BITS)
"""Of a picture's code (`code_size`), where models of several families are compared."""

_TO_REAL = "squared MMD, times 1,000, on features of whitened patches, to one half of the held-out pictures; of"
DISTANCES = (
    Measure("distance_rebuilt", "Feature distance, pictures remade", f"{_TO_REAL} the other half, remade. Lower is nearer"),
    Measure("distance_samples", "Feature distance, samples", f"{_TO_REAL} samples of the run's own prior. Lower is nearer"),
    Measure("distance_real", "Feature distance, real pictures", f"{_TO_REAL} the other half as it is: what to compare with"),
    Measure("distance_chance", "Feature distance, by chance", "what 95 of 100 random halves of the real pictures stay below"),
)
"""Of what a run makes and of what it made up to real pictures (`judged.distances`)."""
TOLD_APART = Measure(
    "told_apart",
    "Told apart",
    "balanced accuracy of a small network, trained afresh to tell what the run makes of pictures from these, on pictures it never "
    "saw: 0.5 = it can't, 1 = always",
)
JUDGED = (*DISTANCES, TOLD_APART)


def measures_of(kinds: Sequence[Family]) -> list[Measure]:
    """The measures of models of some families, in order: metrics that all have, of reconstructions, others, of disentanglement.

    Also what judges say of them, and of several families how large a picture's code is. What each minimises is its own matter, even
    under one name.
    """
    kinds = list({kind.name: kind for kind in kinds}.values())
    any_familys = [OF_OBJECTS, *(SIZES if len(kinds) > 1 else ()), *JUDGED]
    measures: list[Measure] = []
    for kind in kinds:
        for metric in kind.metrics:
            alike = [one for one in kinds if one is kind or _same(metric, one.metric(metric.key))]
            is_any_familys = metric.key in {one.key for one in any_familys}
            if metric.per_axis or not metric.meaning or is_any_familys or kind is not alike[0]:
                continue
            shared = len(alike) == len(kinds)
            title = metric.title if shared else f"{' and '.join(one.title for one in alike)}: {metric.title}"
            unit = metric.unit.partition(" per ")[0]
            title = f"{title}, {unit}" if unit else title
            measures.append(Measure(metric.key, title, metric.meaning, () if shared else tuple(one.name for one in alike)))
    common, own = ([one for one in measures if bool(one.families) is alone] for alone in (False, True))
    return [
        *common,
        OF_OBJECTS,
        LIKENESS,
        *any_familys[1:],
        *own,
        *(Measure(key, title, meaning) for key, (title, meaning) in MEANINGS.items()),
    ]


def _same(metric: Metric, other: Metric | None) -> bool:
    """Whether two families mean the same by a key; what is minimised never is."""
    return other is not None and metric.key != LOSS and (metric.title, metric.unit) == (other.title, other.unit)
