"""What a comparison asks judges that know no model: feature distances of what runs make, and whether it is told from real.

Both take the held-out pictures in two halves that share no person. What a model made of the pictures of one half stands beside the
pictures of the other: beside its own it would look nearer than it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.compare.measures import DISTANCES, TOLD_APART
from core.compare.runs import SEED, Compared, remade
from core.data.dataset import batch
from core.data.split import spread
from core.families.base import Can
from core.latent.instrument import classes_in_turn, decode_in_parts, drawn
from core.metrics import told_apart as telling
from core.metrics.feature_distance import FEWEST, PatchFeatures, brought_to, by_chance, distance, kernel_width
from core.progress import Progress, silent

LEARNED = 400  # training pictures at most whose patches the features come from
MEASURED = 600  # held-out pictures at most in both halves together, and twice the samples that are drawn
JUDGED = 1000  # held-out pictures at most by which a judge is trained, and which it judges
SAMPLES = 128
FEWEST_JUDGED = 200  # of fewer a network learns nothing, and says 0.5 of anything
LARGEST = 64  # pixels: larger pictures are looked at as small as this


def side_of(runs: Sequence[Compared]) -> int:
    """The size at which all runs' pictures are looked at: of the smallest."""
    return min(LARGEST, *(one.engine.header.image_shape[1] for one in runs))


def halved(one: Compared, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Held-out rows, and which of them are of the first half; no person, and no near-copy, is in both.

    Args:
        one: the run.
        most: rows at most.
    """
    rows, index = spread(one.data.split.valid, most), one.data.index
    groups = index.near_copies if index.persons is None else index.persons
    of = np.arange(len(rows)) if groups is None else np.asarray(groups)[rows]
    names, group, sizes = np.unique(of, return_inverse=True, return_counts=True)
    order = np.random.default_rng(SEED).permutation(len(names))
    before = np.cumsum(sizes[order]) - sizes[order]
    is_first = np.empty(len(names), bool)
    is_first[order] = before < len(rows) / 2
    return rows, is_first[group]


def why_no_distance(one: Compared) -> str:
    """Why a run gets no feature distance, in a sentence; "" where it gets one."""
    _, first = halved(one, MEASURED)
    if min(first.sum(), (~first).sum()) < FEWEST:
        return (
            f"Feature distances are left out: the held-out pictures in two halves that share no person are fewer than {FEWEST} "
            "each, and of so few they are chance."
        )
    if one.data.sides is not None:
        return "Feature distances are left out where each picture is turned into one of the other side."
    return ""


def distances(one: Compared, side: int, progress: Progress = silent) -> dict[str, float]:
    """Feature distances of a run to one half of the held-out pictures as it sees them, by the keys of DISTANCES.

    Of what it makes of the other half (`rebuilt`), of samples of its prior, where it has one (`samples`), and of the other half's
    real pictures themselves (`real`), which `chance` says how far they would be from it by chance alone.

    Args:
        one: the run; `why_no_distance` has nothing against it.
        side: pixels at which the pictures are looked at.
        progress: told how far; may raise Cancelled.
    """
    rows, first = halved(one, MEASURED)
    features = PatchFeatures(brought_to(side, batch(one.data.images, spread(one.data.split.train, LEARNED))), SEED)

    def seen(pictures: np.ndarray) -> np.ndarray:
        return features(brought_to(side, pictures), progress)

    real = seen(batch(one.data.images, rows))
    others, width = real[~first], kernel_width(real)
    rebuilt, invented, halves, chance = (measure.key for measure in DISTANCES)
    found = {rebuilt: distance(seen(remade(one, rows[first], progress)), others, width)}
    if Can.SAMPLE in one.engine.can:
        codes = drawn(one.engine, SAMPLES, SEED, progress=progress)
        pictures = decode_in_parts(one.engine, codes, classes_in_turn(one.engine, SAMPLES))
        found[invented] = distance(seen(pictures), others, width)
    found[halves] = distance(real[first], others, width)
    found[chance] = by_chance(real, width, int(first.sum()))
    return found


def why_not_judged(one: Compared, side: int) -> str:
    """Why no judge can be trained on a run's pictures, in a sentence; "" where one can."""
    rows, first = halved(one, JUDGED)
    if min(first.sum(), (~first).sum()) < FEWEST_JUDGED // 2 or side < telling.SMALLEST:
        return (
            f"No judge was trained: it takes {FEWEST_JUDGED} held-out pictures of {telling.SMALLEST} px, in two halves that share "
            f"no person, and there are {len(rows):,}; of fewer it learns nothing."
        )
    return "No judge was trained where each picture is turned into one of the other side." if one.data.sides is not None else ""


def told(one: Compared, side: int, progress: Progress = silent) -> dict[str, float]:
    """How well a network tells what a run makes of the held-out pictures from these themselves: balanced accuracy.

    Args:
        one: the run; `why_not_judged` has nothing against it.
        side: pixels at which the pictures are looked at.
        progress: told how far; may raise Cancelled.
    """
    rows, first = halved(one, JUDGED)
    made, real = remade(one, rows, progress), batch(one.data.images, rows)
    return {TOLD_APART.key: telling.told_apart(brought_to(side, made), brought_to(side, real), first, SEED, progress)}
