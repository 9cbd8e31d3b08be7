"""Which hosts could be switched off, beside the moves that this takes."""

from collections.abc import Iterator
from typing import Any

from recommender.inventory.inventory import Inventory
from recommender.placement.consolidate import ConsolidationAnswer
from recommender.report.json_document import entity_document
from recommender.report.names import Names


def consolidation_lines(inventory: Inventory, answer: ConsolidationAnswer) -> Iterator[str]:
    """How many hosts, which, and what is proven."""
    before = answer.hosts_on + len(answer.switch_off)
    yield f"\nhosts on   {before} → {answer.hosts_on}  (proven: at least {answer.least_hosts_on} have to stay on)"
    if answer.switch_off:
        yield f"switch off {Names(inventory).all_of(answer.switch_off)}"


def consolidation_document(inventory: Inventory, answer: ConsolidationAnswer) -> dict[str, Any]:
    """The same as JSON, under ``consolidation``."""
    return {
        "consolidation": {
            "switch_off": [entity_document(inventory, host) for host in answer.switch_off],
            "hosts_on_before": answer.hosts_on + len(answer.switch_off),
            "hosts_on": answer.hosts_on,
            "least_hosts_on": answer.least_hosts_on,
        }
    }
