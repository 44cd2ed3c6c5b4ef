"""Where the cache lies, how large it may grow, and what the disk has room for."""

from __future__ import annotations

import json
import math
import os
import shutil
from pathlib import Path

import platformdirs

from core.errors import ConfigError
from core.files import write_json

ENVIRONMENT = "LABKHAND_CACHE"
ENVIRONMENT_LIMIT = "LABKHAND_CACHE_LIMIT"  # in GB; wins over what was set
LIMIT_NAME = "limit.json"  # in the cache itself, so that every program that uses the folder obeys it
GB = 10**9
DEFAULT_LIMIT = 20 * GB
DEFAULT_SHARE = 4  # the default is at most the disk's free space divided by this
LEAST_LIMIT = GB // 10


def cache_folder() -> Path:
    """Where decoded pictures are kept: LABKHAND_CACHE, or the user's cache folder."""
    named = os.environ.get(ENVIRONMENT)
    return Path(named) if named else Path(platformdirs.user_cache_dir("labkhand", appauthor=False)) / "pictures"


def drawn_base() -> Path:
    """The folder above the drawn faces' files: LABKHAND_CACHE, or the user's cache folder."""
    return cache_folder() if os.environ.get(ENVIRONMENT) else cache_folder().parent


def read_limit(size: int) -> tuple[int, bool]:
    """How large the cache may grow, in bytes: LABKHAND_CACHE_LIMIT, what was set, or the default.

    The default is 20 GB (200,000 pictures of 128x128 are about 10), or a quarter of the free disk if that is less.

    Args:
        size: bytes that the cache holds; the default counts them as free.

    Returns:
        The limit, and whether it comes from the environment.

    Raises:
        ConfigError: the limit in the environment isn't a size.
    """
    named = os.environ.get(ENVIRONMENT_LIMIT)
    if named:
        return _checked(named, ENVIRONMENT_LIMIT), True
    try:
        values = json.loads((cache_folder() / LIMIT_NAME).read_bytes())
        return _checked(values["limit_gb"], LIMIT_NAME), False
    except (OSError, ValueError, KeyError, TypeError, ConfigError):  # none was set, or nobody can read it
        return max(LEAST_LIMIT, min(DEFAULT_LIMIT, (free_bytes() + size) // DEFAULT_SHARE)), False


def write_limit(gigabytes: float) -> None:
    """Remember a limit in GB (1,000,000,000 bytes). Raises ConfigError if it isn't a size, CoreError as write_whole does."""
    write_json(cache_folder() / LIMIT_NAME, {"limit_gb": _checked(gigabytes, "The limit of the cache") / GB})


def free_bytes() -> int:
    """Bytes that are free on the disk of the cache, whose folder need not exist yet."""
    folder = cache_folder().absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def size_text(size: float) -> str:
    """A size for people: `9.8 GB`, `120 MB`, `0 MB`."""
    if size >= 0.9995 * GB:
        return f"{size / GB:.1f} GB" if size < 99.95 * GB else f"{size / GB:.0f} GB"
    return f"{math.ceil(size / 10**6)} MB"


def _checked(gigabytes: object, what: str) -> int:
    """A limit in bytes. Raises ConfigError."""
    try:
        value = float(gigabytes)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        value = math.nan
    if not LEAST_LIMIT / GB <= value <= 1e6:  # also catches NaN
        raise ConfigError(f"{what} is {gigabytes!r}.", f"It must be a size in GB, at least {LEAST_LIMIT / GB:g}, for example 20.")
    return round(value * GB)
