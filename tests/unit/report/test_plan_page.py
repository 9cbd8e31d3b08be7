"""The page of a plan: complete, self-contained, and harmless whatever VMs are called."""

import re
from dataclasses import replace
from html.parser import HTMLParser

from recommender.inventory.inventory import Inventory
from recommender.planning.plan import Plan, PlanStep
from recommender.planning.windows.window import window_answer
from recommender.report.plan_page import plan_page
from tests.inventories import TAKEN_AT, make_host, make_inventory, make_vm
from tests.unit.planning.moves import move, planned

NASTY = "<script>alert(1)</script>\" onmouseover='x' &"


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def page_of(inventory: Inventory, *, window_s: float | None = None) -> str:
    plan = planned(inventory, [move(inventory, "v", "b", seconds=60.0), move(inventory, "w", "b", seconds=30.0)])
    return plan_page(inventory, plan, TAKEN_AT, None if window_s is None else window_answer(plan, window_s))


def named(name: str) -> Inventory:
    vms = [replace(make_vm("v", "a"), name=name), make_vm("w", "a")]
    return make_inventory([make_host("a"), make_host("b")], vms)


def test_every_step_has_a_bar_at_both_hosts_and_a_row() -> None:
    tags = Tags(page_of(named("web"))).found
    bars = [attributes for tag, attributes in tags if "bar" in (attributes.get("class") or "").split()]
    assert len(bars) == 4
    assert sum(tag == "tr" for tag, _ in tags) == 3
    assert "left:0.000%" in (bars[0]["style"] or "")
    assert "width:100.000%" in "".join(bar["style"] or "" for bar in bars)


def test_names_cannot_become_markup() -> None:
    page = page_of(named(NASTY))
    tags = Tags(page).found
    assert not [tag for tag, _ in tags if tag == "script"]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert "&lt;script&gt;" in page


def test_nothing_comes_from_elsewhere() -> None:
    page = page_of(named("web"))
    assert not re.search(r"https?://|src=|url\(|@import|<link", page)
    assert "default-src 'none'" in page


def test_the_window_is_told_and_drawn() -> None:
    assert "It does not fit the window of 10.0 s" in page_of(named("web"), window_s=10.0)
    long = page_of(named("web"), window_s=3600.0)
    assert "It fits the window of 1:00 h" in long
    assert 'class="close" style="left:100.000%"' in long


def test_a_plan_without_steps_is_a_page_too() -> None:
    inventory = named("web")
    assert "Nothing moves" in plan_page(inventory, planned(inventory, []), TAKEN_AT)


def test_what_is_blocked_is_told_with_its_reason() -> None:
    inventory = make_inventory([make_host("a"), make_host("b", in_maintenance=True)], [make_vm("v", "a")])
    page = plan_page(inventory, planned(inventory, [move(inventory, "v", "b")]), TAKEN_AT)
    assert "<h2>Blocked</h2>" in page
    assert "maintenance" in page


def test_moves_between_sites_and_copies_have_rows_by_link() -> None:
    hosts = [make_host("a", site="<east>"), make_host("b", site="west", datastores=("ds", "new"))]
    inventory = make_inventory(hosts, [make_vm("v", "a")])
    steps = [replace(moved(inventory, "v"), move=move(inventory, "v", "b", datastore="new"))]
    plan = Plan(steps=tuple(steps), makespan_s=10.0, makespan_p95_s=20.0, makespan_lower_bound_s=0.0)
    page = plan_page(inventory, plan, TAKEN_AT)
    assert "Timeline by link" in page
    assert "between &lt;east&gt; and west" in page
    assert "written to new" in page
    assert "Timeline by link" not in page_of(named("web"))


def moved(inventory: Inventory, vm: str) -> PlanStep:
    return PlanStep(number=1, move=move(inventory, vm, "b"), start_s=0.0, end_s=10.0)
