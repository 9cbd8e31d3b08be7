"""A plan as one HTML page that needs nothing from elsewhere: no script, no font, no picture, all names escaped."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move
from recommender.planning.plan import Plan, PlanStep
from recommender.planning.windows.remedies import Remedy
from recommender.planning.windows.window import WindowAnswer
from recommender.report.move_ends import move_destination, move_source
from recommender.report.names import Names
from recommender.report.plan_window import percent_text, remedy_text
from recommender.report.quantity_text import duration_text, proven_text

LANE_PX: Final = 20
TICKS: Final = 8
STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --leaves: #b45309; --comes: #1d6fa5; --late: #b91c1c; }
body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.row { display: grid; grid-template-columns: 14rem 1fr; border-top: 1px solid var(--line); }
.row > b { font-weight: 600; padding: 2px 8px 2px 0; overflow-wrap: anywhere; }
.lane { position: relative; }
.axis { position: sticky; top: 0; z-index: 1; background: Canvas; }
.bar { position: absolute; height: 16px; border-radius: 3px; color: #fff; font-size: 11px; line-height: 16px;
  padding: 0 3px; box-sizing: border-box; overflow: hidden; white-space: nowrap; min-width: 3px; }
.leaves { background: var(--leaves); } .comes { background: var(--comes); }
.tick { position: absolute; border-left: 1px solid var(--line); padding-left: 3px; font-size: 11px; }
.close { position: absolute; top: 0; bottom: 0; border-left: 2px dashed var(--late); }
table { border-collapse: collapse; } td, th { border-top: 1px solid var(--line); padding: 3px 10px 3px 0;
  text-align: left; vertical-align: top; overflow-wrap: anywhere; } td.n { text-align: right; }
.key { display: inline-block; padding: 0 6px; border-radius: 3px; color: #fff; }
@media print { body { margin: 0; } .bar { print-color-adjust: exact; } }
"""


def plan_page(
    inventory: Inventory,
    plan: Plan,
    starts_at: datetime,
    answer: WindowAnswer | None = None,
    remedies: Sequence[Remedy] = (),
) -> str:
    """The whole page: what it comes to, what would make it fit, a timeline with one row a host, and every step.

    ``starts_at`` is aware.
    """
    page = _Page(inventory, plan, starts_at, answer)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Migration plan</title><style>{STYLE}</style></head><body><h1>Migration plan</h1>"
        f"{page.summary()}{page.remedies(remedies)}{page.timeline()}{page.steps()}{page.blocked()}</body></html>\n"
    )


class _Page:
    def __init__(self, inventory: Inventory, plan: Plan, starts_at: datetime, answer: WindowAnswer | None) -> None:
        self._inventory = inventory
        self._names, self._plan, self._starts_at, self._answer = Names(inventory), plan, starts_at, answer
        self._length_s = max(plan.makespan_s, answer.window_s if answer else 0.0) or 1.0

    def summary(self) -> str:
        plan, told = self._plan, []
        told.append(
            f"{len(plan.steps)} steps from {self._clock(0.0, dated=True)}, over in {duration_text(plan.makespan_s)} "
            f"(p95 {duration_text(plan.makespan_p95_s)}; "
            f"{proven_text(plan.makespan_s, plan.makespan_lower_bound_s)})."
        )
        if self._answer is not None:
            verdict = "It fits" if self._answer.fits else "It does not fit"
            told.append(
                f"{verdict} the window of {duration_text(self._answer.window_s)}: over by then with "
                f"{percent_text(self._answer.probability)} probability."
            )
        return "".join(f"<p>{escape(line)}</p>" for line in told)

    def remedies(self, remedies: Sequence[Remedy]) -> str:
        """What was tried to make it fit, each way out with its numbers."""
        tried = "".join(f"<li>{escape(remedy_text(self._names, one, self._starts_at))}</li>" for one in remedies)
        return f"<h2>What would make it fit</h2><ul>{tried}</ul>" if tried else ""

    def timeline(self) -> str:
        if not self._plan.steps:
            return "<p>Nothing moves.</p>"
        by_host: defaultdict[EntityRef, list[tuple[PlanStep, bool]]] = defaultdict(list)
        for step in self._plan.steps:
            by_host[step.move.source].append((step, True))
            if step.move.destination != step.move.source:
                by_host[step.move.destination].append((step, False))
        rows = (self._row(self._name(host), by_host[host]) for host in sorted(by_host, key=self._names.of))
        return (
            '<h2>Timeline by host</h2><p><span class="key leaves">leaves the host</span> '
            f'<span class="key comes">comes to the host</span></p>{self._axis()}{"".join(rows)}{self._links()}'
        )

    def _links(self) -> str:
        """One row for each way that memory takes between two sites, and for each datastore that is written to."""
        by_link: defaultdict[str, list[tuple[PlanStep, bool]]] = defaultdict(list)
        for step in self._plan.steps:
            ends = [self._inventory.find_host(ref) for ref in (step.move.source, step.move.destination)]
            sites = sorted({host.site for host in ends if host is not None})
            if len(sites) > 1:
                by_link[f"between {' and '.join(sites)}"].append((step, True))
            for store in {disk.destination for disk in step.move.disk_moves}:
                by_link[f"written to {self._names.of(store)}"].append((step, False))
        rows = "".join(self._row(escape(name), by_link[name]) for name in sorted(by_link))
        return f"<h2>Timeline by link</h2>{self._axis()}{rows}" if rows else ""

    def steps(self) -> str:
        if not self._plan.steps:
            return ""
        heads = "".join(f"<th>{head}</th>" for head in ("step", "start", "end", "VM", "from", "to", "after", "risk"))
        return f"<h2>Steps</h2><table><tr>{heads}</tr>{''.join(map(self._step, self._plan.steps))}</table>"

    def blocked(self) -> str:
        groups = "".join(
            f"<li>{self._name_list(tuple(move.vm for move in group.moves))}: {escape(group.reason)}</li>"
            for group in self._plan.blocked
        )
        return f"<h2>Blocked</h2><ul>{groups}</ul>" if groups else ""

    def _row(self, name: str, bars: list[tuple[PlanStep, bool]]) -> str:
        ends: list[float] = []
        drawn = []
        for step, leaves in bars:
            lane = next((n for n, end_s in enumerate(ends) if end_s <= step.start_s), len(ends))
            ends[lane : lane + 1] = [step.end_s]
            drawn.append(self._bar(step, lane, leaves=leaves))
        close = ""
        if self._answer is not None:
            close = f'<span class="close" style="left:{self._percent(self._answer.window_s)}%"></span>'
        return (
            f'<div class="row"><b>{name}</b><div class="lane" style="height:{LANE_PX * len(ends) + 2}px">'
            f"{''.join(drawn)}{close}</div></div>"
        )

    def _bar(self, step: PlanStep, lane: int, *, leaves: bool) -> str:
        move, name = step.move, self._name(step.move.vm)
        told = (
            f"step {step.number}: {name}, {self._source(move)} to {self._destination(move)}, "
            f"{self._clock(step.start_s)} to {self._clock(step.end_s)}"
        )
        return (
            f'<span class="bar {"leaves" if leaves else "comes"}" title="{told}" style="top:{LANE_PX * lane + 2}px;'
            f"left:{self._percent(step.start_s)}%;"
            f'width:{100 * step.duration_s / self._length_s:.3f}%">{name}</span>'
        )

    def _axis(self) -> str:
        ticks = "".join(
            f'<span class="tick" style="left:{100 * n / TICKS:.1f}%">{self._clock(self._length_s * n / TICKS)}</span>'
            for n in range(TICKS)
        )
        return f'<div class="row axis"><b></b><div class="lane" style="height:{LANE_PX}px">{ticks}</div></div>'

    def _step(self, step: PlanStep) -> str:
        move = step.move
        after = ", ".join(str(number) for number in step.depends_on)
        ends = f"<td>{self._clock(step.start_s)}</td><td>{self._clock(step.end_s)}</td>"
        places = "".join(
            f"<td>{text}</td>" for text in (self._name(move.vm), self._source(move), self._destination(move))
        )
        risk = escape(move.estimate.risk.value.replace("_", " "))
        return f'<tr><td class="n">{step.number}</td>{ends}{places}<td>{after}</td><td>{risk}</td></tr>'

    def _name_list(self, refs: tuple[EntityRef, ...]) -> str:
        return escape(self._names.all_of(refs))

    def _name(self, ref: EntityRef) -> str:
        return escape(self._names.of(ref))

    def _source(self, move: Move) -> str:
        return escape(move_source(self._names, move))

    def _destination(self, move: Move) -> str:
        return escape(move_destination(self._names, move))

    def _percent(self, seconds: float) -> str:
        return f"{min(100.0, 100 * seconds / self._length_s):.3f}"

    def _clock(self, seconds: float, *, dated: bool = False) -> str:
        moment = self._starts_at + timedelta(seconds=seconds)
        return f"{moment:%Y-%m-%d %H:%M:%S %Z}" if dated else f"{moment:%H:%M:%S}"
