"""What a person says of hosts that a rolling maintenance stopped at: all of it makes sense, or none is written down."""

from collections.abc import Iterator, Sequence

import click

from recommender.actuation.turn import FORMER_TURNS, Turn, TurnState
from recommender.inventory.inventory import Inventory
from recommender.inventory.lookup import host_named
from recommender.inventory.reference import EntityRef


def turns_asked(
    inventory: Inventory, turns: Sequence[Turn], worked: Sequence[str], again: Sequence[str]
) -> Iterator[tuple[EntityRef, TurnState]]:
    """The hosts of ``--worked`` and ``--again`` with their new states.

    Raises ``NameLookupError``, and ``UsageError`` for a host named in both, one that has no turn here, and one whose
    turn may not go there.
    """
    if both := sorted(set(worked) & set(again)):
        raise click.UsageError(f"{both[0]}: give --worked (its work is done) or --again (its turn once more), not both")
    now = {turn.host: turn.state for turn in turns}
    for names, option, wanted in ((worked, "--worked", TurnState.WORKED), (again, "--again", TurnState.WAITING)):
        for name in dict.fromkeys(names):
            ref = host_named(inventory, name).ref
            if ref not in now:
                raise click.BadParameter(f"{name} has no turn in this maintenance", param_hint=option)
            if now[ref] not in FORMER_TURNS[wanted]:
                told = f"the turn of {name} is {now[ref].value}, and only a failed one is a person's to decide"
                raise click.BadParameter(f"{told}: leave {option} away", param_hint=option)
            yield ref, wanted


def how_to_go_on(number: str, names: Sequence[str]) -> str:
    """The command that goes on, ``names`` being the hosts whose turns have failed."""
    command = f"recommender maintain continue {number[:12]}"
    if not names:
        return f"to go on: {command}"
    told = "".join(f" --worked {name}" for name in names)
    return (
        f"to go on, if its work is done: {command}{told}; to give it its turn once more: --again in place of --worked"
    )
