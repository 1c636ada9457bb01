"""The command ``crm-analysis``: thin; every command is one function call, every failure one message, one exit code."""

import argparse
import json
import os
import re
import signal
import sys

from crm_analysis import signals, streams
from crm_analysis.data.errors import DataError, ascii_controls

OK, INTERNAL, USAGE, INPUT, ALERT, CELL, KERNEL = 0, 1, 2, 3, 4, 5, 6
CANNOT_WRITE, LOCKED, TIME_LIMIT = 74, 75, 124


def main(arguments=None):
    """Run the command line; returns the exit code."""
    streams.bear()
    options = _parser().parse_args(arguments)
    code = 128 + getattr(signal, "SIGPIPE", 13)
    signals.came.clear()
    try:
        code = options.command(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever reads us has read enough, as head does: no failure of ours
        streams.swallow(sys.stdout)
        return code
    except DataError as error:
        return _fail(CANNOT_WRITE if error.code == "target" else INPUT, _told(error, options))
    except (KeyboardInterrupt, signals.Stopped) as stop:
        number = stop.args[0] if stop.args else signal.SIGINT
        return _fail(128 + number, _told("stopped; the last published report stands", options))
    except Exception as error:  # no traceback is shown to a user; CRM_TRACEBACK=1 shows it to a developer
        if signals.came:  # an engine may make an error of its own of a signal
            return _fail(128 + signals.came[0], _told("stopped; the last published report stands", options))
        if os.environ.get("CRM_TRACEBACK"):
            raise
        return _fail(INTERNAL, _told(f"internal error, please report it: {type(error).__name__}: {error}", options))
    finally:
        if arguments is None:  # the program ends here
            signals.end()


def _parser():
    parser = argparse.ArgumentParser(prog="crm-analysis", description="Analytical CRM reports from an order log.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    report = commands.add_parser("report", help="run notebooks on a source and publish an HTML report")
    report.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="names such as 02_rfm, or paths; none: all")
    report.add_argument("--source", action="append", default=[], metavar="FILE",
                        help="source file, data file or folder; none: the demo; repeated: a report each")  # fmt: skip
    report.add_argument("--as-of", default="", metavar="DATE", help="YYYY-MM-DD; none: the day after the last order")
    report.add_argument("--out", metavar="DIR", help="the report's folder; none: reports/NAME OF THE SOURCE")
    report.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), dest="given",
                        help="a parameter of the notebooks; may be repeated")  # fmt: skip
    report.add_argument(
        "--parameters", default="", metavar="FILE.yml", help="more parameters, one per line, name: value"
    )
    report.add_argument(
        "--by", default="", metavar="COLUMN", help="a report per value of a column of the customers: region"
    )
    report.add_argument("--time-limit", type=_seconds, default=3600, metavar="SECONDS", help="for the whole run")
    report.add_argument("--memory-limit", type=_bytes, default=0, metavar="SIZE", help="for the whole run, such as 4G")
    report.add_argument("--profile", default="new", metavar="WHICH",
                        help="score with what was learned: by this run (new), by the last one (last), or a profile.json")  # fmt: skip
    report.add_argument("--lang", default="en", help="language of the report: en or zh")
    report.add_argument("--audience", default="business", help="business, or classroom: with code, theory and checks")
    report.add_argument("--lists", action="store_true", help="also write customer lists, with their ids")
    report.add_argument("--pdf", action="store_true", help="also print each page as PDF; needs Chromium")
    report.add_argument("--pseudonyms", default="", metavar="KEYFILE",
                        help="replace ids by keyed pseudonyms; the key: a file only you can read, or env:NAME")  # fmt: skip
    report.set_defaults(command=_report)
    verify = commands.add_parser("verify", help="compare a published report with the hashes in its run.json; 0 or 1")
    verify.add_argument("report", metavar="REPORT", help="the report's folder, or its index.html")
    verify.set_defaults(command=_verify)
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
    check.add_argument("--lang", default="en", choices=("en", "zh"), help="language of the verdict: en or zh")
    check.set_defaults(command=_check)
    notebooks = commands.add_parser("notebooks", help="write copies of the notebooks in a language, for JupyterLab")
    notebooks.add_argument("folder", metavar="DIR", help="where to write them; no copy that is there is overwritten")
    notebooks.add_argument("--lang", default="en", choices=("en", "zh"), help="language of the copies: en or zh")
    notebooks.set_defaults(command=_notebooks)
    return parser


def _seconds(text):
    value = float(text)
    if not 0 < value < 10**7:
        raise ValueError(text)
    return value


def _bytes(text):
    """A size such as 500M or 4G in bytes."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?", text.strip(), re.IGNORECASE)
    value = float(found[1]) * 1000 ** " KMGT".index(found[2].upper() or " ") if found else 0
    if value < 1:
        raise ValueError(text)
    return int(value)


def _report(options):
    signals.listen()
    with signals.unbroken():
        from crm_analysis.reports import parameters, run
        from crm_analysis.reports.progress import Progress

    try:
        given = [*(parameters.from_file(options.parameters) if options.parameters else []), *options.given]
        call = run.Call(
            tuple(options.notebooks), (options.source or [""])[0], options.as_of, options.out or "", tuple(given),
            options.profile, options.lang, options.audience, options.lists, options.pdf, options.time_limit,
            options.memory_limit, options.pseudonyms,
        )  # fmt: skip
        with Progress(sys.stderr) as progress:
            done = _made(call, options, progress)
    except Exception as error:
        code = _code(error)
        if code is None or signals.came:  # what a signal breaks off may end in any error
            raise
        return _fail(code, _told(error, options))
    streams.say(sys.stdout, done.path)
    for alert in done.alerts:
        told = "\xa0".join(map(ascii_controls, alert.split("\xa0")))  # the names in it are not ours
        streams.say(sys.stderr, f"crm-analysis: alert: {told}")
    failed = [_fail(_code(error), f"{name}: {_told(error, options)}") for name, error in getattr(done, "failures", [])]
    return failed[0] if failed else ALERT if done.alerts else OK


def _made(call, options, progress):
    from crm_analysis.reports import batch, run

    if options.by and len(options.source) > 1:
        raise run.UsageError("--by goes with one --source")
    if options.by:
        return batch.by(call, options.by, progress)
    if len(options.source) > 1:
        return batch.of_sources(call, options.source, progress)
    return run.report(call, _heedless(progress))


def _code(error):
    """The exit code that a failed run ends with; None for what nobody foresaw."""
    from crm_analysis.reports import publish, run

    codes = {
        run.UsageError: USAGE, publish.CannotWrite: CANNOT_WRITE, publish.Locked: LOCKED, run.TimeLimit: TIME_LIMIT,
        run.MemoryLimit: KERNEL,
    }  # fmt: skip
    if isinstance(error, run.NotebookFailed):
        return {"cell": CELL, "kernel": KERNEL, "start": KERNEL, "parameter": USAGE, "input": INPUT}.get(
            error.kind, INTERNAL
        )
    if isinstance(error, DataError):
        return CANNOT_WRITE if error.code == "target" else INPUT
    return codes.get(type(error))


def _heedless(progress):
    """Progress, and from the moment the report is published no signal makes a failure of it."""

    def told(event, **more):
        if event == "published":
            signals.heed_no_more()
        progress(event, **more)

    return told


def _verify(options):
    from crm_analysis.reports import record

    try:
        wrong, files = record.verify(options.report)
    except record.NoReport as error:
        return _fail(USAGE, str(error))
    print("\n".join(wrong) if wrong else f"as published: {files} files")
    return INTERNAL if wrong else OK


def _source(options):
    from crm_analysis.data import proposal

    print(proposal.propose(options.file, options.out))
    return OK


def _notebooks(options):
    from crm_analysis.reports import plans, translate

    try:
        written = translate.write(translate.notebooks(plans.NOTEBOOKS), options.lang, options.folder)
    except FileExistsError as error:
        return _fail(USAGE, _told(error, options))
    except OSError as error:
        return _fail(CANNOT_WRITE, _told(f"cannot write to {options.folder}: {error.strerror}", options))
    print(*written, sep="\n")
    return OK


def _check(options):
    from crm_analysis.data import checks, verdict

    result = checks.check(options.source, as_of=options.as_of)
    print(json.dumps(result, ensure_ascii=False) if options.json else _told(verdict.verdict(result), options, result))
    return OK if result["outcome"] == "accept" else INPUT


def _told(failure, options, result=None):
    """A failure, or the verdict on a source, in the reader's language."""
    from crm_analysis.display import language, messages

    lang = getattr(options, "lang", "en")
    with language.using(lang if lang in language.LANGUAGES else "en"):
        problems = (result or {}).get("error", {}).get("problems") if result else getattr(failure, "problems", None)
        if problems and language.current() != "en":
            return (messages.told("Rejected.") if result else "") + messages.refusal(problems)
        return "\n".join(messages.told(line) for line in str(failure).split("\n"))


def _fail(code, message):
    streams.say(sys.stderr, f"crm-analysis: {message}")
    return code


if __name__ == "__main__":
    sys.exit(main())
