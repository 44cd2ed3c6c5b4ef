"""The measures of disentanglement on synthetic codes: what each says where the answer is known, and how long it takes.

Five factors are drawn, each value equally often, with `--sizes` values each; the codes have 10 dimensions. `perfect`: each factor
is a dimension of its own, the others are silent (noise of standard deviation 0.005). `halfway`: the same and noise, a third as
wide as the factors are, added to all dimensions. `rotated`: the five factors and three dimensions of noise mixed evenly among
eight dimensions, so that none knows more of a factor than another. `independent`: noise. Posteriors, for the MIG of sampled
codes, have a standard deviation of 0.1. Seconds are processor time of one thread.

`sap_by_values`: SAP of perfect codes by how many values a factor has, with `1 - 1/n`, the most that any classifier could reach.
"""

from __future__ import annotations

import os
import time
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
from common import note, parser, report, table

from core.latent.code import Code
from core.metrics.disentanglement import MEASURES, measure_factors, sap

PICTURES, SIZES, DIMENSIONS = 15_000, (3, 6, 8, 8, 8), 10
NAMES = ("shape", "scale", "orientation", "position x", "position y")
POSTERIOR_STD = 0.1
MIXED = 8  # dimensions of `rotated` that aren't silent
VALUES = (2, 3, 4, 5, 6, 8, 10, 20)


def codes_of(factors: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Posterior means (N, 10) by what they are."""
    count, known = factors.shape
    standard = (factors - factors.mean(axis=0)) / factors.std(axis=0)
    noise = rng.standard_normal((count, DIMENSIONS))
    perfect = np.column_stack([standard, 0.005 * noise[:, known:]])
    even = np.ones((1, 1))  # Sylvester's matrix: orthogonal, all entries equally large
    while len(even) < MIXED:
        even = np.block([[even, even], [even, -even]]) / np.sqrt(2.0)
    rotated = np.column_stack([np.column_stack([standard, noise[:, known:MIXED]]) @ even, 0.005 * noise[:, MIXED:]])
    return {"perfect": perfect, "halfway": perfect + noise / 3.0, "rotated": rotated, "independent": noise}


def measured(means: np.ndarray, factors: np.ndarray, measures: tuple[str, ...]) -> dict[str, Any]:
    """Each measure's value, and its seconds."""
    codes = Code("z", means, np.full(means.shape, 2.0 * np.log(POSTERIOR_STD)))
    values, seconds = {}, {}
    for name in measures:
        begun = time.process_time()
        found = measure_factors(codes, factors, NAMES, measures=(name,))[name]
        seconds[name] = round(time.process_time() - begun, 2)
        values[name] = {part: round(value, 4) for part, value in found.items()} if isinstance(found, dict) else round(found, 4)
    return {"values": values, "seconds": seconds}


def sap_by_values(count: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """SAP of two perfect factors with so many values each."""
    rows = []
    for n in VALUES:
        factors = rng.integers(0, n, (count, 2))
        codes = (factors - factors.mean(axis=0)) / factors.std(axis=0)
        linear, continuous = sap(codes, factors), sap(codes, factors, continuous=True)
        most = round(1.0 - 1.0 / n, 4)
        rows.append({"values": n, "sap": round(linear, 4), "at_most": most, "sap_continuous": round(continuous, 4)})
    return rows


def tables(result: dict[str, Any]) -> str:
    """Those of docs/measures.md."""
    heads = {name: name for name in MEASURES if name != "dci"} | {
        "disentanglement": "DCI disentanglement",
        "completeness": "completeness",
        "informativeness": "informativeness",
    }
    rows, times = [], []
    for name, found in result["codes"].items():
        flat = {**found["values"], **found["values"].get("dci", {})}
        rows.append([name, *(flat.get(key) for key in heads)])
        times.append([name, *(found["seconds"].get(measure) for measure in MEASURES)])
    by_values = [list(row.values()) for row in result["sap_by_values"]]
    return "\n".join(
        [
            table(["codes", *heads.values()], rows),
            table(["seconds", *MEASURES], times),
            table(["values of a factor", "SAP", "1 - 1/n", "SAP, continuous"], by_values),
        ]
    )


def main() -> None:
    """Run it."""
    options = parser("The measures of disentanglement where the answer is known.")
    options.add_argument("--markdown", action="store_true", help="print the tables of docs/measures.md")
    options.add_argument("--sizes", default="", metavar="N,...", help="values of the five factors (dSprites: 3,6,40,32,32)")
    options.add_argument("--codes", default="", metavar="NAME,...", help="which codes (default: all four)")
    options.add_argument("--measures", default="", metavar="NAME,...", help=f"which measures (default: {','.join(MEASURES)})")
    given = options.parse_args()
    pictures = 300 if given.quick else PICTURES
    quick_sizes = (2, 2, 3, 3, 3)
    sizes = tuple(map(int, given.sizes.split(","))) if given.sizes else quick_sizes if given.quick else SIZES
    measures = tuple(given.measures.split(",")) if given.measures else MEASURES
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(0, size, pictures) for size in sizes], axis=1)
    made = codes_of(factors, rng)
    found = {}
    from sklearn import ensemble, svm  # noqa: F401 - the seconds of their import are nobody's

    for name in given.codes.split(",") if given.codes else made:
        found[name] = measured(made[name], factors, measures)
        note(f"{name}: {found[name]}")
    result = {
        "codes": found,
        "sap_by_values": sap_by_values(pictures, rng),
        "pictures": pictures,
        "sizes": list(sizes),
        "dimensions": DIMENSIONS,
    }
    if given.markdown:
        print(tables(result))
    else:
        report(result, given.json)


if __name__ == "__main__":
    main()
