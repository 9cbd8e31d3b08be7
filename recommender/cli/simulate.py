"""``simulate``: days of the whole service in a simulated data centre, with everything that goes wrong."""

import click

from recommender.cli.exit_code import ExitCode


@click.command()
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The first seed.")
@click.option("--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="How many seeds to play.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True, help="Of each.")
def simulate(seed: int, seeds: int, days: float) -> int:
    """Play the service with two daemons, kills, freezes, lost answers, people and failing hosts; print the story.

    The same seed is the same story. It ends with 1 if an invariant was broken, and tells the seed.
    """
    from recommender.service.rehearsal import rehearse

    broken = 0
    for number in range(seed, seed + seeds):
        told = rehearse(number, days, click.echo if seeds == 1 else lambda _: None)
        broken += bool(told.broken)
        click.echo(str(told))
        if seeds > 1:
            for problem in told.broken:
                click.echo(f"  {problem}")
    return ExitCode.DEFECT if broken else ExitCode.DONE
