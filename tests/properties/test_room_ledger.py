"""The quick ledger of room and the whole picture of the inventory lead to the same plans and the same rates."""

from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.inventory.inventory import Inventory
from recommender.migration.sharing import shared_rates
from recommender.placement.result import Move
from recommender.planning.list_schedule import Draft, ListSchedule
from recommender.planning.order.start_order import in_start_order
from recommender.planning.room_statements import RoomStatements, can_be_stated
from recommender.planning.transfers.link_shares import LinkShares
from tests.properties.test_plans import POLICY, RULES, crowded

thorough = settings(max_examples=100, deadline=None, derandomize=True)
LINKS = st.integers(0, 4)


@thorough
@given(crowded())
def test_a_draft_is_the_same_with_the_ledger_as_with_the_picture(case: tuple[Inventory, tuple[Move, ...]]) -> None:
    inventory, moves = case
    if not moves:
        return
    assert can_be_stated(inventory, POLICY, moves)
    wanted = in_start_order(inventory, POLICY, moves)
    said = RoomStatements(inventory, [rule for rule in RULES if rule.continuous], wanted)
    with_picture = ListSchedule(inventory, POLICY, wanted, RULES, ()).run()
    with_ledger = ListSchedule(inventory, POLICY, wanted, RULES, (), said).run()
    assert _told(with_ledger) == _told(with_picture)
    assert with_ledger.picture.virtual_machines == with_picture.picture.virtual_machines


@thorough
@given(st.lists(st.tuples(st.sets(LINKS, max_size=3), st.integers(1, 20), st.booleans()), max_size=8))
def test_rates_that_follow_changes_are_those_computed_for_all_at_once(
    transfers: list[tuple[set[int], int, bool]],
) -> None:
    caps = {link: 3.0 + 2.0 * link for link in range(5)}
    shares = LinkShares()
    there: list[int] = []
    for number, (links, own, leaves) in enumerate(transfers):
        shares.enter(number, [(link, caps[link]) for link in sorted(links)], float(own))
        there.append(number)
        if leaves:
            shares.settle(shares.touched())
            gone = there.pop(0)
            shares.leave(gone)
    shares.settle(shares.touched())
    rates = shared_rates([sorted(transfers[n][0]) for n in there], caps, [float(transfers[n][1]) for n in there])
    for number, rate in zip(there, rates, strict=True):
        assert abs(shares.rates[number] - rate) < 1e-6


def _told(draft: Draft) -> tuple[object, ...]:
    return draft.steps, draft.stuck, draft.hops, draft.refused
