"""What the benchmarks share: their options, statistics, how results are printed, and a model where none is shipped.

Importing it makes `core` and `explorer` importable, since a script in a folder only sees that folder.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

LATENT_DIM = 128  # of the throw-away model, as in the assignment


def parser(description: str) -> argparse.ArgumentParser:
    """A parser with the options that every benchmark has."""
    made = argparse.ArgumentParser(description=description, allow_abbrev=False)
    made.add_argument("--quick", action="store_true", help="a rough answer in seconds")
    made.add_argument("--json", action="store_true", help="print one JSON object and nothing else on standard output")
    return made


def clock_of(name: str) -> Callable[[], float]:
    """Seconds of "wall" time, or of the "cpu" time of this process: with one thread other programs hardly disturb that."""
    return time.process_time if name == "cpu" else time.perf_counter


def note(text: str) -> None:
    """Say something while it runs."""
    print(text, file=sys.stderr, flush=True)


def report(result: dict[str, Any], as_json: bool) -> None:
    """Print the result: one JSON object, or a line for each key."""
    if as_json:
        print(json.dumps(result))
        return
    for key, value in result.items():
        shown = "  ".join(f"{k} {_short(v)}" for k, v in value.items()) if isinstance(value, dict) else _short(value)
        print(f"{key:34} {shown}")


def table(head: list[str], rows: list[list[Any]]) -> str:
    """A Markdown table; numbers as short as they are told, and a dash where there is none."""
    cells = [[str(cell) if isinstance(cell, str) else "–" if cell is None else f"{cell:g}" for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{k} {_short(v)}" for k, v in value.items()) + ")"
    if isinstance(value, list):
        return "".join(f"\n{'':34} {_short(one)}" for one in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def spread(values: Iterable[float]) -> dict[str, float]:
    """Median, 99th percentile and maximum; the percentiles interpolate between neighbours."""
    found = np.asarray(list(values), float)
    if not len(found):
        return {"p50": float("nan"), "p99": float("nan"), "max": float("nan")}
    p50, p99, most = np.percentile(found, [50, 99, 100])
    return {"p50": round(float(p50), 2), "p99": round(float(p99), 2), "max": round(float(most), 2)}


def own_places(folder: Path) -> dict[str, str]:
    """The environment in which the app reads and writes nothing of the person's own."""
    return {
        "LABKHAND_SETTINGS": str(folder / "settings.ini"),
        "LABKHAND_RUNS": str(folder / "runs"),
        "LABKHAND_CACHE": str(folder / "cache"),
    }


def use_screen(environment: dict[str, str]) -> str:
    """Make Qt draw into memory where there is no display; gives the platform for the report."""
    has_display = any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")) or not sys.platform.startswith("linux")
    if not has_display:
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    return environment.get("QT_QPA_PLATFORM", "display")


def find_model(chosen: str, folder: Path) -> str:
    """The checkpoint to measure with: the chosen one, the shipped `faces`, or a throw-away one made in `folder`."""
    from core import checkpoint

    if chosen:
        return str(checkpoint.find(chosen).resolve())
    shipped = checkpoint.shipped()
    if "faces" in shipped:
        return str(shipped["faces"])
    path = folder / "throwaway.safetensors"
    note("No shipped model: a random one of the same size stands in (speed doesn't depend on the weights).")
    subprocess.run([sys.executable, __file__, "model", str(path)], check=True, stdout=sys.stderr)
    return str(path)


def draw_pictures(folder: Path, count: int) -> None:
    """Drawn faces in two class folders, made by another process, so that this one stays as a fresh start leaves it."""
    subprocess.run([sys.executable, __file__, "pictures", str(folder), str(count)], check=True, stdout=sys.stderr)


def _write_model(path: Path) -> None:
    """A checkpoint of Table 1 with random weights and a random smile."""
    import torch

    from core import checkpoint
    from core.config import preset, with_values
    from core.families.vae.networks.base import LatentSpec
    from core.families.vae.networks.registry import create
    from core.latent.directions import Direction

    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    config = with_values(preset("quick"), {"model.latent_dim": LATENT_DIM})
    model = create(config.settings.model, LatentSpec(LATENT_DIM, (3, 128, 128)), config.settings.objective.likelihood)
    tensors = {checkpoint.MODEL + name: value.numpy() for name, value in model.state_dict().items()}
    unit = rng.standard_normal(LATENT_DIM).astype(np.float32)
    unit /= np.linalg.norm(unit)
    smile = Direction(
        name="smile",
        unit=unit,
        mean_with=1.0,
        mean_without=-1.0,
        low=-3.0,
        high=3.0,
        difference=2 * unit,
        method="mean",
        source="random numbers",
        checkpoint_id=checkpoint.weights_id(tensors),
    )
    latent = {
        "kl_per_dim": rng.uniform(0.1, 3.0, LATENT_DIM).tolist(),
        "code_mean": [0.0] * LATENT_DIM,
        "code_std": [1.0] * LATENT_DIM,
    }
    header = checkpoint.Header("", config, (3, 128, 128), latent=latent, directions=[smile.to_dict()])
    checkpoint.save(path, header, tensors)


def _make(arguments: list[str]) -> None:
    what, path, *rest = arguments
    if what == "model":
        _write_model(Path(path))
    else:
        from core.data.sets.drawn.faces import write_demo

        write_demo(Path(path), int(rest[0]))


if __name__ == "__main__":
    _make(sys.argv[1:])
