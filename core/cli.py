"""The command line: words in, results on standard output, everything for people on standard error."""

from __future__ import annotations

import argparse
import errno
import io
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module

from core.commands.terminal import say_error, silence
from core.errors import BUG, DONE, INTERRUPTED, UNUSABLE, Cancelled, CoreError
from core.places import COMMAND
from core.version import VERSION

SUBCOMMANDS = {  # name -> (module under core.commands, what it does)
    "data": ("data", "count a folder's pictures, name the bad ones"),
    "cache": ("cache", "show, limit or clear the picture cache"),
    "train": ("training.train", "train a model"),
    "series": ("training.series", "train runs that are to be compared, one after another"),
    "reconstruct": ("pictures", "encode and decode pictures"),
    "sample": ("pictures", "decode noise from the prior into a grid"),
    "interpolate": ("pictures", "the way from one face to another"),
    "traverse": ("pictures", "one row for each latent dimension"),
    "direction": ("direction", "fit an attribute's direction and keep it in the checkpoint"),
    "retoucher": ("retoucher", "train what makes edits of photos look photographed"),
    "pace": ("training.pace", "how fast this machine trains, and how long a run would take"),
    "prior": ("prior", "learn where pictures' codes lie, for clearer samples, and keep it in the checkpoint"),
    "edit": ("edit", "move pictures along a direction"),
    "colourise": ("colourise", "give grey photos colours"),
    "translate": ("translate", "turn photos of one kind into another, with a CycleGAN"),
    "encode": ("codes", "pictures into codes in a file"),
    "decode": ("codes", "codes in a file into pictures"),
    "families": ("families", "the kinds of models that there are, and what each can do"),
    "evaluate": ("evaluate", "measure a model on held-out pictures"),
    "compare": ("compare", "runs side by side in one report"),
    "report": ("report", "all that an assignment asks of one model, as PDF and HTML"),
}

# Errors of the machine (a full disk, missing permissions): not bugs of the program, wherever they surface.
ENVIRONMENT = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENAMETOOLONG, errno.ELOOP,
    errno.EMFILE, errno.ENFILE,
}  # fmt: skip

DESCRIPTION = (
    "Explore what a variational autoencoder learns from faces. Without a subcommand the window opens:\n"
    f"{COMMAND} [--checkpoint C] [--data SOURCE] [--run RUN] [--screenshots DIR]"
)


def wants_help(arguments: Sequence[str]) -> bool:
    """Whether the arguments ask for help or the version of the program as a whole."""
    return bool(arguments) and arguments[0] in ("-h", "--help", "--version", "help")


def run(arguments: Sequence[str]) -> int:
    """Run a subcommand; gives the exit code (see `docs/command-line.md`)."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file name that isn't valid text must not end the work
        sys.stdout.reconfigure(errors="backslashreplace")
    if list(arguments[:1]) == ["help"]:
        arguments = ["--help"]
    try:
        parsed = make_parser(arguments[0] if arguments else "").parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    if not getattr(parsed, "handler", None):
        make_parser("").print_help()
        return DONE
    try:
        return guarded(lambda: parsed.handler(parsed))
    except SystemExit as stop:  # argparse again: options that are valid one by one but don't go together
        return int(stop.code or 0)


def guarded(work: Callable[[], int]) -> int:
    """Run work and turn its errors into a sentence and an exit code."""
    try:
        return work()
    except CoreError as error:
        say_error(error)
        return UNUSABLE
    except (KeyboardInterrupt, Cancelled):
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        silence()
        return DONE
    except OSError as error:
        if error.errno not in ENVIRONMENT:
            traceback.print_exc()
            return BUG
        where = f"{error.filename}: " if error.filename else ""
        say_error(CoreError(f"{where}{(error.strerror or str(error)).lower()}.", "Check the path, its permissions and the disk."))
        return UNUSABLE
    except Exception:  # noqa: BLE001 - the last place to report a bug
        traceback.print_exc()
        return BUG


def make_parser(chosen: str) -> argparse.ArgumentParser:
    """The parser. Only the chosen subcommand's options are filled in: the others' modules needn't be loaded."""
    parser = argparse.ArgumentParser(
        prog=COMMAND.removeprefix("python "),
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"Labkhand {VERSION}")
    commands = parser.add_subparsers(title="subcommands", metavar="SUBCOMMAND")
    for name, (module, text) in SUBCOMMANDS.items():
        command = commands.add_parser(name, help=text, description=text.capitalize() + ".", allow_abbrev=False)
        if name == chosen:
            command.set_defaults(handler=None)
            import_module(f"core.commands.{module}").add_arguments(name, command)
    return parser
