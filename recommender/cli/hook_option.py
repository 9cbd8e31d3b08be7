"""``--hook``: a program that can be run here, looked at before any host is emptied for it."""

from typing import TYPE_CHECKING

import click

from recommender.cli.window import duration_s

if TYPE_CHECKING:
    from recommender.settings.hook import HookSettings

HINT = "--hook"


def runnable_hook(command: tuple[str, ...], timeout: str) -> "HookSettings | None":
    """``None`` without a program; one that cannot be run is a usage error."""
    from pydantic import ValidationError

    from recommender.service.hook_examination import why_not_runnable
    from recommender.settings.hook import HookSettings

    if not command:
        return None
    try:
        hook = HookSettings(command=command, timeout_s=duration_s(timeout, "--hook-timeout"))
    except ValidationError as error:
        told = "; ".join(str(problem["msg"]).removeprefix("Value error, ") for problem in error.errors())
        raise click.BadParameter(told, param_hint=HINT) from error
    if (wrong := why_not_runnable(hook)) is not None:
        raise click.BadParameter(wrong, param_hint=HINT)
    return hook
