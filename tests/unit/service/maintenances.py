"""A rolling maintenance in the simulated data centre, carried out step by step for tests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from recommender.actuation.turn import TurnState
from recommender.inventory.cluster import Cluster
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.campaigns import Campaign
from recommender.policy import Policy
from recommender.ports import VsanHealth
from recommender.service.hook_outcome import HookOutcome
from recommender.service.rolling.host_work import Stopped
from recommender.service.rolling.order import RollingOrder
from recommender.service.rolling.promise import RollingPromise
from recommender.service.rolling.run import RollingRun
from recommender.settings.hook import HookSettings
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.actuation.worlds import PATIENCE
from tests.unit.service.stages import Stage

HOOK = HookSettings(command=("/bin/true",))
HOSTS = tuple(ref(name) for name in "abcd")
POLICY = Policy(cpu_reserve_percent=0, memory_reserve_percent=0)


def a_cluster(*more: Any) -> Inventory:
    hosts = [make_host(name, cluster=ref("c")) for name in "abcd"]
    vms = [make_vm(f"v{number}", "abcd"[number % 4], cpu=500, memory=8192) for number in range(12)]
    return make_inventory(hosts, [*vms, *more], clusters=(Cluster(ref=ref("c"), name="c", datacenter="dc"),))


class Maintenance:
    """One rolling maintenance of all four hosts; ``worked`` are the hosts its hook was run on, in order."""

    def __init__(self, stage: Stage | None = None, *, hook: HookSettings | None = HOOK, **order: Any) -> None:
        self.stage = stage or Stage(a_cluster())
        self.worked: list[str] = []
        self.told: list[str] = []
        self.says: Callable[[str], HookOutcome] = lambda _: HookOutcome(succeeded=True, detail="patched")
        asked = RollingOrder(work=hook, at_once=1, **order).asked()
        now = self.stage.clock.now()
        self.stage.journal.campaigns.begin("1" * 64, "patches", asked, HOSTS, author="ada", at=now)

    def run(self, **changes: Any) -> Stopped | None:
        campaign = changes.pop("campaign", None) or self.stage.journal.campaigns.find("111")
        values: dict[str, Any] = {
            "campaign": campaign,
            "promise": self.promise(campaign),
            "policy": POLICY,
            "world": self.stage.world,
            "journal": self.stage.journal,
            "stop": lambda: False,
            "tell": self.told.append,
            "hook": self._hook,
            "patience": PATIENCE,
        }
        return RollingRun(**(values | changes)).run()

    def promise(self, campaign: Campaign) -> RollingPromise:
        return RollingPromise(
            campaign_id=campaign.id,
            work_s=RollingOrder.from_asked(campaign.asked).work_s,
            journal=self.stage.journal,
            clock=self.stage.clock,
            tell=self.told.append,
        )

    def _hook(self, _: HookSettings, facts: Mapping[str, Any]) -> HookOutcome:
        host = facts["host"]["name"]
        assert self.stage.is_in_maintenance(ref(host))
        assert self.stage.left_on(host) == 0
        self.worked.append(host)
        return self.says(host)

    @property
    def states(self) -> dict[str, TurnState]:
        return {turn.host.moid: turn.state for turn in self.stage.journal.campaigns.turns("1" * 64)}

    @property
    def in_maintenance(self) -> list[EntityRef]:
        return [host for host in HOSTS if self.stage.is_in_maintenance(host)]


def with_vsan() -> Inventory:
    inventory = a_cluster()
    clusters = tuple(replace(cluster, vsan_enabled=True) for cluster in inventory.clusters)
    return replace(inventory, clusters=clusters)


def health_of(left: list[VsanHealth]) -> Callable[[Sequence[EntityRef]], VsanHealth]:
    """What is ``left`` to be told, one a time, and then that all is well."""

    def vsan_health(hosts: Sequence[EntityRef]) -> VsanHealth:
        assert set(hosts) == set(HOSTS)
        return left.pop(0) if left else VsanHealth()

    return vsan_health
