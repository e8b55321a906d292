"""`ashiato`: the command line. Exit codes: 0 done; 1 it ran, but something failed or the answer is no; 2 bad input."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

import typer

from shared.event_log.log import LogError
from shared.projection import ProjectionError
from shared.settings import SettingsError
from tools.cli.commands import access, caring, events, looking
from tools.cli.errors import CliError, PipeClosed
from tools.cli.output import harmless
from tools.cli.world import World
from tools.importing import ImportFault

_INTERRUPTED: Final = 130  # as shells count Ctrl-C

app = typer.Typer(
    name="ashiato",
    help="One timeline per customer, from every desk.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _add(name: str, command: Callable[..., None], example: str) -> None:
    app.command(name, epilog=f"Example: ashiato {example}")(command)


_add("publish", events.publish_command, "publish samples/stories/s2-passed-around.jsonl --relative")
app.add_typer(events.imports, name="import")
_add("journey", looking.journey_command, "journey 7K3M-9QX2-C")
_add("flags", looking.flags_command, "flags --kind ping_pong --desk billing")
_add("promises", looking.promises_command, "promises --state overdue --desk billing")
app.add_typer(looking.reports, name="report")
_add("digest", looking.digest_command, "digest --as-of 2026-03-02T00:00:00Z --json")
app.add_typer(caring.dead_letters, name="dead-letters")
_add("rebuild", caring.rebuild_command, "rebuild journey --yes")
app.add_typer(access.keys, name="keys")
_add("doctor", caring.doctor_command, "doctor --json")


def main(arguments: Sequence[str] | None = None, world: World | None = None) -> int:
    """Run one command and return its exit code. `world`: what a test puts in the place of the network."""
    try:
        reached = world or World.real()
        given = sys.argv[1:] if arguments is None else list(arguments)
        code = app(args=given, prog_name="ashiato", standalone_mode=False, obj=reached)
        reached.output.flush()
    except PipeClosed:
        if world is None:
            _let_go_of_stdout()
        return 0
    except KeyboardInterrupt:
        return _INTERRUPTED
    except typer.Abort:
        return 1
    except Exception as error:  # whatever it is, a person gets one line
        if os.environ.get("ASHIATO_DEBUG"):
            raise
        return _told(error, world)
    return code if isinstance(code, int) else 0


def _told(error: Exception, world: World | None) -> int:
    """One line on stderr, and the exit code."""
    match error:
        case CliError():
            message, code = str(error), error.code
        case typer.TyperException():
            message, code = error.format_message(), 2
        case ImportFault() | SettingsError():
            message, code = str(error), 2
        case LogError():
            message, code = f"{error} (ASHIATO_KAFKA names the broker; `ashiato doctor` looks at everything)", 1
        case ProjectionError():
            message, code = f"{error} (`ashiato doctor` looks at everything)", 1
        case _:
            message, code = f"our mistake: {type(error).__name__}: {error} (ASHIATO_DEBUG=1 shows where)", 1
    # A command group without a command answers with its help, in many lines.
    line = message if "\n" in message else f"error: {harmless(message)}"
    print(line, file=sys.stderr if world is None else world.output.err)
    return code


def _let_go_of_stdout() -> None:
    """The reader is gone: what is still buffered goes nowhere instead of failing at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
