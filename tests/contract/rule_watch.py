"""Somebody who looks at the vCenter all the time while the product works, and asks every rule what it sees."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from recommender.constraints.base import Violation
from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.policy import Policy
from recommender.vsphere.session.open_vcenters import open_vcenters
from tests.contract.running_simulator import RunningSimulator
from tests.contract.worlds import one_site

BETWEEN_LOOKS_S = 0.05


class RuleWatch:
    """What was seen: every picture, and every violation of a rule that must hold at every moment."""

    def __init__(self) -> None:
        self.pictures: list[Inventory] = []
        self.error: BaseException | None = None

    @property
    def most_in_flight(self) -> int:
        return max(len(picture.in_flight) for picture in self.pictures)

    def newly_broken(self) -> set[tuple[str, str | None, str]]:
        """Continuous rules broken in any picture and not in the first, by place."""
        first = {found.place for found in _broken(self.pictures[0])}
        return {
            (found.constraint, found.rule, found.reason)
            for picture in self.pictures
            for found in _broken(picture)
            if found.place not in first
        }


@contextmanager
def watching(simulator: RunningSimulator) -> Iterator[RuleWatch]:
    """Look from a session of one's own for as long as the block runs."""
    watch, over = RuleWatch(), threading.Event()

    def look() -> None:
        try:
            with open_vcenters([simulator.address()], site_of=one_site) as (source, _):
                while not over.is_set():
                    watch.pictures.append(source.read())
                    over.wait(BETWEEN_LOOKS_S)
                watch.pictures.append(source.read())
        except BaseException as error:  # noqa: BLE001  # told in the test's own thread
            watch.error = error

    thread = threading.Thread(target=look)
    thread.start()
    try:
        while not watch.pictures and thread.is_alive():
            over.wait(BETWEEN_LOOKS_S)
        yield watch
    finally:
        over.set()
        thread.join()
    if watch.error is not None:
        raise watch.error


def _broken(picture: Inventory) -> list[Violation]:
    return [
        found
        for rule in constraints_for(Policy())
        if rule.continuous
        for found in rule.violations(picture, picture.virtual_machines)
        if not found.is_unknown
    ]
