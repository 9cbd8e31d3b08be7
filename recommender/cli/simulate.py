"""``simulate``: days of the whole service, or one plan, in a simulated data centre with everything that goes wrong."""

from pathlib import Path

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.options import output_option


@click.command()
@click.argument("plan", required=False, type=click.Path(path_type=Path))
@click.option("-i", "inventory_file", type=click.Path(path_type=Path), help="Saved inventory that PLAN was made from.")
@click.option("--failures", is_flag=True, help="With PLAN: calls go wrong, VMs move by hand, a host is lost.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The first seed.")
@click.option("--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="How many seeds to play.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True, help="Of each.")
@output_option
def simulate(
    *,
    plan: Path | None,
    inventory_file: Path | None,
    failures: bool,
    seed: int,
    seeds: int,
    days: float,
    output: str,
) -> int:
    """Play the service with two daemons, kills, freezes, lost answers, people and failing hosts; print the story.

    The same seed is the same story. It ends with 1 if an invariant was broken, and tells the seed.

    With PLAN (and -i) that plan alone is carried out in the inventory it was made from, with VMs and links that are
    not quite as predicted; it ends with 7 if some step was not done.
    """
    if plan is not None:
        if inventory_file is None:
            raise click.UsageError("give -i FILE, the saved inventory that the plan was made from")
        return _one_plan(plan, inventory_file, seed, output, with_failures=failures)
    if failures or inventory_file is not None or output != "table":
        raise click.UsageError("-i, -o and --failures belong to a PLAN")

    from recommender.service.rehearsal.rehearsal import rehearse

    broken = 0
    for number in range(seed, seed + seeds):
        told = rehearse(number, days, click.echo if seeds == 1 else lambda _: None)
        broken += bool(told.broken)
        click.echo(str(told))
        if seeds > 1:
            for problem in told.broken:
                click.echo(f"  {problem}")
    return ExitCode.DEFECT if broken else ExitCode.DONE


def _one_plan(file: Path, inventory_file: Path, seed: int, output: str, *, with_failures: bool) -> int:
    from recommender.journal.inventory_file import read_inventory
    from recommender.journal.plan_file import read_plan
    from recommender.report.console import data_console
    from recommender.report.execution import execution_document, print_execution
    from recommender.report.json_document import dumps
    from recommender.report.quantity_text import duration_text, share_text
    from recommender.report.text import plain
    from recommender.service.rehearsal.one_plan import rehearse_plan

    inventory, saved = read_inventory(inventory_file).inventory, read_plan(file)
    told = rehearse_plan(inventory, saved, seed, with_failures=with_failures)
    carried = told.carried
    if output == "json":
        document = execution_document(inventory, carried.plan_id, carried.steps, carried.maintenance, carried.watched)
        numbers = ("predicted_s", "predicted_p95_s", "actual_s", "start_error", "end_error")
        click.echo(dumps(document | {"makespan": {name: getattr(told, name) for name in numbers}}))
    else:
        console = data_console()
        print_execution(console, inventory, carried.steps, carried.maintenance, carried.watched)
        for line in told.said:
            console.print(plain(line), soft_wrap=True)
        actual = "nothing was sent" if told.actual_s is None else duration_text(told.actual_s)
        console.print(
            f"over after {actual}, predicted {duration_text(told.predicted_s)} "
            f"(p95 {duration_text(told.predicted_p95_s)})"
        )
        if told.start_error is not None and told.end_error is not None:
            console.print(
                f"steps started {share_text(told.start_error)} and ended {share_text(told.end_error)} of the makespan "
                "off the plan (median)"
            )
    return ExitCode.DONE if carried.is_complete else ExitCode.INCOMPLETE
