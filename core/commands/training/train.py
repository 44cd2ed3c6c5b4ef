"""`train`: settings from a preset, a file and options; then the loop, as a line an epoch for people, or as JSON lines."""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from core import events
from core.commands.terminal import ProgressBar, say, say_error, settings_from_words, silence
from core.config import TrainConfig, all_paths, all_settings, get, loads, preset, with_values
from core.data.cache.limit import size_text
from core.errors import DONE, INTERRUPTED, UNUSABLE, Cancelled, ConfigError, CoreError
from core.events import CheckpointSaved, EpochFinished, Event, Log, RunFailed, RunFinished, RunStarted, Step
from core.families.base import Family
from core.families.registry import DEFAULT, families, family, family_of_preset
from core.places import IS_INSTALLED
from core.runs.control import Control
from core.runs.expected import LARGE, file_bytes, has_its_time
from core.setting import Setting
from core.training.new_config import new_config, with_implied
from core.training.start_from import adopt, is_same
from core.wording import capital, counted


def _options() -> dict[str, tuple[str, type, Setting]]:
    """Every option that stands for a setting: option -> dotted path, type, what is known of it; of all families."""
    options: dict[str, tuple[str, type, Setting]] = {}
    for one in families():
        kinds = all_paths(one.name)
        options |= {known.option: (path, kinds[path], known) for path, known in all_settings(one.name).items() if known.option}
    return options


OPTIONS = _options()
MOST_ADVICE = 3  # sentences of the coach at the end
UNHEARD = "No other program is listening any more; the run goes on by itself."  # as when its window was killed


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="SOURCE", help="pictures to learn from")
    parser.add_argument("--out", metavar="RUN", required=True, help="the run's folder")
    parser.add_argument("--family", choices=[one.name for one in families()], help="the kind of model; vae by default")
    presets = [f"{own.name} ({one.name})" for one in families() for own in one.presets]
    parser.add_argument(
        "--preset",
        metavar="NAME",
        choices=[own.name for one in families() for own in one.presets],
        help=f"settings by name: {', '.join(presets)}; the family's first by default",
    )
    for option, (_, kind, known) in OPTIONS.items():
        choices = tuple(known.choices) if kind is str and known.choices else None
        parser.add_argument(option, type=kind, default=None, choices=choices, help=known.help.partition(". ")[0].rstrip("."))
    parser.add_argument("--config", metavar="FILE", help="settings as JSON; options override it")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="any setting, e.g. data.limit=500")
    parser.add_argument(
        "--start-from", metavar="C", help="begin with the weights of a file, a run folder or a shipped model: fine-tuning"
    )
    parser.add_argument("--resume", action="store_true", help="continue RUN exactly where it stopped")
    parser.add_argument("--events", choices=("-",), help="JSON lines on standard output, commands on standard input")
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return _lead(arguments)
    code = _follow() if int(os.environ.get("RANK", "0")) else _lead(arguments)
    # All is written and told. Ending the interpreter as usual would now and then abort (SIGABRT): a thread of
    # torch.distributed that still wants its lock is torn out of C++ code then, and torchrun would call the run failed.
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _lead(arguments: argparse.Namespace) -> int:
    as_json = arguments.events == "-"
    if as_json and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # on every machine
    try:
        return _train(_with_processes(config_from(arguments), arguments), arguments, as_json)
    except CoreError as error:
        if as_json:  # for programs; people read the sentence on standard error
            _emit(RunFailed(error.message, error.hint))
        raise


def _with_processes(config: TrainConfig, arguments: argparse.Namespace) -> TrainConfig:
    """The settings with the number of processes that there really are, for config.json to say.

    Raises:
        ConfigError: `--set` asks for another number, which only `torchrun` can start.
    """
    there = int(os.environ.get("WORLD_SIZE", "1"))
    asked = settings_from_words(arguments.set).get("processes")
    if asked is not None and config.processes != there:
        raise ConfigError(
            f"processes is {config.processes}, but there {'is' if there == 1 else 'are'} {there}.",
            f"Start it with: torchrun --nproc-per-node {config.processes} {'-m core' if IS_INSTALLED else 'main.py'} train ...",
        )
    return replace(config, processes=there)


def _train(config: TrainConfig, arguments: argparse.Namespace, as_json: bool) -> int:
    control = Control()
    bar = ProgressBar()
    code, heard = DONE, True
    with _signals(control), ExitStack() as team_stack:
        from core.device import keep_freed_memory  # noqa: PLC0415 - torch takes seconds: settings are checked before
        from core.team import joined  # noqa: PLC0415
        from core.training.loop import train  # noqa: PLC0415

        keep_freed_memory()
        config = _for_its_time(config, arguments, control, bar)
        if not as_json:
            _say_how_large(config)
        team = team_stack.enter_context(joined())
        if as_json and sys.stdin is not None:
            control.listen(open(sys.stdin.fileno(), "rb", buffering=0, closefd=False))  # noqa: SIM115 - open to the end
        try:
            for event in train(config, Path(arguments.out), control, resume=arguments.resume, progress=bar, team=team):
                if isinstance(event, RunFailed):
                    code = UNUSABLE
                try:
                    if heard:
                        _tell(event, as_json, bar, family(config.family))
                except OSError:  # the reader of our lines went away, or the disk that they go to is full
                    heard = False
                    silence()
                    if as_json:
                        control.say(UNHEARD)
                    else:  # the reader, such as `head`, has seen enough: save what there is, and end
                        control.stop()
        finally:
            bar.close()
    if code == DONE and not as_json and heard and not control.interrupted:
        advise(Path(arguments.out))
    return INTERRUPTED if control.interrupted and code == DONE else code


def _for_its_time(config: TrainConfig, arguments: argparse.Namespace, control: Control, bar: ProgressBar) -> TrainConfig:
    """The settings of a new run with as many epochs as the preset's time allows, where nobody said how many."""
    from core.runs.folder import RunFolder  # noqa: PLC0415
    from core.training.pace import for_its_time  # noqa: PLC0415 - torch

    minutes = (
        0.0 if arguments.resume or arguments.config else has_its_time(config, {*_given(arguments), *_settings_from(arguments)})
    )

    def report(what: str, done: int, total: int) -> None:
        if control.stopping:
            raise Cancelled
        bar(what, done, total)

    run = RunFolder(Path(arguments.out))
    if not minutes or run.last.exists() or run.best.exists():  # it will be refused
        return config
    try:
        chosen, speed = for_its_time(config, minutes, report, config.processes)
    except (CoreError, Cancelled):
        return config  # the run says what is wrong, and writes it down
    if arguments.events != "-":
        phases = family(chosen.family).phases(chosen)
        epochs = " and ".join(
            counted(phase.epochs, "epoch") + (f" of {phase.title}" if number else "") for number, phase in enumerate(phases)
        )
        say(f"About {minutes:.0f} minutes are {epochs} here: {speed:,.0f} pictures a second. --epochs chooses another number.")
    return chosen


def _say_how_large(config: TrainConfig) -> None:
    """How large the run's files will be, where they are large, before it begins."""
    best, last = file_bytes(config)
    if last >= LARGE:
        often = f"at most every {config.save_minutes:g} minutes" if config.save_minutes else "after each epoch"
        say(
            f"Its files are large: best.safetensors about {size_text(best)}, last.safetensors, which the run can go on from, "
            f"{size_text(last)}. They are written {often}."
        )


def _follow() -> int:
    """What `torchrun`'s other processes do: train as the first one tells them, which alone prints and gets commands."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all: the leader ends the run
    from core.device import keep_freed_memory  # noqa: PLC0415
    from core.team import joined  # noqa: PLC0415
    from core.training.team_member import follow  # noqa: PLC0415

    keep_freed_memory()
    with joined() as team:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # likewise; without a leader the next exchange fails
        follow(team)
    return DONE


def _tell(event: Event, as_json: bool, bar: ProgressBar, kind: Family) -> None:
    if not as_json:
        show(event, bar, kind)
        return
    _emit(event)
    if isinstance(event, RunFailed):
        say_error(CoreError(event.message, event.hint))


def config_from(arguments: argparse.Namespace) -> TrainConfig:
    """The settings that the options name.

    Raises:
        ConfigError: a contradiction or a value out of range.
        TrainingError: RUN can't be resumed.
    """
    given = _given(arguments)
    if arguments.resume:
        return _resumed(arguments, given)
    if arguments.config:
        config = _config_file(arguments.config)
        if arguments.preset:
            raise ConfigError("--config and --preset were both given.", "A config file is complete: leave out --preset.")
        _must_be_of(arguments.family, config)
    else:
        config = _preset_of(arguments)
    given |= _settings_from(arguments)
    if arguments.data:
        given["data.source"] = arguments.data
    _must_have_options(config, arguments)
    if arguments.config:  # a settings file is complete by itself
        config = with_values(config, given)
    else:
        given = with_implied(family(config.family), given) if given.get("data.source") else given
        config = new_config(config.preset, given)
    if arguments.start_from:
        config = with_values(config, {"start_from": arguments.start_from, "start_from_id": ""})
    if config.start_from:
        config = adopt(config, config.start_from, all_paths(config.family) if arguments.config else given)
    if not config.data.source:
        raise ConfigError("No pictures were named.", "Add --data FOLDER, or --data demo or sprites for drawn ones.")
    return config


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the options of their own say, dotted path -> value."""
    return {
        path: value
        for option, (path, _, _) in OPTIONS.items()
        if (value := getattr(arguments, option.removeprefix("--").replace("-", "_"))) is not None
    }


def _settings_from(arguments: argparse.Namespace) -> dict[str, str]:
    """What `--set` says. Raises ConfigError for `family` and `preset`, which have options of their own."""
    settings = settings_from_words(arguments.set)
    for name in ("family", "preset"):
        if name in settings:
            raise ConfigError(f"--set can't choose the {name}.", f"Write --{name} {settings[name]}.")
    return settings


def _preset_of(arguments: argparse.Namespace) -> TrainConfig:
    """The settings to begin with: the named preset's, or the first one of the family.

    Raises:
        ConfigError: there is no such preset, or it belongs to another family.
    """
    if not arguments.preset:
        return preset(family(arguments.family or DEFAULT).presets[0].name)
    its = family_of_preset(arguments.preset)
    if arguments.family and its.name != arguments.family:
        own = ", ".join(one.name for one in family(arguments.family).presets)
        raise ConfigError(
            f"The preset {arguments.preset} belongs to {its.name}, not to {arguments.family}.", f"Choose one of: {own}."
        )
    return preset(arguments.preset)


def _must_be_of(name: str | None, config: TrainConfig) -> None:
    """Raises ConfigError where another family was asked for than the settings are of."""
    if name and name != config.family:
        raise ConfigError(f"These settings are of the family {config.family}, not {name}.", "Leave out --family.")


def _must_have_options(config: TrainConfig, arguments: argparse.Namespace) -> None:
    """Raises ConfigError where an option was given for a setting that the family doesn't have."""
    for option, (path, _, _) in OPTIONS.items():
        is_given = getattr(arguments, option.removeprefix("--").replace("-", "_")) is not None
        if is_given and path not in all_paths(config.family):
            raise ConfigError(f"{capital(family(config.family).one)} has no {option}.", "Leave it out.")


def _config_file(name: str) -> TrainConfig:
    """The settings in a file. Raises ConfigError."""
    try:
        return loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The config file {name} can't be read: {error}.", "Check the path.") from None


def _resumed(arguments: argparse.Namespace, given: dict[str, Any]) -> TrainConfig:
    """The run's own settings; only its end and the machine's part may change."""
    from core.runs.folder import RunFolder  # noqa: PLC0415

    config = RunFolder(Path(arguments.out)).read_config()
    _must_be_of(arguments.family, config)
    _must_have_options(config, arguments)
    if arguments.preset and arguments.preset != config.preset:
        raise ConfigError(f"A resumed run keeps its preset ({config.preset}).", "Leave out --preset, or start a new run.")
    if arguments.config:
        named = _config_file(arguments.config)
        given = {path: get(named, path) for path in all_paths(named.family) if not _may_change(path, named)} | given
    given |= _settings_from(arguments)
    if arguments.data:
        given["data.source"] = arguments.data
    if arguments.start_from and not is_same(arguments.start_from, config):
        raise ConfigError(f"A resumed run keeps what it started from ({config.start_from or 'random weights'}).", "Leave it out.")
    resumed = with_values(config, given)
    for path in given:
        before, after = get(config, path), get(resumed, path)
        is_free = _may_change(path, config) and not {before, after} & set(all_settings(config.family)[path].lasting)
        if before != after and not is_free:
            raise ConfigError(f"A resumed run keeps its {path} ({before}).", "Leave that option out, or start a new run.")
    if resumed.epochs < config.epochs:
        raise ConfigError(f"The run is set to {counted(config.epochs, 'epoch')}.", "--epochs may raise the end, not lower it.")
    return resumed


def _may_change(path: str, config: TrainConfig) -> bool:
    """Whether a resumed run may have another value of a setting: its end, a phase that is to come, the machine's part."""
    return all_settings(config.family)[path].may_change


@contextmanager
def _signals(control: Any) -> Iterator[None]:
    """SIGINT, SIGTERM and a terminal that is closed save and end; a second SIGINT ends at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        if control.interrupted and number == signal.SIGINT:
            raise KeyboardInterrupt
        control.stop(interrupted=True)

    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # unless `nohup` had it ignored
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _emit(event: Event) -> None:
    sys.stdout.write(events.encode(event) + "\n")
    sys.stdout.flush()


def show(event: Event, bar: ProgressBar, kind: Family) -> None:
    """Print an event of a run of some family."""
    if isinstance(event, Step):
        bar(f"epoch {event.epoch}/{event.epochs}  {event.images_per_second:.0f} images/s", event.step, event.steps)
        return
    if isinstance(event, RunStarted):
        data = event.data
        say(
            f"{data['train']:,} training and {data['valid']:,} validation pictures; {event.parameters:,} parameters; "
            f"{event.device}, {event.precision}, {event.threads} threads"
        )
    elif isinstance(event, EpochFinished):
        bar.close()
        print(_epoch_line(event, kind), flush=True)
    elif isinstance(event, Log):
        say(event.message)
    elif isinstance(event, CheckpointSaved):
        return
    elif isinstance(event, RunFinished):
        say(f"{'Stopped and saved' if event.stopped else 'Finished'} after epoch {event.epoch}.")
    else:
        say_error(CoreError(event.message, event.hint))


def _epoch_line(event: EpochFinished, kind: Family) -> str:
    width = len(str(event.epochs))
    line = kind.line(event.train, event.valid, event.numbers)
    return f"epoch {event.epoch:{width}d}/{event.epochs}  {line}  {event.images_per_second:.0f} images/s"


def advise(folder: Path) -> None:
    """What the coach says at the end of a run; nothing on a healthy one."""
    from core.coach.advise import advise_run  # noqa: PLC0415

    for advice in advise_run(folder)[:MOST_ADVICE]:
        values = {path: value if isinstance(value, str) else json.dumps(value) for path, value in advice.change.items()}
        change = " ".join(f"--set {path}={value}" for path, value in values.items())
        say(f"Advice: {advice.sentence} {advice.reason}" + (f" In the next run: {change}" if change else ""))
