"""What a rolling maintenance does next: a wave, or the way home, decided on what is there now or approved earlier."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from recommender.actuation.turn import Turn, TurnState
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.campaigns import Campaign
from recommender.journal.plan_file import SavedPlan
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.tried import Tried
from recommender.planning.plan import Plan
from recommender.planning.rolling.maintenance import RollingRequest, next_wave, way_home
from recommender.planning.rolling.wave import Wave
from recommender.policy import MoveScope, Policy
from recommender.report.names import Names
from recommender.service.balancing.recent_history import REMEMBERED
from recommender.service.cycle import require_fresh
from recommender.service.evacuations.host_evacuation import decide_evacuation, plan_of_the_rest
from recommender.service.retries import tried_since
from recommender.service.rolling.approval import NOT_AGAIN, WaveApproval
from recommender.service.rolling.host_work import Stopped
from recommender.service.rolling.order import RollingOrder
from recommender.service.saved_decision import saved_plan
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World

GiveUp = Callable[[EntityRef, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """``saved`` is to be carried out now; ``number`` is that of the wave, of the way home one more than the last."""

    number: int
    saved: SavedPlan
    inventory: Inventory

    @property
    def whole(self) -> Plan:
        """All its migrations, those that vCenter makes by itself among them."""
        plan, forecast = self.saved.plan, self.saved.forecast
        return plan if forecast is None or forecast.makespan_s < plan.makespan_s else forecast

    def needed_s(self, work_s: float) -> float:
        """Its p95, with the work on the hosts."""
        return self.whole.makespan_p95_s + (work_s if self.saved.evacuate else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingDecision:
    """Of one maintenance. ``approval``: where what it does next has to be approved first."""

    campaign: Campaign
    policy: Policy
    world: World
    journal: ServiceJournal
    tell: Callable[[str], None]
    approval: WaveApproval | None = None

    def wave(self, order: RollingOrder, turns: tuple[Turn, ...], give_up: GiveUp) -> Next | Stopped | None:
        """The next wave, or why it has to wait; ``None`` where no host is left that could be emptied.

        A host that cannot be emptied, or is gone, is given up. Raises any ``RecommenderError``.
        """
        inventory = self.fresh()
        there = {turn.host for turn in turns if inventory.find_host(turn.host) is not None}
        waiting = [turn.host for turn in turns if turn.state is TurnState.WAITING]
        for host in waiting:
            if host not in there:
                give_up(host, "it is no longer in the inventory")
        hosts = tuple(host for host in waiting if host in there)
        if not hosts:
            return None
        number = 1 + max((turn.wave or 0 for turn in turns), default=0)
        if (standing := self._standing(number, inventory, hosts)) is not None:
            return standing
        wave, stuck = next_wave(self._request(order, inventory, hosts, turns), number)
        for one in stuck:
            give_up(one.host, one.reason)
        return None if wave is None else self._offered(wave, inventory, order)

    def way_home(self, order: RollingOrder, turns: tuple[Turn, ...]) -> Next | Stopped | None:
        """What pays to be brought home, or why that waits; ``None`` for nothing. Raises any ``RecommenderError``."""
        inventory = self.fresh()
        back = tuple(turn.host for turn in turns if turn.state is TurnState.BACK and inventory.find_host(turn.host))
        if not back or not order.come_home:
            return None
        number = len(turns) + 1
        if (standing := self._standing(number, inventory, ())) is not None:
            return standing
        home = way_home(self._request(order, inventory, back, turns), number)
        return None if home is None else self._offered(home, inventory, order)

    def again(self, hosts: tuple[EntityRef, ...]) -> SavedPlan | str:
        """The plan that tries elsewhere what failed, or why there is none. Raises any ``RecommenderError``."""
        if self.approval is not None:
            return NOT_AGAIN
        inventory = self.fresh()
        before = self._tried(inventory)
        request = PlacementRequest(
            inventory=inventory,
            policy=replace(self.policy, move_scope=MoveScope.CLUSTER),  # as all waves are
            goal=Goal.EVACUATE,
            evacuate=hosts,
            left_alone=before.left_alone,
            failed=before.failed,
            limits=self.world.limits,
        )
        decision = decide_evacuation(request, maintenance_mode=True)
        if isinstance(decision, str):
            return decision
        decision = replace(decision, request=replace(request, policy=self.policy))
        author, now = self.campaign.author, self.world.clock.now()
        return plan_of_the_rest(decision, author=author, created_at=now, maintenance_mode=True)

    def fresh(self) -> Inventory:
        """What is there now. Raises ``InventoryError``."""
        inventory = self.world.source.read()
        require_fresh(inventory, self.policy, self.world.clock.now())
        return inventory

    def _standing(self, number: int, inventory: Inventory, waiting: tuple[EntityRef, ...]) -> Next | Stopped | None:
        if self.approval is None:
            return None
        found = self.approval.standing(inventory, self.policy, waiting, self.world.clock.now(), self.tell)
        return Next(number=number, saved=found, inventory=inventory) if isinstance(found, SavedPlan) else found

    def _offered(self, wave: Wave, inventory: Inventory, order: RollingOrder) -> Next | Stopped:
        """To be carried out, or to be approved first."""
        if wave.plan.blocked:
            return Stopped(reason=f"wave {wave.number} has no order: {wave.plan.blocked[0].reason}", may_go_on=True)
        now = self.world.clock.now()
        saved = saved_plan(
            inventory,
            self.policy,
            wave.plan,
            wave.hosts,
            author=self.campaign.author,
            created_at=now,
            maintenance_mode=bool(wave.hosts),
        )
        found = Next(number=wave.number, saved=saved, inventory=inventory)
        if self.approval is None:
            return found
        offered = self.approval.propose(saved, found.needed_s(order.work_s), now)
        if offered.wants_approval:
            what = f"wave {wave.number}: {Names(inventory).all_of(wave.hosts)}" if wave.hosts else "the way home"
            self.tell(f"to be approved: {what}, {len(wave.moves)} migrations")
        return offered

    def _request(
        self, order: RollingOrder, inventory: Inventory, hosts: tuple[EntityRef, ...], turns: tuple[Turn, ...]
    ) -> RollingRequest:
        done = tuple(turn.host for turn in turns if turn.state is TurnState.BACK and turn.host not in hosts)
        return order.request(
            inventory,
            self.policy,
            hosts,
            done=tuple(host for host in done if inventory.find_host(host)),
            recent_moves=self.journal.recent_moves(self.world.clock.now() - REMEMBERED),
            before=self._tried(inventory),
            limits=self.world.limits,
        )

    def _tried(self, inventory: Inventory) -> Tried:
        retry = self.policy.retry
        since = self.world.clock.now() - timedelta(seconds=retry.remember_s)
        return tried_since(inventory, self.journal, retry, since)
