"""`encode` and `decode`: pictures into codes in a file, and back."""

from __future__ import annotations

import argparse
import io
import zipfile
from pathlib import Path

import numpy as np

from core import checkpoint
from core.commands.batches import Inputs
from core.commands.terminal import give, say
from core.errors import DONE, ConfigError, DataError
from core.export.images import save_picture
from core.families.base import Can
from core.files import write_whole
from core.latent.code import must_be_codes
from core.latent.instrument import Instrument, given_class, load_instrument, must
from core.wording import counted

SUFFIX = ".npz"
SPREAD = "_log_var"  # behind a space's name: logarithms of the variances of its codes
AT_ONCE = 64
MOST = 1_000_000  # codes in a file that is read


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a file, a run folder or a shipped model's name")
    parser.add_argument("--class", dest="class_name", metavar="NAME", help="the class that a conditional model is told")
    if name == "encode":
        parser.add_argument("--input", required=True, nargs="+", metavar="PATH", help="pictures, or folders of them")
        parser.add_argument("--out", required=True, metavar="FILE.npz", help="codes by space, and the files' names")
        parser.set_defaults(handler=_encode)
    else:
        parser.add_argument("--codes", required=True, metavar="FILE.npz", help="codes by space, as encode writes them")
        parser.add_argument("--out", required=True, metavar="DIR|FILE.npz", help="where the pictures go; .npz: as one array")
        parser.add_argument("--float", action="store_true", help="into .npz: float32 as the network answers, not clamped")
        parser.set_defaults(handler=_decode)


def _encode(arguments: argparse.Namespace) -> int:
    out = _npz(arguments.out, "--out")
    model = load_instrument(checkpoint.find(arguments.checkpoint))
    must(model.header, Can.ENCODE, "encode pictures")
    given = given_class(model, arguments.class_name)
    inputs = Inputs(arguments.input)
    files: list[str] = []
    parts: dict[str, list[np.ndarray]] = {}
    for names, pictures in inputs.chunks(model.header):
        code = model.encode(pictures, given.repeated(len(pictures)))
        parts.setdefault(code.space, []).append(code.values)
        if code.spread is not None:
            parts.setdefault(code.space + SPREAD, []).append(code.spread)
        files += [str(name) for name in names]
    arrays = {name: np.concatenate(values) for name, values in parts.items()}
    _write(out, arrays | {"files": np.array(files), "checkpoint": np.array(model.id)})
    give(str(out))
    say(f"{counted(len(files))} encoded.")
    return DONE


def _decode(arguments: argparse.Namespace) -> int:
    to_array = arguments.out.lower().endswith(SUFFIX)
    if arguments.float and not to_array:
        raise ConfigError("--float is for arrays, and --out names a folder.", f"Give --out a name that ends in {SUFFIX}.")
    codes_file = _npz(arguments.codes, "--codes")
    out = _npz(arguments.out, "--out") if to_array else Path(arguments.out).expanduser()
    model = load_instrument(checkpoint.find(arguments.checkpoint))
    must(model.header, Can.DECODE, "decode codes")
    values, names = _read(codes_file, model)
    given = given_class(model, arguments.class_name)
    parts = [values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE)]
    if to_array:
        decode = model.decode_float if arguments.float else model.decode
        pictures = [decode(part, given.repeated(len(part))) for part in parts]
        channels, height, width = model.header.image_shape
        none = np.zeros((0, height, width, channels), np.float32 if arguments.float else np.uint8)
        _write(out, {"images": np.concatenate(pictures) if pictures else none})
        give(str(out))
    else:
        number = 0
        for part in parts:
            for picture in model.decode(part, given.repeated(len(part))):
                save_picture(out / f"{names[number]}.png", picture, {"what": "decoded codes", "checkpoint": model.id})
                number += 1
    say(f"{counted(len(values))} decoded.")
    return DONE


def _npz(name: str, option: str) -> Path:
    if not name.lower().endswith(SUFFIX):
        raise ConfigError(f"{option} is {name}.", f"Give it a name that ends in {SUFFIX}.")
    return Path(name).expanduser()


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    packed = io.BytesIO()
    np.savez(packed, **arrays)  # type: ignore[arg-type]

    def write(beside: Path) -> None:
        beside.write_bytes(packed.getvalue())

    write_whole(path, write)


def _read(path: Path, model: Instrument) -> tuple[np.ndarray, list[str]]:
    """Codes (N, *shape) of one of the model's spaces, and a name for each picture.

    Raises:
        DataError: the file isn't there, is damaged, or holds no codes of this model's kind.
    """
    wanted = f"An array {' or '.join(model.spaces)} is needed, as encode writes it."
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as opened:
            space = next((name for name in model.spaces if name in opened.files), None)
            if space is None:
                raise DataError(f"{path} holds no codes for this model, but {', '.join(opened.files) or 'nothing'}.", wanted)
            values = opened[space]
            names = [str(name) for name in opened["files"]] if "files" in opened.files else []
            made_with = str(opened["checkpoint"]) if "checkpoint" in opened.files else ""
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} can't be read as codes: {error}.", wanted) from None
    if made_with not in ("", model.id):
        say(f"{path} was made with another model ({made_with[:12]}): its codes mean something else here.")
    if len(values) > MOST:
        raise DataError(f"{path} holds {len(values):,} codes.", f"At most {MOST:,} are decoded at once.")
    must_be_codes(values, model.spaces[space], f"{space} in {path}")
    stems = [Path(name).stem for name in names]
    if len(stems) != len(values) or len(set(stems)) != len(stems):
        stems = [f"{number:05d}" for number in range(1, len(values) + 1)]
    return values, stems
