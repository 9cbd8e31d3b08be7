"""Rolling maintenance: every host of a cluster is empty once, in few waves and with few migrations.

VMs of a wave go to hosts whose turn is over, as far as these have room: they move once. Only the first wave, and what
does not fit, goes to hosts still to come and moves a second time; since hosts whose turn is over may be filled up to
the headroom line, each wave may be larger than the one before. Peers (Ganeti's hroller) move every VM twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from recommender.constraints.registry import constraints_for
from recommender.errors import PlanError
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.recent_move import RecentMove
from recommender.inventory.reference import EntityRef
from recommender.placement.answer import inventory_after
from recommender.placement.request import SolveLimits
from recommender.placement.result import Move
from recommender.placement.tried import NOTHING_TRIED, Tried
from recommender.planning.replay.replay import replay
from recommender.planning.rolling.wave import RollingPlan, StuckHost, Wave
from recommender.planning.rolling.wave_choice import ClusterRound
from recommender.planning.rolling.wave_moves import Evacuator
from recommender.planning.schedule import schedule
from recommender.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingRequest:
    """``hosts`` are to be worked on for ``work_s`` each.

    ``at_once``: hosts of a cluster that are away at one time, at most; ``None`` for half of it, as hosts may fail.

    ``before``: what failed migrations close to VMs.
    ``done``: hosts whose turn is over already, in a maintenance that goes on.
    ``most_moves_per_vm``: how many migrations for each VM on them may be planned, ``None`` for any number where
    that saves waves; the way home is not counted in. ``come_home``: balance once every host is back.
    """

    inventory: Inventory
    policy: Policy
    hosts: tuple[EntityRef, ...]
    done: tuple[EntityRef, ...] = ()
    work_s: float = 1800.0
    at_once: int | None = None
    most_moves_per_vm: float | None = 1.1
    come_home: bool = True
    recent_moves: tuple[RecentMove, ...] = ()
    before: Tried = NOTHING_TRIED
    seed: int = 0
    limits: SolveLimits = field(default_factory=SolveLimits)


def plan_rolling_maintenance(request: RollingRequest) -> RollingPlan:
    """All waves, each a legal timeline. Hosts that cannot be emptied are left out and named; nothing is guessed.

    Raises ``PlanError`` if a wave's timeline fails its own check.
    """
    start = request.inventory
    rounds = _rounds(request)
    picture, waves, begins_s = start, list[Wave](), 0.0
    stuck: list[StuckHost] = []
    while any(one.left for one in rounds):
        wave, given_up = _next(request, rounds, picture, len(waves) + 1, begins_s)
        stuck.extend(given_up)
        if wave is not None:
            waves.append(wave)
            picture = inventory_after(picture, wave.moves)
            begins_s += wave.plan.makespan_s + request.work_s
    home = way_home(replace(request, inventory=picture), len(waves) + 1, begins_s) if waves else None
    picture = inventory_after(picture, home.moves) if home else picture
    moved = {move.vm for wave in waves for move in wave.moves}
    return RollingPlan(
        waves=tuple(waves),
        home=home,
        stuck=tuple(stuck),
        vms=sum(len(start.vms_on(ref)) for ref in request.hosts),
        returned=sum(picture.vm(vm).host == start.vm(vm).host for vm in moved),
        work_s=request.work_s,
    )


def next_wave(request: RollingRequest, number: int = 1) -> tuple[Wave | None, tuple[StuckHost, ...]]:
    """The next wave alone, and the hosts that are given up; no wave once no host is left."""
    rounds = _rounds(request)
    return _next(request, rounds, request.inventory, number, 0.0)


def way_home(request: RollingRequest, number: int, start_s: float = 0.0) -> Wave | None:
    """What pays to be moved among the hosts of these clusters now that all are back; ``None`` for nothing."""
    if not request.come_home:
        return None
    inventory, rounds = request.inventory, _rounds(request)
    hosts = [inventory.host(ref) for ref in (*request.hosts, *request.done)]
    moves = _evacuator(request).balanced(inventory, [*hosts, *(host for one in rounds for host in one.others)])
    return _wave(request, inventory, number, (), moves, start_s, 0) if moves else None


def _next(
    request: RollingRequest, rounds: Sequence[ClusterRound], picture: Inventory, number: int, start_s: float
) -> tuple[Wave | None, tuple[StuckHost, ...]]:
    hosts, moves, stuck, moved_again = list[Host](), list[Move](), list[StuckHost](), 0
    for one in rounds:
        if one.left:
            chosen = one.next_wave(picture)
            hosts.extend(chosen.hosts)
            moves.extend(chosen.moves)
            moved_again += chosen.moved_again
            stuck.extend(chosen.stuck)
    wave = _wave(request, picture, number, hosts, moves, start_s, moved_again) if hosts else None
    return wave, tuple(stuck)


def _rounds(request: RollingRequest) -> list[ClusterRound]:
    evacuator, done = _evacuator(request), {request.inventory.host(ref) for ref in request.done}
    return [
        ClusterRound.of(
            request.inventory,
            request.policy,
            evacuator,
            hosts,
            at_once=request.at_once,
            # What may move twice has done so in the first wave.
            most_moves_per_vm=1.0 if done and request.most_moves_per_vm is not None else request.most_moves_per_vm,
        )
        for hosts in _by_cluster(request.inventory, request.hosts)
    ]


def _evacuator(request: RollingRequest) -> Evacuator:
    return Evacuator(
        policy=request.policy,
        before=request.before,
        recent_moves=request.recent_moves,
        seed=request.seed,
        limits=request.limits,
    )


def _by_cluster(inventory: Inventory, refs: Sequence[EntityRef]) -> list[list[Host]]:
    """A VM that leaves its cluster loses the cluster's rules, so that each cluster goes round by itself."""
    groups: dict[EntityRef | None, list[Host]] = {}
    for host in sorted({inventory.host(ref) for ref in refs}, key=lambda host: (host.name, host.ref)):
        groups.setdefault(host.cluster or host.ref, []).append(host)
    return list(groups.values())


def _wave(
    request: RollingRequest,
    picture: Inventory,
    number: int,
    hosts: Sequence[Host],
    moves: Sequence[Move],
    start_s: float,
    moved_again: int,
) -> Wave:
    evacuate = tuple(sorted(host.ref for host in hosts))
    constraints = constraints_for(request.policy, evacuate=evacuate)
    plan = schedule(picture, request.policy, moves, constraints)
    findings = replay(picture, constraints, request.policy, plan, moves)
    if findings:
        told = "; ".join(str(finding) for finding in findings)
        raise PlanError(f"wave {number} fails its own check, nothing is done (please report this): {told}")
    return Wave(
        number=number,
        hosts=tuple(host.ref for host in hosts),
        moves=tuple(moves),
        plan=plan,
        start_s=start_s,
        moved_again=moved_again,
    )
