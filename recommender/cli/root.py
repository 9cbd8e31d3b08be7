"""The front door: which commands there are, and how every command ends."""

import os
import sys
from importlib import import_module

import click

from recommender import __version__
from recommender.cli.exit_code import ExitCode, exit_code_of
from recommender.errors import RecommenderError
from recommender.report.text import plain_lines

FAILPOINT_VARIABLE = "RECOMMENDER_FAILPOINT"  # for tests alone

# In the order in which a newcomer meets them. Each module holds a command of the same name.
COMMANDS = (
    "demo",
    "doctor",
    "recommend",
    "place",
    "refresh",
    "what-if",
    "explain",
    "predict",
    "calibration",
    "plan",
    "apply",
    "evacuate",
    "maintain",
    "campaign",
    "inventory",
    "status",
    "serve",
    "schedule",
    "recommendations",
    "approve",
    "pause",
    "resume",
    "cancel",
    "history",
    "audit",
    "backup",
    "simulate",
    "config",
)


class LazyCommands(click.Group):
    """Loads a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """All commands, in our order rather than the alphabet's."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command from the module of its name."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_")
        command = getattr(import_module(f"recommender.cli.{module}"), module)
        assert isinstance(command, click.Command)  # noqa: S101  # a module without its command is our own defect
        return command


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="recommender")
def recommender() -> None:
    """Recommend destination hosts for vSphere VMs, plan their migrations, carry them out.

    Data goes to standard output, everything else to standard error. Exit codes are in the README.
    """
    if FAILPOINT_VARIABLE in os.environ:
        import_module("recommender.service.armed_failpoint").arm_from(os.environ)


def run() -> None:
    """Run the command line; every foreseen error is one message and a documented exit code."""
    try:
        result = recommender.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        sys.exit(ExitCode.INTERRUPTED)
    except RecommenderError as error:
        _say(str(error))
        sys.exit(exit_code_of(error))
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; Python would complain at exit
        sys.exit(ExitCode.DONE)
    sys.exit(result if isinstance(result, int) else ExitCode.DONE)


def _say(message: str) -> None:
    click.echo(f"recommender: {plain_lines(message)}", err=True)
