"""What the window remembers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from explorer.settings.values import UiSettings


def test_nothing_saved_gives_the_defaults() -> None:
    assert UiSettings.load() == UiSettings()


def test_everything_comes_back(own_settings: Path) -> None:
    settings = UiSettings(
        theme="dark",
        runs_folder="/tmp/runs with ü",
        last_data_folder="C:\\faces, all",
        last_save_folder="/home/لبخند",
        last_checkpoint="/x.safetensors",
        tab=2,
        strip_steps=9,
        window_geometry=bytes(range(256)),
        window_state=b"\x00\x01",
        splitters={"explore": b"\xff\x00abc", "train": b""},
        open_sections={"Dimensions": False, "More settings": True},
    )
    settings.save()
    assert own_settings.is_file()
    assert UiSettings.load() == settings


def test_a_dropped_splitter_stays_dropped() -> None:
    UiSettings(splitters={"a": b"1", "b": b"2"}).save()
    UiSettings(splitters={"b": b"2"}).save()
    assert UiSettings.load().splitters == {"b": b"2"}


@pytest.mark.parametrize(
    "line",
    [
        "theme=purple",
        "tab=many",
        "tab=-3",
        "tab=@ByteArray(x)",
        "strip_steps=1000000",
        "thumbnail_size=0",
        "window_geometry=12",
        "theme=@Invalid()",
        "gallery_seed=1.5e",
    ],
)
def test_a_broken_value_takes_its_default(own_settings: Path, line: str) -> None:
    own_settings.write_text(f"[General]\n{line}\nlast_open_folder=/kept\n", encoding="utf-8")
    assert UiSettings.load() == replace(UiSettings(), last_open_folder="/kept")


def test_broken_parts_of_groups_are_left_out(own_settings: Path) -> None:
    own_settings.write_text("[splitters]\ngood=@ByteArray(abc)\nbad=7\n[open_sections]\na=true\nb=perhaps\n")
    settings = UiSettings.load()
    assert settings.splitters == {"good": b"abc"}
    assert settings.open_sections == {"a": True}


def test_garbage_gives_the_defaults(own_settings: Path) -> None:
    own_settings.write_bytes(b"\x00\xff\xfe[[[=\n=\n\x80")
    assert UiSettings.load() == UiSettings()
