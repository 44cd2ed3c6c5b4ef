"""`compare`: runs side by side, or one alone, as an HTML report: settings, curves, pictures, measures, codes, traversals."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.commands.terminal import ProgressBar, give, give_json
from core.compare.comparison import make_report
from core.errors import DONE, ConfigError
from core.evaluate import check_measures
from core.export.names import single_output
from core.export.paper import MOST_RUNS
from core.export.report import HTML, PDF
from core.export.report_file import write_report


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", required=True, nargs="+", metavar="RUN", help="run folders or checkpoints, one or more")
    parser.add_argument("--data", required=True, metavar="SOURCE", help="pictures to compare them on, as they were trained on")
    parser.add_argument("--out", required=True, metavar="FILE", help="the report, .html or .pdf")
    parser.add_argument("--figures", default="", metavar="DIR", help="also write each figure there, with their captions")
    parser.add_argument("--measures", default="", metavar="NAME,...", help="measures of disentanglement, as for evaluate")
    parser.add_argument("--color", default="", metavar="NAME", help="the factor or attribute that colours the codes")
    parser.add_argument(
        "--judge", action="store_true", help="train a network to tell what each run makes from the pictures: about a minute a run"
    )
    parser.add_argument("--json", action="store_true", help="the numbers as one JSON object on standard output")
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    out = single_output(arguments.out, endings=(HTML, PDF))
    if len(arguments.runs) > MOST_RUNS:
        raise ConfigError(f"--runs names {len(arguments.runs)}.", f"Give {MOST_RUNS} at most.")
    measures = check_measures(arguments.measures)
    bar = ProgressBar()
    try:
        report, runs = make_report(arguments.runs, arguments.data, measures, arguments.color, bar, judge=arguments.judge)
        write_report(report, out, bar)
    finally:
        bar.close()
    if arguments.figures:
        report.write_figures(Path(arguments.figures))
    if arguments.json:
        give_json({"runs": runs, "report": str(out)})
    else:
        give(str(out))
    return DONE
