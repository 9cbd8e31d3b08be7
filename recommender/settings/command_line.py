"""Settings for one command: the configuration file, or a single vCenter named on the command line."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recommender.errors import ConfigurationError
from recommender.settings.govc import govc_vcenter
from recommender.settings.load import described, load_settings
from recommender.settings.settings import Settings
from recommender.settings.vcenters import VCenterSettings, checked_url, host_in


@dataclass(frozen=True, slots=True, kw_only=True)
class VCenterOptions:
    """What the command line says about where to read from; ``None`` is *not said*."""

    config: Path | None = None
    vcenter: str | None = None
    user: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    pin: str | None = None
    timeout_s: float | None = None


def settings_for(options: VCenterOptions, environment: Mapping[str, str] = os.environ) -> Settings:
    """The configuration, its vCenters replaced by the command line's, or by govc's where there are none.

    ``--vcenter NAME`` picks one of the configuration's by name. Raises ``ConfigurationError``.
    """
    settings = load_settings(options.config, environment)
    if options.vcenter is None:
        if settings.vcenter:
            return settings
        fallback = govc_vcenter(environment)
        if fallback is None:
            raise ConfigurationError(
                "no vCenter is named", ["give --vcenter URL, --config FILE with a [[vcenter]], or GOVC_URL"]
            )
        return _with(settings, fallback | _said(options))
    for vcenter in settings.vcenter:
        if vcenter.name == options.vcenter:
            return settings.model_copy(update={"vcenter": (vcenter.model_copy(update=_said(options)),)})
    return _with(settings, {"url": options.vcenter} | _said(options))


def _said(options: VCenterOptions) -> dict[str, Any]:
    said = {
        "user": options.user,
        "password_file": options.password_file,
        "ca_file": options.ca_file,
        "certificate_sha256": options.pin,
        "timeout_s": options.timeout_s,
    }
    return {name: value for name, value in said.items() if value is not None}


def _with(settings: Settings, values: dict[str, Any]) -> Settings:
    if "password_file" in values:
        values.pop("password_env", None)
    if "certificate_sha256" in values:
        values.pop("ca_file", None)
    try:
        name = host_in(checked_url(values["url"]))
        vcenter = VCenterSettings(name=name.replace(":", "-").replace("%", "-"), **values)
    except ValueError as error:
        problems = (
            [described(detail) for detail in error.errors()] if isinstance(error, ValidationError) else [str(error)]
        )
        raise ConfigurationError("the vCenter cannot be used", problems) from error
    return settings.model_copy(update={"vcenter": (vcenter,)})
