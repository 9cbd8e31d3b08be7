"""``predict``: how long one migration takes, what the downtime is, and whether it converges."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.options import inventory_options
from recommender.cli.situation import situation

if TYPE_CHECKING:
    from recommender.inventory.host import Host
    from recommender.inventory.inventory import Inventory
    from recommender.inventory.virtual_machine import VirtualMachine
    from recommender.migration.calibration_pairs import PairFit
    from recommender.migration.calibration_why import CalibrationWhy
    from recommender.policy import MigrationPolicy
    from recommender.settings.command_line import VCenterOptions


class _Number(click.types.FloatParamType):
    """A number from ``least`` up to where somebody must have mistaken the unit; never ``nan``."""

    name = "number"
    most = 1e12

    def __init__(self, least: float) -> None:
        self.least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not self.least <= number <= self.most:
            self.fail(f"{value} is not in the range {self.least:g} … {self.most:g}.", param, ctx)
        return number


_SIZE = _Number(0)
_SHARE = click.FloatRange(min=0, max=100, min_open=True, max_open=True)
_MORE_THAN_NONE = _Number(0.001)
USUAL_HOT_WRITES_PERCENT = 80.0
_MORE_NUMBERS = ("rtt_ms", "hot_percent", "hot_writes_percent")
_NUMBERS = ("memory_mib", "working_set_mib", "dirty_mib_s", "bandwidth_mib_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the command line says; ``None`` is *not said*."""

    vm: str | None
    host: str | None
    datastore: str | None
    memory_mib: float | None
    working_set_mib: float | None
    dirty_mib_s: float | None
    bandwidth_mib_s: float | None
    rtt_ms: float | None
    hot_percent: float | None
    hot_writes_percent: float | None
    switchover_ms: float | None
    why: bool

    @property
    def says_more_than_the_goal(self) -> bool:
        """Whether anything but the switchover goal is said."""
        names = ("vm", "host", "datastore", *_NUMBERS, *_MORE_NUMBERS)
        return self.why or any(getattr(self, name) is not None for name in names)

    def rules(self, rules: "MigrationPolicy") -> "MigrationPolicy":
        """The policy, with the switchover goal of the command line if it has one."""
        return rules if self.switchover_ms is None else replace(rules, switchover_goal_s=self.switchover_ms / 1000)


@click.command()
@click.argument("vm", required=False)
@click.option("--to", "host", metavar="HOST", help="Destination host of VM; its own where absent.")
@click.option("--datastore", help="Datastore that all disks of VM are copied to; they stay where absent.")
@click.option("--memory-mib", type=_MORE_THAN_NONE, help="Memory to send first.")
@click.option("--working-set-mib", type=_SIZE, help="Memory that the guest writes again and again.")
@click.option("--dirty-mib-s", type=_SIZE, help="Memory that the guest writes per second.")
@click.option("--bandwidth-mib-s", type=_MORE_THAN_NONE, help="Bandwidth that the migration gets.")
@click.option("--rtt-ms", type=_SIZE, help="Round-trip time between the hosts [0].")
@click.option("--hot-percent", type=_SHARE, help="Part of the working set that takes most writes [all alike].")
@click.option("--hot-writes-percent", type=_SHARE, help="Part of all writes that these hot pages take [80].")
@click.option("--switchover-ms", type=_MORE_THAN_NONE, help="Switchover goal [the policy's].")
@click.option("--why", is_flag=True, help="Tell what each level of what was learnt contributes, from the journal.")
@click.option(
    "--csv",
    "rows",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with one migration a row: memory_mib, bandwidth_mib_s; README has the columns.",
)
@inventory_options
@click.option("-o", "--output", type=click.Choice(["table", "json", "csv"]), help="Form [table; csv with --csv].")
def predict(
    vcenter: "VCenterOptions", inventory_file: Path | None, output: str | None, rows: Path | None, **said: Any
) -> int:
    """Predict the migration of VM to HOST, or of a running VM described by numbers alone.

    With --memory-mib, --working-set-mib, --dirty-mib-s and --bandwidth-mib-s no inventory is read. Whatever would
    refuse the move is listed below its prediction. Nothing is sent to vCenter.
    """
    asked = _Asked(**said)
    if rows is not None:
        if vcenter.vcenter is not None or inventory_file is not None or asked.says_more_than_the_goal:
            raise click.UsageError("--csv goes with --switchover-ms, --config and -o alone: rows hold the numbers.")
        return _predict_rows(rows, asked, vcenter.config, output or "csv")
    output = output or "table"
    if output == "csv":
        raise click.UsageError("-o csv goes with --csv FILE.")
    if asked.vm is not None or asked.host is not None or asked.datastore is not None:
        return _predict_move(asked, vcenter, inventory_file, output)
    if inventory_file is not None or vcenter.vcenter is not None or asked.why:
        raise click.UsageError("-i, --vcenter and --why go with VM --to HOST; numbers alone read no inventory.")
    return _predict_numbers(asked, vcenter.config, output)


def _predict_move(asked: _Asked, vcenter: "VCenterOptions", inventory_file: Path | None, output: str) -> int:
    contradicting = [_option(name) for name in (*_NUMBERS, *_MORE_NUMBERS) if getattr(asked, name) is not None]
    if contradicting:
        raise click.UsageError(
            f"{', '.join(contradicting)}: of a VM in an inventory these are taken from the inventory. "
            "Give VM --to HOST, or the numbers alone."
        )
    if asked.vm is None:
        raise click.UsageError("which VM? Give VM --to HOST.")
    if asked.host is None and asked.datastore is None:
        raise click.UsageError(f"where to? Give {asked.vm} --to HOST, --datastore DATASTORE or both.")
    start = situation(vcenter, inventory_file)

    from recommender.constraints.check import caused_by_move
    from recommender.constraints.registry import constraints_for
    from recommender.inventory.lookup import datastore_named, host_named, vm_named
    from recommender.migration.estimate_move import estimate_move
    from recommender.report.calibration_why import calibration_why_document, print_calibration_why
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.move_prediction import PredictedMove, move_prediction_document, print_move_prediction

    inventory, policy = start.inventory, replace(start.policy, migration=asked.rules(start.policy.migration))
    vm = vm_named(inventory, asked.vm)
    destination = inventory.host(vm.host) if asked.host is None else host_named(inventory, asked.host)
    targets = {}
    if asked.datastore is not None:
        datastore = datastore_named(inventory, asked.datastore)
        targets = {disk.key: datastore.ref for disk in vm.disks}
    why = _why(vcenter, inventory, policy.migration, vm, destination) if asked.why else None
    predicted = PredictedMove(
        vm=vm,
        destination=destination,
        disk_targets=targets,
        estimate=estimate_move(inventory, policy, vm, destination, targets),
        refusals=caused_by_move(constraints_for(policy), inventory, vm, destination, targets),
    )
    if output == "json":
        told = {"calibration": calibration_why_document(*why)} if why else {}
        click.echo(dumps(move_prediction_document(inventory, predicted) | told))
    else:
        console = data_console()
        print_move_prediction(console, inventory, predicted)
        if why is not None:
            print_calibration_why(console, *why)
    return ExitCode.DONE


def _why(
    vcenter: "VCenterOptions",
    inventory: "Inventory",
    rules: "MigrationPolicy",
    vm: "VirtualMachine",
    destination: "Host",
) -> "tuple[CalibrationWhy, PairFit]":
    if not vm.is_powered_on:
        raise click.UsageError("--why: nothing is learnt of VMs that do not run.")

    from recommender.migration.calibration_pairs import PairFit
    from recommender.migration.calibrator import Calibrator
    from recommender.migration.learnt_durations import case_of, host_pair
    from recommender.service.boosted_residuals import boosted_residuals
    from recommender.service.learnt_calibration import learnt_calibration
    from recommender.settings.load import load_settings

    learnt = learnt_calibration(load_settings(vcenter.config).journal.url, inventory)
    calibrator = Calibrator(learnt.calibration, boosted_residuals())
    pair = calibrator.pair_fits().get(host_pair(vm.host, destination.ref), PairFit())
    return calibrator.explain(case_of(vm, inventory.host(vm.host), rules)), pair


def _predict_numbers(asked: _Asked, config: Path | None, output: str) -> int:
    missing = [_option(name) for name in _NUMBERS if getattr(asked, name) is None]
    if asked.hot_writes_percent is not None and asked.hot_percent is None:
        raise click.UsageError("--hot-writes-percent goes with --hot-percent.")
    if len(missing) == len(_NUMBERS):
        raise click.UsageError(f"nothing to predict: give VM --to HOST, or {', '.join(missing)}.")
    if missing:
        raise click.UsageError(f"missing for a prediction from numbers alone: {', '.join(missing)}.")

    from recommender.migration.estimate_inputs import estimate_inputs
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.report.move_prediction import prediction_document
    from recommender.report.prediction import print_estimate
    from recommender.settings.load import load_settings

    estimate = estimate_inputs(
        **{name: getattr(asked, name) for name in _NUMBERS},
        rtt_ms=asked.rtt_ms or 0.0,
        hot_share=(asked.hot_percent or 0.0) / 100,
        hot_writes=(asked.hot_writes_percent or USUAL_HOT_WRITES_PERCENT) / 100,
        policy=asked.rules(load_settings(config).policy.migration),
    )
    if output == "json":
        click.echo(dumps(prediction_document(estimate)))
    else:
        print_estimate(data_console(), estimate, "Migration of a running VM with these inputs")
    return ExitCode.DONE


def _predict_rows(path: Path, asked: _Asked, config: Path | None, output: str) -> int:
    if output == "table":
        raise click.UsageError("--csv is answered with -o csv or -o json.")

    from recommender.cli.prediction_rows import predicted_rows
    from recommender.report.json_document import dumps
    from recommender.report.prediction_csv import PREDICTIONS_FORMAT, csv_text
    from recommender.settings.load import load_settings

    rules = asked.rules(load_settings(config).policy.migration)
    found = [row.values() for row in predicted_rows(path, rules)]
    click.echo(
        csv_text(found) if output == "csv" else dumps({"format": PREDICTIONS_FORMAT, "predictions": found}),
        nl=output != "csv",
    )
    return ExitCode.DONE


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
