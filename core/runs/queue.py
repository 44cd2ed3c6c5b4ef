"""Runs that are planned and trained one after another: a planned run is a folder with nothing but its settings.

The order is in `queue.json` beside the run folders, so that it outlives the window; a run that has begun meanwhile,
wherever it was started, is no longer planned.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from core.config import TrainConfig, get, to_file, with_values
from core.errors import ConfigError
from core.families.base import RunSet
from core.files import write_json
from core.locks import is_locked
from core.runs.differences import short_text
from core.runs.events_log import EVENTS_NAME
from core.runs.listing import CONFIG_NAME, next_run_folder

QUEUE_NAME = "queue.json"
LOCK_NAME = ".queue.lock"  # held by the window that trains the planned runs of a runs folder
VERSION = 1
LONGEST_SERIES = 100


def plan(folder: Path, config: TrainConfig) -> None:
    """Write the settings of a run that is to be trained later.

    Raises:
        CoreError: the folder can't be written.
    """
    write_json(Path(folder) / CONFIG_NAME, to_file(config))


def is_planned(folder: Path) -> bool:
    """Whether a folder holds a run that has not begun."""
    folder = Path(folder)
    return (folder / CONFIG_NAME).is_file() and not (folder / EVENTS_NAME).exists() and not is_locked(folder)


def read_queue(runs_folder: Path) -> list[Path]:
    """The planned runs of a runs folder, the next one first; those that are gone or have begun are left out."""
    root = Path(runs_folder)
    try:
        queue = json.loads((root / QUEUE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):  # none was ever planned, or the file is broken: the folders are still there
        return []
    names = queue.get("runs") if isinstance(queue, dict) and queue.get("v") == VERSION else None
    if not isinstance(names, list):
        return []
    folders = [root / name for name in names if isinstance(name, str) and Path(name).name == name]
    return [folder for folder in dict.fromkeys(folders) if is_planned(folder)]


def write_queue(runs_folder: Path, folders: Sequence[Path]) -> None:
    """Save the order of the planned runs.

    Args:
        runs_folder: that the run folders lie in.
        folders: the next one first.

    Raises:
        CoreError: the folder can't be written.
    """
    write_json(Path(runs_folder) / QUEUE_NAME, {"v": VERSION, "runs": [folder.name for folder in folders]})


def free_run_folder(runs_folder: Path, name: str) -> Path:
    """A folder for a run that the person has named: by that name, with a number if it is taken; it is not made."""
    numbered = next_run_folder(runs_folder, name)
    wanted = numbered.with_name(numbered.name.rpartition("-")[0])
    return numbered if wanted.exists() else wanted


def series(config: TrainConfig, path: str, values: str) -> list[TrainConfig]:
    """One config for each value of a setting.

    Args:
        config: where they start.
        path: dotted path of the setting.
        values: as a person writes them, with commas, semicolons or spaces between: "1, 4, 8". Doubles count once.

    Raises:
        ConfigError: no value, too many, or one that doesn't fit the setting.
    """
    words = [word for word in re.split(r"[,;\s]+", values) if word]
    if not words:
        raise ConfigError("There are no values to try.", "Write some with commas between, for example 1, 4, 8.")
    if len(words) > LONGEST_SERIES:
        raise ConfigError(f"That makes {len(words):,} runs.", f"Queue at most {LONGEST_SERIES}.")
    return list(dict.fromkeys(with_values(config, {path: word}) for word in words))


def set_of_runs(config: TrainConfig, chosen: RunSet) -> list[tuple[str, TrainConfig]]:
    """The end of each run's name, and its settings.

    Args:
        config: of the family that offers the set; where they start.
        chosen: the set.

    Raises:
        ConfigError: its values don't go together with the other settings.
    """
    return [(end, with_values(config, dict(values))) for end, values in chosen.runs.items()]


def series_name(stem: str, path: str, config: TrainConfig) -> str:
    """The name of a run of a series: "celeba-beta-4"."""
    leaf = path.rpartition(".")[2].replace("_", "-")
    return f"{stem}-{leaf}-{short_text(get(config, path)).replace(',', '')}"
