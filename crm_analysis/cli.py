"""The command ``crm-analysis``: thin; every command is one function call, every failure one message, one exit code."""

import argparse
import json
import os
import signal
import sys

from crm_analysis.data.errors import DataError

OK, INTERNAL, USAGE, INPUT, ALERT, CELL, KERNEL = 0, 1, 2, 3, 4, 5, 6
CANNOT_WRITE, LOCKED, TIME_LIMIT = 74, 75, 124


class Stopped(BaseException):
    """A signal asked the run to end."""


def main(arguments=None):
    """Run the command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except DataError as error:
        return _fail(CANNOT_WRITE if error.code == "target" else INPUT, str(error))
    except (KeyboardInterrupt, Stopped) as stop:
        number = stop.args[0] if stop.args else signal.SIGINT
        return _fail(128 + number, "stopped; the last published report stands")
    except Exception as error:  # no traceback is shown to a user; CRM_TRACEBACK=1 shows it to a developer
        if os.environ.get("CRM_TRACEBACK"):
            raise
        return _fail(INTERNAL, f"internal error, please report it: {type(error).__name__}: {error}")


def _parser():
    parser = argparse.ArgumentParser(prog="crm-analysis", description="Analytical CRM reports from an order log.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    report = commands.add_parser("report", help="run notebooks on a source and publish an HTML report")
    report.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="names such as 02_rfm, or paths; none: all")
    report.add_argument("--source", default="", metavar="FILE", help="source file, data file or folder; none: the demo")
    report.add_argument("--as-of", default="", metavar="DATE", help="YYYY-MM-DD; none: the day after the last order")
    report.add_argument("--out", metavar="DIR", help="the report's folder; none: reports/NAME OF THE SOURCE")
    report.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), dest="given",
                        help="a parameter of the notebooks; may be repeated")  # fmt: skip
    report.add_argument("--time-limit", type=_seconds, default=3600, metavar="SECONDS", help="for the whole run")
    report.add_argument("--pseudonyms", default="", metavar="KEYFILE",
                        help="replace ids by keyed pseudonyms; the key: a file only you can read, or env:NAME")  # fmt: skip
    report.set_defaults(command=_report)
    source = commands.add_parser("source", help="guess the source file of a file or folder, for you to confirm")
    source.add_argument("file", metavar="FILE", help="CSV, TSV, gz, Parquet or Excel file, or a folder of them")
    source.add_argument(
        "--out", default="", metavar="FILE.yml", help="what to write; none: NAME.yml here; never overwritten"
    )
    source.set_defaults(command=_source)
    check = commands.add_parser("check", help="read and check a source, print the verdict; exit code 0 or 3")
    check.add_argument("source", metavar="SOURCE", help="source file, data file or folder")
    check.add_argument("--json", action="store_true", help="print the verdict as JSON")
    check.add_argument("--as-of", default="", metavar="DATE", help="YYYY-MM-DD; none: the day after the last order")
    check.set_defaults(command=_check)
    return parser


def _seconds(text):
    value = float(text)
    if not 0 < value < 10**7:
        raise ValueError(text)
    return value


def _report(options):
    from crm_analysis.reports import publish, run
    from crm_analysis.reports.progress import Progress

    signal.signal(signal.SIGTERM, _stop)
    try:
        with Progress(sys.stderr) as progress:
            path = run.report(options.notebooks, options.source, options.as_of, options.out, options.given,
                              options.time_limit, options.pseudonyms, progress)  # fmt: skip
    except run.UsageError as error:
        return _fail(USAGE, str(error))
    except run.NotebookFailed as error:
        return _fail({"cell": CELL, "kernel": KERNEL}.get(error.kind, INTERNAL), str(error))
    except publish.CannotWrite as error:
        return _fail(CANNOT_WRITE, str(error))
    except publish.Locked as error:
        return _fail(LOCKED, str(error))
    except run.TimeLimit as error:
        return _fail(TIME_LIMIT, str(error))
    print(path)
    return OK


def _source(options):
    from crm_analysis.data import proposal

    print(proposal.propose(options.file, options.out))
    return OK


def _check(options):
    from crm_analysis.data import checks, verdict

    result = checks.check(options.source, as_of=options.as_of)
    print(json.dumps(result, ensure_ascii=False) if options.json else verdict.verdict(result))
    return OK if result["outcome"] == "accept" else INPUT


def _stop(number, _frame):
    raise Stopped(number)


def _fail(code, message):
    print(f"crm-analysis: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
