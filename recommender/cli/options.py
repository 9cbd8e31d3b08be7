"""Options that several commands share, each declared once."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path, dir_okay=False)

_VCENTER_OPTIONS = (
    click.option("--config", type=_FILE, envvar="RECOMMENDER_CONFIG", help="Configuration file (TOML)."),
    click.option("--vcenter", metavar="URL|NAME", help="A vCenter's URL, or the name of one in the configuration."),
    click.option("--user", help="User name [RECOMMENDER_USERNAME]."),
    click.option(
        "--password-file", type=_FILE, help="File whose first line is the password [RECOMMENDER_PASSWORD, or a prompt]."
    ),
    click.option("--ca-file", type=_FILE, help="PEM file of the authority that signed the certificate."),
    click.option("--pin", metavar="SHA-256", help="Fingerprint of the server's own certificate."),
    click.option("--timeout-s", type=click.FloatRange(min=0, min_open=True), help="Longest time of one call."),
)


def vcenter_options(command: _Command) -> _Command:
    """Adds where to read from; the command gets them as one ``vcenter`` argument."""

    @wraps(command)
    def with_options(**arguments: Any) -> Any:
        from recommender.settings.command_line import VCenterOptions

        names = ("config", "vcenter", "user", "password_file", "ca_file", "pin", "timeout_s")
        said: dict[str, Any] = {name: arguments.pop(name) for name in names}
        return command(vcenter=VCenterOptions(**said), **arguments)

    decorated: Any = with_options
    for option in reversed(_VCENTER_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]  # click's decorators keep the command's own type


def inventory_options(command: _Command) -> _Command:
    """Adds where to read from, a saved inventory included: ``vcenter`` and ``inventory_file`` arguments."""
    with_file = click.option(
        "-i", "--inventory", "inventory_file", type=_FILE, help="A saved inventory instead of a vCenter."
    )(command)
    return vcenter_options(with_file)


def output_option(command: _Command) -> _Command:
    """Adds ``-o table|json`` as ``output``."""
    return click.option(
        "-o", "--output", type=click.Choice(["table", "json"]), default="table", show_default=True, help="Form."
    )(command)


def yes_option(command: _Command) -> _Command:
    """Adds ``--yes``: do not ask."""
    return click.option("--yes", is_flag=True, help="Do not ask before anything is sent to vCenter.")(command)


def person_at_the_terminal(question: str, *, secret: bool) -> str:
    """Asks the person; ends the command where nobody can be asked."""
    answer: str = click.prompt(question, hide_input=secret, err=True)
    return answer


def is_interactive() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()


any_time_option: Final = click.option(
    "--any-time", is_flag=True, help="Outside of the windows of [calendar] and in its blackouts, too."
)
