"""``calibration``: what finished migrations have taught."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.options import is_interactive, output_option

if TYPE_CHECKING:
    from recommender.inventory.inventory import Inventory
    from recommender.journal.calibration_file import SavedCalibration

_FILE = click.Path(path_type=Path, dir_okay=False)
_config = click.option("--config", type=_FILE, envvar="RECOMMENDER_CONFIG", help="Configuration file (TOML).")
_inventory = click.option(
    "-i", "--inventory", "inventory_file", type=_FILE, help="A saved inventory, for the groups of VMs and sites."
)


@click.group()
def calibration() -> None:
    """What finished migrations have taught: look at it, carry it elsewhere, forget it.

    Every live migration that the journal knows to be over is learnt from; vCenter is not asked.
    """


@calibration.command()
@_config
@_inventory
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="At most so many migrations.")
@output_option
def show(config: Path | None, inventory_file: Path | None, limit: int, output: str) -> int:
    """Predicted next to actual, the error by group, and how often intervals held."""
    from recommender.report.calibration import calibration_summary, print_calibration
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps

    summary = calibration_summary(_learnt(config, inventory_file).calibration, limit=limit)
    if output == "json":
        click.echo(dumps(summary))
    else:
        print_calibration(data_console(), summary)
    return ExitCode.DONE


@calibration.command()
@click.argument("file", type=_FILE)
@_config
@_inventory
def export(file: Path, config: Path | None, inventory_file: Path | None) -> int:
    """Write all that was learnt to FILE: JSON, numbers and names only."""
    from recommender.journal.calibration_file import write_calibration

    saved = _learnt(config, inventory_file)
    write_calibration(file, saved)
    click.echo(f"{file}: {len(saved.calibration.finished)} migrations", err=True)
    return ExitCode.DONE


@calibration.command("import")
@click.argument("file", type=_FILE)
@_config
def import_(file: Path, config: Path | None) -> int:
    """Replace what was learnt by what FILE holds; what ends after FILE's own time is learnt on top of it."""
    from recommender.journal.calibration_file import read_calibration, write_calibration

    saved = read_calibration(file)
    write_calibration(_path(config), saved)
    click.echo(f"{len(saved.calibration.finished)} migrations from {file}", err=True)
    return ExitCode.DONE


@calibration.command()
@_config
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(config: Path | None, yes: bool) -> int:  # noqa: FBT001  # click's way
    """Forget all that was learnt; only what ends from now on is learnt. The journal keeps its history."""
    from datetime import UTC, datetime

    from recommender.journal.calibration_file import SavedCalibration, write_calibration
    from recommender.migration.calibration import Calibration

    if not yes:
        if not is_interactive():
            raise click.UsageError("nobody can be asked here: say --yes.")
        click.confirm("Forget what finished migrations have taught?", abort=True, err=True)
    write_calibration(_path(config), SavedCalibration(learnt_until=datetime.now(UTC), calibration=Calibration()))
    return ExitCode.DONE


def _learnt(config: Path | None, inventory_file: Path | None) -> "SavedCalibration":
    from recommender.service.learnt_calibration import learnt_calibration
    from recommender.settings.load import load_settings

    return learnt_calibration(load_settings(config).journal.url, _inventory_in(inventory_file))


def _inventory_in(path: Path | None) -> "Inventory | None":
    from recommender.journal.inventory_file import read_inventory

    return None if path is None else read_inventory(path).inventory


def _path(config: Path | None) -> Path:
    from recommender.journal.calibration_file import calibration_path
    from recommender.settings.load import load_settings

    return calibration_path(load_settings(config).journal.url)
