"""Reading the configuration: every problem at once, each with its place."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from recommender.constraints.registry import unknown_constraint_names
from recommender.errors import ConfigurationError
from recommender.settings.icalendar import read_whole_days
from recommender.settings.settings import ENVIRONMENT_PREFIX, Settings

# Read by the command line itself, not part of the settings.
OTHER_VARIABLES = frozenset(
    f"{ENVIRONMENT_PREFIX}{name}" for name in ("CONFIG", "USERNAME", "PASSWORD", "FAILPOINT", "URL", "TOKEN", "CA_FILE")
)


def load_settings(path: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from ``path`` (defaults without one) and the environment.

    Raises ``ConfigurationError`` with every problem found.
    """
    origin = str(path) if path else "environment"
    content = _read(path) if path else {}
    problems = [f"{name}: no such setting" for name in unknown_variables(environment)]
    try:
        settings = Settings(**content)
    except ValidationError as error:
        problems.extend(described(detail) for detail in error.errors())
    else:
        problems.extend(
            f"policy.permitted_unknowns: no constraint is called {name!r}"
            for name in unknown_constraint_names(settings.policy)
        )
        problems.extend(_missing_files(settings))
        problems.extend(_unusable_holidays(settings))
        if not problems:
            return settings
    raise ConfigurationError(f"{origin} cannot be used", problems)


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Names of variables with our prefix that mean nothing: pydantic-settings would ignore them in silence."""
    return sorted(
        name
        for name in environment
        if name.startswith(ENVIRONMENT_PREFIX)
        and name not in OTHER_VARIABLES
        and not _is_setting(name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"))
    )


def described(detail: ErrorDetails) -> str:
    """One validation error as *place: what is wrong*, without the value (it may be a secret)."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]).lstrip(".")
    kind = detail["type"]
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{place}: no such setting"
    if kind == "tuple_type":
        return f"{place}: is a list: write [[{place}]] above each of its tables, or [ … ] around its values"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{place}: {message[:1].lower()}{message[1:]}" if place else message


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read", [error.strerror or str(error)]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not TOML", [str(error)]) from error


def _missing_files(settings: Settings) -> list[str]:
    return [
        f"vcenter[{position}].{field}: {file} does not exist"
        for position, vcenter in enumerate(settings.vcenter)
        for field, file in (("password_file", vcenter.password_file), ("ca_file", vcenter.ca_file))
        if file is not None and not file.is_file()
    ]


def _unusable_holidays(settings: Settings) -> list[str]:
    problems: list[str] = []
    for holidays in settings.calendar.holidays:
        if holidays.file is not None:
            try:
                read_whole_days(holidays.file)
            except ConfigurationError as error:
                problems += [f"calendar.holidays {holidays.name}: {holidays.file}: {one}" for one in error.problems]
    return problems


def _is_setting(parts: list[str]) -> bool:
    fields: Any = Settings.model_fields
    for position, part in enumerate(parts):
        if part not in fields:
            return False
        if position + 1 == len(parts):
            return True
        kind = fields[part].annotation if hasattr(fields[part], "annotation") else fields[part].type
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = kind.model_fields
        elif hasattr(kind, "__dataclass_fields__"):
            fields = kind.__dataclass_fields__
        else:
            return False
    return False
