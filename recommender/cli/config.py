"""``config``: check a configuration file, print its schema."""

from pathlib import Path

import click


@click.group()
def config() -> None:
    """Check the configuration, or print its JSON Schema."""


@config.command()
@click.argument("file", type=click.Path(path_type=Path), envvar="RECOMMENDER_CONFIG", required=True)
def check(file: Path) -> None:
    """Check FILE and the environment; every problem is listed with its place."""
    from datetime import UTC, datetime

    from recommender.errors import ConfigurationError
    from recommender.service.set_times.calendar import Calendar
    from recommender.settings.load import load_settings

    settings = load_settings(file)
    now = datetime.now(UTC)
    if never := [
        f"calendar.window {name}: it does not open within the next 400 days"
        for name in Calendar(settings.calendar).never_opens(now)
    ]:
        raise ConfigurationError(f"{file} cannot be used", never)
    click.echo(
        f"{file}: good ({len(settings.vcenter)} vCenter, {len(settings.site)} sites, "
        f"{len(settings.evacuation)} evacuations, {settings.policy.automation_level})"
    )


@config.command()
def schema() -> None:
    """Print the JSON Schema of the configuration file."""
    import json

    from recommender.settings.settings import Settings

    click.echo(json.dumps(Settings.model_json_schema(), indent=2))
