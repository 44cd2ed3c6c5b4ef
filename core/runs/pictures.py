"""Where the pictures of a run are, also of one that was moved or is continued from another folder."""

from __future__ import annotations

from dataclasses import replace

from core.config import TrainConfig
from core.data.sources import located, resolved
from core.runs.folder import RunFolder


def find_pictures(config: TrainConfig, run: RunFolder, resume: bool) -> tuple[TrainConfig, str]:
    """The settings of a run about to be trained, with their source in full.

    Args:
        config: its settings.
        run: its folder.
        resume: the run is continued. Where the pictures that its config.json names aren't there, they are looked for beside
            the run; a source that a person gave instead counts as it stands.

    Returns:
        The settings, and a sentence where the pictures have moved, else "".

    Raises:
        DataError: the pictures of a continued run are nowhere.
    """
    source, moved = config.data.source, ""
    if resume and run.config_file.is_file() and run.read_config().data.source == source:
        hint = f"Say where they are now: python main.py train --out {run.folder} --resume --data SOURCE"
        found = located(source, run.folder, hint)
        if found != source:
            moved = f"The pictures of this run aren't at {source} any more; those at {found} are used."
        source = found
    return replace(config, data=replace(config.data, source=resolved(source))), moved
