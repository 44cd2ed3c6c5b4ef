"""`report`: one model on its pictures, as PDF and HTML: curves, reconstructions, samples, steps of class means, codes, measures."""

from __future__ import annotations

import argparse

from core.commands.terminal import ProgressBar, give, give_json
from core.compare.comparison import make_report
from core.errors import DONE
from core.evaluate import check_measures
from core.export.names import single_output
from core.export.report import HTML, PDF
from core.export.report_file import write_report


def add_arguments(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", required=True, metavar="C", help="a file, a run folder or a shipped model's name")
    parser.add_argument("--data", required=True, metavar="SOURCE", help="the pictures, as it was trained on")
    parser.add_argument("--out", required=True, nargs="+", metavar="FILE", help="the report, .pdf or .html, or one of each")
    parser.add_argument("--measures", default="", metavar="NAME,...", help="of disentanglement, as of evaluate")
    parser.add_argument("--color", default="", metavar="NAME", help="the factor or attribute that colours the codes")
    parser.add_argument("--json", action="store_true", help="the numbers as one JSON object on standard output")
    parser.set_defaults(handler=run)


def run(arguments: argparse.Namespace) -> int:
    files = [single_output(out, endings=(PDF, HTML)) for out in arguments.out]
    measures = check_measures(arguments.measures)
    bar = ProgressBar()
    try:
        report, (numbers,) = make_report([arguments.checkpoint], arguments.data, measures, arguments.color, bar)
        for path in files:
            write_report(report, path, bar)
    finally:
        bar.close()
    if arguments.json:
        give_json(numbers | {"report": [str(path) for path in files]})
    else:
        give("\n".join(map(str, files)))
    return DONE
