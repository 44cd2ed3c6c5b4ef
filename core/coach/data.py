"""Whether the pictures can teach what is wanted: enough of them, of both classes, alike but for the attribute."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.coach.base import Advice, Facts, Severity
from core.families.base import Can
from core.wording import counted

FEWEST_PICTURES = 100  # for training, or
PICTURES_A_DIMENSION = 2  # n pictures span n - 1 directions at most: with as many dimensions each can be learned by heart
RARE_SHARE = 0.25  # of the pictures; a class with less is rare
FEWEST_OF_CLASS = 20  # in training, or as many as there are dimensions
BRIGHTNESS = 0.08  # of the mean; twice what two public sets of smiles differ by (docs/coach.md)
SHARPNESS = 0.25  # of the mean, likewise
STANDARD_ERRORS = 3.0  # that a difference must exceed as well
COPIES = 0.01  # of the validation part


def few_pictures(facts: Facts) -> Advice | None:
    """Hardly more training pictures than dimensions."""
    count = facts.count("train")
    dimensions = facts.config.settings.model.latent_dim
    if not 0 < count < max(FEWEST_PICTURES, PICTURES_A_DIMENSION * dimensions):
        return None
    change: dict[str, object] = {} if facts.config.data.mirror else {"data.mirror": True}
    noun = "picture" if count == 1 else "pictures"
    sentence = f"There {'is' if count == 1 else 'are'} only {count:,} training {noun} for {dimensions:,} dimensions."
    reason = "So few can be memorised, and other pictures then come out badly; more pictures would help."
    return Advice("few_pictures", sentence, reason, Severity.WARNING, change)


def rare_class(facts: Facts) -> Advice | None:
    """One of two classes is rare, so its mean code is uncertain.

    Along D dimensions of unit variance the squared error of a mean of n codes is D / n: with n below D it exceeds 1, a
    quarter of the squared distance between two classes that are told apart well (d' = 2).
    """
    counts = facts.data.get("classes")
    total, train = facts.count("images"), facts.count("train")
    if not facts.data.get("positive") or not isinstance(counts, Mapping) or len(counts) != 2 or not total or not train:
        return None
    if not all(isinstance(count, int) for count in counts.values()):
        return None
    name, count = min(counts.items(), key=lambda item: item[1])
    in_training = count * train / total
    if count / total >= RARE_SHARE or in_training >= max(FEWEST_OF_CLASS, facts.config.settings.model.latent_dim):
        return None
    sentence = f"Only {count:,} of {counted(total)} {'is' if count == 1 else 'are'} of the class {name}."
    reason = f"The direction between the classes is only as reliable as the mean of each; more pictures of {name} would help."
    return Advice("rare_class", sentence, reason, Severity.WARNING)


def brightness(facts: Facts) -> Advice | None:
    """The classes differ in mean brightness, so that their direction carries light as well."""
    return _difference(facts, "brightness", BRIGHTNESS, Severity.WARNING, ("brighter", "darker"))


def sharpness(facts: Facts) -> Advice | None:
    """The classes differ in sharpness, as sets from two sources do."""
    return _difference(facts, "sharpness", SHARPNESS, Severity.TIP, ("sharper", "softer"))


def copies(facts: Facts) -> Advice | None:
    """Files with the same bytes lie on both sides of the split."""
    across, valid = facts.count("copies_across_split"), facts.count("valid")
    if not valid or across < max(1.0, COPIES * valid):
        return None
    share = f"{across:,} of {valid:,} validation pictures {'is' if across == 1 else 'are'} in the training part too"
    reason = "The same file lies there twice, so validation looks better than it is; remove the copies that the Data tab names."
    return Advice("copies", f"{share}.", reason, Severity.WARNING)


def near_copies(facts: Facts) -> Advice | None:
    """Neighbouring views of one thing lie on both sides of a split that came with the pictures, as Fruits-360's own."""
    across, valid = facts.count("near_copies_across_split"), facts.count("valid")
    if not valid or across < max(1.0, COPIES * valid):
        return None
    views = "is a neighbouring view" if across == 1 else "are neighbouring views"
    sentence = f"{across:,} of {valid:,} validation pictures {views} of training pictures."
    reason = (
        "Nearly the same was learned from, so validation looks better than it is; with all pictures of a class in one folder, not "
        "in one for training and one for testing, neighbours stay on one side."
    )
    return Advice("near_copies", sentence, reason, Severity.WARNING)


def _difference(facts: Facts, measure: str, least: float, severity: Severity, words: tuple[str, str]) -> Advice | None:
    """The class with the attribute against all others together, where it is both large and significant (Welch's z)."""
    if not facts.can(Can.DIRECTIONS):
        return None
    positive = facts.data.get("positive")
    looks = _looks(facts, measure)
    with_it = _pooled([looks.pop(positive)]) if positive in looks else None
    without = _pooled(list(looks.values()))
    if with_it is None or without is None:
        return None
    middle, gap = (with_it[0] + without[0]) / 2.0, with_it[0] - without[0]
    if middle <= 0.0 or abs(gap) < max(least * middle, STANDARD_ERRORS * math.hypot(with_it[1], without[1])):
        return None
    percent = round(100.0 * abs(gap) / middle)
    same = "in the same light" if measure == "brightness" else "from the same source"
    sentence = f"The classes differ in {measure} by {percent} %: the {positive} direction will move it too."
    reason = f"Pictures of {positive} are {words[0] if gap > 0 else words[1]} on average; take pictures of both classes {same}."
    return Advice(measure, sentence, reason, severity)


def _looks(facts: Facts, measure: str) -> dict[str, tuple[float, float, float]]:
    """Count of pictures, mean and spread by class; classes that the summary describes incompletely are left out."""
    classes = facts.data.get("class_looks")
    looks = {}
    for name, look in classes.items() if isinstance(classes, Mapping) else ():
        entries = [look.get(key) for key in ("pictures", measure, f"{measure}_spread")] if isinstance(look, Mapping) else []
        numbers = [float(value) for value in entries if isinstance(value, (int, float))]
        if len(numbers) == 3:
            looks[str(name)] = (numbers[0], numbers[1], numbers[2])
    return looks


def _pooled(looks: list[tuple[float, float, float]]) -> tuple[float, float] | None:
    """Mean and standard error over several classes, each weighted by its pictures; None where one has hardly any."""
    if min((count for count, _, _ in looks), default=0.0) < FEWEST_OF_CLASS:
        return None
    pictures = sum(count for count, _, _ in looks)
    mean = sum(count * value for count, value, _ in looks) / pictures
    square = sum(count * (spread**2 + (value - mean) ** 2) for count, value, spread in looks) / pictures
    return mean, math.sqrt(square / pictures)
