"""What distinguishes runs: only those settings that aren't the same in all of them, as short texts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from core.config import FAMILY, TrainConfig, all_paths, all_settings, get, preset
from core.data.sources import spoken_name
from core.errors import ConfigError
from core.families.registry import family
from core.setting import FRONT, settings_of

COMMON = frozenset(settings_of(TrainConfig))
"""The settings that every run has."""
NOTHING = "none"
"""Shown in place of an empty text."""
ABSENT = "–"
"""Shown for a run to which a setting doesn't apply."""
WITHOUT_LABEL: Final = {
    "family": "model",
    "preset": "preset",
    "start_from": "start from",
    "data.source": "data",
    "data.crop": "crop",
    "data.limit": "pictures",
    "data.positive": "positive class",
    "data.valid_fraction": "validation part",
    "data.split_seed": "split seed",
    "data.channels": "colour channels",
}
"""Names, as they read within a sentence, of settings that no form shows."""
SOURCE = "data.source"
LIMIT, ALL = "data.limit", "all"
"""How many pictures are used, and what 0 means there."""


_LAST_IN_FRONT: Final = 4
"""The last rank of what the form shows in front."""


def within(label: str) -> str:
    """A setting's label as it reads within a sentence: "learning rate", "KL weight"."""
    name = label.partition(" (")[0]
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def named(path: str, configs: Sequence[TrainConfig]) -> str:
    """What a setting of some runs is called in a sentence, for its dotted path."""
    phases = [phase for config in configs for phase in family(config.family).phases(config)]
    title = next((phase.title for phase in phases if phase.setting == path and path not in COMMON), "")
    if title:
        return f"epochs for {title}"
    labels = (all_settings(config.family)[path].label for config in configs if path in all_paths(config.family))
    label = next(filter(None, labels), "")
    return within(label) if label else WITHOUT_LABEL.get(path, path)


def choice(path: str, text: str, configs: Sequence[TrainConfig]) -> str:
    """A value in the words that a person chose it by, where it is one of a few: "Gaussian", "Quick"; others as they are."""
    if text == ABSENT:
        return text
    if path == FAMILY and text != NOTHING:
        return family(text).title
    if path == LIMIT and text == "0":
        return ALL
    if path == "preset":
        titles = {one.name: one.title for config in configs for one in family(config.family).presets}
        return titles.get(text, text)
    if path == "data.valid_fraction" and text != NOTHING:
        return f"{100 * float(text):g} %"
    known = [all_settings(config.family)[path] for config in configs if path in all_paths(config.family)]
    if text != NOTHING and any(one.unit == "px" for one in known):
        return f"{text} px"
    return next((one.choices[text] for one in known if text in one.choices), text)


def applies(path: str, config: TrainConfig) -> bool:
    """Whether a run's family has a setting, and it means something with the run's other settings."""
    known = all_settings(config.family).get(path)
    return known is not None and known.shown(config) and known.enabled(config)


def differing(configs: Sequence[TrainConfig]) -> list[dict[str, str]]:
    """The settings that differ among runs.

    Args:
        configs: of the runs to compare, in any order.

    Returns:
        For each config, in the same order: setting's dotted path -> short text ("0.0015", "on", "celeba"). All of them hold
        the same paths, what says most first; empty for fewer than two configs, or equal ones. A setting that doesn't apply to
        a run is `ABSENT` there; one that applies to some runs only, in the same way to each, is told if it is among the most
        important ones, or isn't as the preset has it. Folders and files are shown by name, with as many parent folders as it
        takes to tell them apart.
    """
    differences: list[dict[str, str]] = [{} for _ in configs]
    kinds = list({config.family: config for config in configs}.values())  # names, choices and labels are a family's
    for path in _ordered(configs):
        if path == "start_from_id" and "start_from" in differences[0]:
            continue  # the file's name shows it
        its = [place for place, config in enumerate(configs) if applies(path, config)]
        if not _sets_apart(path, [configs[place] for place in its], is_of_all=len(its) == len(configs)):
            continue
        values = [get(configs[place], path) for place in its]
        texts = dict(zip(its, zip(values, short_texts(values), strict=True), strict=True))
        for place, shown in enumerate(differences):
            value, text = texts.get(place, ("", ABSENT))
            shown[path] = spoken_name(value, text) if path == SOURCE and place in texts else choice(path, text, kinds)
    return differences


def _ordered(configs: Sequence[TrainConfig]) -> list[str]:
    """The dotted paths of all settings of some runs: the kind of model, then by what they say about the run.

    Of those that the form shows in front, such as beta and epochs, those come first of which the runs have different values.
    """
    ranks: dict[str, int] = {}
    for config in configs:
        for path, rank in _plain_ranks(config).items():
            ranks[path] = min(rank, ranks.get(path, rank))

    def place(path: str) -> tuple[int, int]:
        if path in (FAMILY, "preset"):
            return int(path != FAMILY), 0
        values = {get(config, path) for config in configs if applies(path, config)}
        in_front = ranks[path] <= _LAST_IN_FRONT
        return 2 + (not in_front or len(values) < 2) + (not in_front), ranks[path] or _LAST_IN_FRONT

    return sorted(ranks, key=place)


def _sets_apart(path: str, those: Sequence[TrainConfig], *, is_of_all: bool) -> bool:
    """Whether a setting tells runs apart; `those` are the ones to which it applies."""
    if len({get(config, path) for config in those}) > 1:
        return True
    if is_of_all:
        return False
    return any(
        all_settings(config.family)[path].telling
        or path in _further_phases(config)
        or (usual := _usual(config.preset)) is None
        or usual.family != config.family
        or get(config, path) != get(usual, path)
        for config in those
    )


def _further_phases(config: TrainConfig) -> set[str]:
    """The settings that say how long a run's further phases are."""
    return {phase.setting for phase in family(config.family).phases(config)} - COMMON


def ranked(config: TrainConfig) -> dict[str, int]:
    """How much each setting of a run says about it: dotted path -> rank, 0 the most.

    First come how long its further phases are and its preset, then the settings that the form shows in front, the family's own
    before those of every run, then the kind of model, which the preset tells, others that tell much, and the rest; in the end,
    in this order, those that are as the preset has them.
    """
    usual, ranks = _usual(config.preset), _plain_ranks(config)
    if usual is None or usual.family != config.family:
        return ranks
    last = max(ranks.values()) + 1
    return {path: place + (last if place > 1 and get(config, path) == get(usual, path) else 0) for path, place in ranks.items()}


def _plain_ranks(config: TrainConfig) -> dict[str, int]:
    """The same, whatever the preset has."""
    phases, known = _further_phases(config), all_settings(config.family)

    def rank(path: str) -> int:
        if path in phases:
            return 0
        if path == "preset":
            return 1
        if path == FAMILY:
            return 5
        one = known[path]
        if one.label and one.group == FRONT and not path.startswith("data."):
            return _LAST_IN_FRONT if path in COMMON else 3
        return (5 if one.telling else 7) + (path in COMMON and not path.startswith("data."))

    return {path: rank(path) for path in all_paths(config.family)}


@cache
def _usual(name: str) -> TrainConfig | None:
    """A preset's own settings; None for one that this version doesn't have."""
    try:
        return preset(name)
    except ConfigError:
        return None


def shared(configs: Sequence[TrainConfig]) -> dict[str, str]:
    """The most important settings that are the same in all runs: dotted path -> short text."""
    texts = {}
    for path in told(configs):
        values = {get(config, path) for config in configs}
        if len(values) == 1 and not (path == LIMIT and 0 in values):
            value = values.pop()
            text = short_text(value)
            texts[path] = spoken_name(value, text) if path == SOURCE else choice(path, text, configs)
    return texts


def told(configs: Sequence[TrainConfig]) -> list[str]:
    """The dotted paths of the most important settings that all of the runs have; a family's own first."""
    known = [all_settings(config.family) for config in configs]
    paths = [path for path, one in known[0].items() if one.telling and all(path in others for others in known)] if known else []
    return sorted(paths, key=lambda path: (path in COMMON, path.startswith("data.")))


def short_texts(values: Sequence[Any]) -> list[str]:
    """Values of one setting as short texts, no two different values alike."""
    texts = [short_text(value) for value in values]
    if not any(isinstance(value, str) for value in values):
        return texts
    parts = [_parts(value) for value in values]
    for depth in range(2, max(map(len, parts), default=0) + 1):
        if len(set(texts)) == len({tuple(part) for part in parts}):
            break
        double = {text for text in texts if len({tuple(p) for p, t in zip(parts, texts, strict=True) if t == text}) > 1}
        texts = ["/".join(p[-depth:]) if t in double else t for p, t in zip(parts, texts, strict=True)]
    return texts


def short_text(value: Any) -> str:
    """One value: "4,500", "0.0015", "on", or the last name of a path."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        text = f"{value:g}"
        return text if float(text) == value else repr(value)
    return _parts(value)[-1]


def _parts(value: object) -> list[str]:
    """The names along a path, however either system writes it; a checkpoint within a run folder is shown by the run's name."""
    parts = [part for part in str(value).replace("\\", "/").split("/") if part]
    if len(parts) > 2 and parts[-2] == "checkpoints":
        parts = parts[:-2]
    return parts or [NOTHING]
