"""The shell's door: ``lambdarrow convert``, ``infer``, ``synth`` and ``explain``."""

import argparse
import sys

from . import __version__
from ._detect import FILES, SOURCES
from ._drift import POLICIES
from ._lower import DIALECTS, STRING_TYPES

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def payload_of(text):
    """What ``--payload`` names: a file of the grammar (``.json``), its JSON, or a type in words."""
    import json

    schema = text
    try:
        if text.lstrip()[:1] in ("{", "[", '"'):
            schema = json.loads(text)
        elif text.endswith(".json"):
            with open(text, encoding="utf-8") as file:
                schema = json.load(file)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error.strerror}") from None
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text}: not JSON: {error}") from None
    if not isinstance(schema, (str, list, dict)):
        raise argparse.ArgumentTypeError(f"{text}: {schema!r} is no schema")
    return schema


def columns_of(text):
    return [name.strip() for name in text.split(",")]


def count(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def parser():
    top = argparse.ArgumentParser(
        prog="lambdarrow", description="The event batches that AWS Lambda delivers, from raw bytes to Arrow columns.")
    top.add_argument("--version", action="version", version=f"lambdarrow {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    payload = argparse.ArgumentParser(add_help=False)
    payload.add_argument("--payload", type=payload_of, metavar="SCHEMA",
                         help='what the records carry: schema.json, \'{"id": "int64"}\', json, utf8, ...')
    plan = argparse.ArgumentParser(add_help=False, parents=[payload])
    plan.add_argument("--columns", type=columns_of, metavar="A,B.C",
                      help="the columns to build; dots lead into structs")
    plan.add_argument("--flatten", action="store_true", help="make the payload's fields columns of their own")
    plan.add_argument("--dialect", choices=DIALECTS,
                      help="the physical types: plain has no dictionaries, spark has Spark's")
    plan.add_argument("--on-mismatch", choices=POLICIES, default="fail",
                      help="what a value that does not fit its type does; rescue keeps its text in _rescued")
    plan.add_argument("--string-type", choices=STRING_TYPES, default="utf8")

    convert = commands.add_parser(
        "convert", parents=[plan], help="event files to one Parquet or Arrow file",
        description="Each input is one event, or NDJSON with one event a line; gzip is seen by itself. "
                    "Exit status: 0 all is decoded, 1 something failed, 2 nothing was tried.")
    _add_inputs(convert)
    convert.add_argument("-o", "--output", required=True, metavar="OUT", help="out.parquet, out.arrow or out.feather")
    _add_on_error(convert, "collect")
    convert.add_argument("--failures", metavar="FILE", help="write all failures there, as NDJSON")
    convert.add_argument("--batch-rows", type=count, default=65_536, metavar="N",
                         help="about how many rows a row group has (%(default)s)")
    convert.set_defaults(run=_convert)

    infer = commands.add_parser(
        "infer", help="the schema of the payloads in event files, as --payload takes it",
        description="Inputs as convert reads them, up to the sample. The schema goes to standard output, what was left "
                    "out to standard error. Exit status: 0 all was read, 1 something was left out, or everything, "
                    "2 nothing was tried.")
    _add_inputs(infer)
    infer.add_argument("--sample", type=count, default=1000, metavar="N",
                       help="how many payloads to look at (%(default)s)")
    infer.add_argument("--timestamps", action="store_true",
                       help="make timestamps and dates of strings that are all ISO 8601")
    infer.add_argument("--as", choices=("json", "struct"), default="json", dest="form",
                       help="json is what --payload takes, struct the source of msgspec.Struct classes")
    infer.set_defaults(run=_infer)

    synth = commands.add_parser("synth", parents=[payload], help="made-up events on standard output")
    synth.add_argument("source", choices=SOURCES)
    synth.add_argument("--records", type=count, default=1000, metavar="N",
                       help="in each event (%(default)s); of no account where an event carries no batch: those of "
                            "EventBridge, requests, triggers of Cognito and alarms")
    synth.add_argument("--events", type=count, default=1, metavar="N", help="one a line (%(default)s)")
    synth.add_argument("--seed", type=int, default=0, help="of the first event; the next has the next (%(default)s)")
    synth.set_defaults(run=_synth)

    explain = commands.add_parser("explain", parents=[plan], help="the compiled plan")
    explain.add_argument("source", nargs="?", choices=(*SOURCES, *FILES), default="kinesis")
    _add_on_error(explain, "raise")
    explain.set_defaults(run=_explain)
    return top


def _add_inputs(command):
    command.add_argument("events", nargs="+", metavar="EVENTS", help="a file; - is standard input")
    command.add_argument("--source", choices=("auto", *SOURCES, *FILES), default="auto",
                         help="auto looks at each event; exports of tables have to be named")


def _add_on_error(command, default):
    command.add_argument("--on-error", choices=("raise", "collect", "stop", "null"), default=default,
                         help="what a record that cannot be decoded does (%(default)s)")


def _plan_options(args):
    """What the command line says of a plan; the dialect's default is each command's own."""
    return {name: getattr(args, name)
            for name in ("payload", "columns", "flatten", "on_error", "on_mismatch", "string_type")}


def _convert(args):
    from . import archive

    summary = archive.convert(
        args.events, args.output, source=args.source, batch_rows=args.batch_rows, failures=args.failures,
        dialect=args.dialect, **_plan_options(args))
    _say_failures(summary.first_failures, summary.failures, "" if args.failures else "; --failures FILE lists them all")
    _say(f"{args.output}: {summary}")
    return FAILED if summary.failures else DONE


def _infer(args):
    from . import archive
    from ._detect import UnknownSource
    from ._errors import DecodeError
    from ._infer import Inference

    archive.require_inputs(args.events)
    inference = Inference(source=args.source, sample=args.sample, timestamps=args.timestamps)
    first_lost, lost, where = [], 0, None
    for path, line, event in archive.events_in(args.events):
        try:
            if isinstance(event, Exception):
                raise event
            inference.add(event)
        except (DecodeError, UnknownSource, archive.UnreadableInput) as error:
            lost += 1
            if lost <= archive.FAILURES_KEPT:
                first_lost.append(archive.FileFailure(path, line, archive.failure_of(error, event)))
        if inference.skipped and where is None:
            where = f"{path}:{line}"
        if inference.is_full():
            break
    _say_failures(first_lost, lost, "")
    schema = inference.schema()
    if schema.skipped:
        _say(f"{where}: {inference.why_skipped()}")
        _say(f"{schema.skipped:,} of {schema.skipped + schema.sampled:,} payloads were left out")
    text = schema.to_struct_source() if args.form == "struct" else f"{schema}\n"
    sys.stdout.buffer.write(text.encode())  # UTF-8 in every locale, as --payload reads it
    sys.stdout.flush()
    return FAILED if lost or schema.skipped else DONE


def _synth(args):
    from . import _synth

    make = getattr(_synth, args.source)
    for k in range(args.events):
        sys.stdout.buffer.write(make(args.records, args.seed + k, args.payload) + b"\n")
    sys.stdout.flush()
    return DONE


def _explain(args):
    from . import archive

    module = __import__(f"lambdarrow.{args.source}", fromlist=("",))
    options = {**_plan_options(args), "dialect": args.dialect or "arrow"}
    decoder = module.Decoder(**archive.options_of(module.SOURCE, options))
    sys.stdout.write(decoder.explain())
    sys.stdout.flush()
    return DONE


def _say(text):
    print(text, file=sys.stderr)


def _say_failures(first, n_all, where_all_are):
    for failure in first:
        _say(str(failure))
    unseen = n_all - len(first)
    if unseen:
        _say(f"... and {unseen:,} more{where_all_are}")


def _complain(error):
    _say(f"lambdarrow: {error}")
    for note in getattr(error, "__notes__", ()):
        _say(f"  {note}")


def main(argv=None):
    """Runs one command; returns the exit status. A wrong command line ends in ``SystemExit(2)``."""
    args = parser().parse_args(argv)
    try:
        return args.run(args)
    except BrokenPipeError:
        # The reader (head, less) has what it wanted. Without this the interpreter would complain at exit.
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        status = _status_of(error)
        if status is None:
            raise
        _complain(error)
        return status


def _status_of(error):
    """The exit status of an error that a user can mend; None for one of ours, whose traceback is wanted."""
    from ._detect import UnknownSource
    from ._errors import DecodeError
    from ._infer import NothingToInfer
    from .archive import UnreadableInput

    if isinstance(error, (DecodeError, NothingToInfer, UnknownSource, UnreadableInput)):
        return FAILED
    return USAGE if isinstance(error, (OSError, ValueError, ModuleNotFoundError)) else None
