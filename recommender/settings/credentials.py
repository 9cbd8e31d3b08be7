"""Where user names and passwords come from: a file, the environment, or a prompt; never a command line or a URL."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from recommender.errors import ConfigurationError
from recommender.settings.vcenters import VCenterSettings

USERNAME_VARIABLE = "RECOMMENDER_USERNAME"
PASSWORD_VARIABLE = "RECOMMENDER_PASSWORD"  # noqa: S105  # the variable's name, not a password


class Prompt(Protocol):
    """Asks a person for one value."""

    def __call__(self, question: str, *, secret: bool) -> str: ...


def user_of(vcenter: VCenterSettings, environment: Mapping[str, str], prompt: Prompt | None) -> str:
    """The user name for a vCenter; without a ``prompt`` nobody can be asked. Raises ``ConfigurationError``."""
    user = vcenter.user or environment.get(USERNAME_VARIABLE)
    if user:
        return user
    if prompt:
        return prompt(f"User name for {vcenter.name}", secret=False)
    raise ConfigurationError(
        f"no user name for vCenter {vcenter.name}", [f"give user in the configuration, --user or {USERNAME_VARIABLE}"]
    )


def password_of(vcenter: VCenterSettings, environment: Mapping[str, str], prompt: Prompt | None) -> str:
    """The password for a vCenter; raises ``ConfigurationError`` that says every place that was looked at."""
    if vcenter.password_file:
        return _first_line(vcenter.password_file)
    variable = vcenter.password_env or PASSWORD_VARIABLE
    password = environment.get(variable)
    if password:
        return password
    if prompt:
        return prompt(f"Password for {vcenter.name}", secret=True)
    raise ConfigurationError(
        f"no password for vCenter {vcenter.name}", [f"give password_file, --password-file or {variable}"]
    )


def _first_line(path: Path) -> str:
    try:
        password = path.read_text(encoding="utf-8").split("\n", 1)[0].removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"password file {path} cannot be read", [str(error)]) from error
    if not password:
        raise ConfigurationError(f"password file {path} cannot be used", ["its first line is empty"])
    return password
