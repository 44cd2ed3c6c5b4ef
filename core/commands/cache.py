"""`cache`: how large the picture cache is, how large it may grow, and emptying it."""

from __future__ import annotations

import argparse
import time
from typing import Any

from core.commands.terminal import give, give_json, say
from core.config import CENTER
from core.data.cache import store as cache_store
from core.data.cache.limit import size_text
from core.data.cache.store import Usage
from core.errors import DONE
from core.wording import counted

DAY = 86400


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clear", action="store_true", help="delete all that isn't in use; it is decoded again when needed")
    parser.add_argument("--limit", type=float, metavar="GB", help="how large it may grow from now on; the oldest goes first")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    freed = cache_store.set_limit(arguments.limit) if arguments.limit is not None else 0
    kept = 0
    if arguments.clear:
        cleared = cache_store.clear()
        freed, kept = freed + cleared.freed, cleared.kept
    now = cache_store.usage()
    if arguments.limit is not None and now.fixed:
        say("LABKHAND_CACHE_LIMIT is set, and wins over the new limit as long as it is.")
    if arguments.json:
        give_json(as_json(now) | {"freed_bytes": freed})
        return DONE
    if freed or arguments.clear:
        say(f"{size_text(freed)} freed." + (f" {size_text(kept)} are in use and stay." if kept else ""))
    give(as_text(now))
    return DONE


def as_json(now: Usage) -> dict[str, Any]:
    """What `--json` prints, sizes in bytes."""
    return {
        "folder": str(now.folder),
        "bytes": now.bytes,
        "limit_bytes": now.limit,
        "free_bytes": now.free,
        "entries": [
            {
                "name": store.name,
                "root": store.root,
                "images": store.images,
                "image_size": store.image_size or None,
                "channels": store.channels or None,
                "crop": store.crop or None,
                "bytes": store.bytes,
                "used": store.used,
                "in_use": store.in_use,
                "path": str(store.path),
            }
            for store in now.stores
        ],
    }


def as_text(now: Usage) -> str:
    """The same for people, the last used first."""
    lines = [f"{size_text(now.bytes)} of at most {size_text(now.limit)} in {now.folder}"]
    for store in now.stores:
        what = "files of drawn faces" if store.drawn else "being read now" if store.unfinished else store.name or "unnamed"
        count = f", {counted(store.images)}" if store.images else ""
        count += f" of {store.image_size} px" if store.image_size else ""
        count += f", crop {store.crop}" if store.crop not in ("", CENTER) else ""
        count += ", grey" if store.channels == 1 else ""
        days = int((time.time() - store.used) / DAY)
        used = "in use" if store.in_use else "used today" if days < 1 else f"used {days} day{'s' if days > 1 else ''} ago"
        lines.append(f"  {size_text(store.bytes):>8}  {what}{count}, {used}")
    return "\n".join(lines)
