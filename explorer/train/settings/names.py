"""Names of settings within a sentence: "beta", "latent size", "learning rate"."""

from __future__ import annotations

from core.config import all_settings
from core.families.registry import families
from core.runs.differences import WITHOUT_LABEL, within
from explorer.train.settings.fields import tr


def setting_names() -> dict[str, str]:
    """Name of each setting of all families by its dotted path; for others, the path is the name."""
    names = {path: tr(name) for path, name in WITHOUT_LABEL.items()}
    for one in families():
        names |= {path: within(tr(known.label)) for path, known in all_settings(one.name).items() if known.label}
    return names


def setting_name(path: str, family: str) -> str:
    """Name of one setting of a family's runs."""
    label = all_settings(family)[path].label
    return within(tr(label)) if label else tr(WITHOUT_LABEL.get(path, path))
