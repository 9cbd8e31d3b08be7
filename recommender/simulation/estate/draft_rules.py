"""The rules of a generated cluster, by name: the cases that operators really have."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from recommender.inventory.host import Host
from recommender.simulation.estate.vm_drafts import VmDraft


@dataclass(frozen=True, slots=True)
class DraftRule:
    """A rule over VM names; ``hosts`` is empty for rules among VMs."""

    name: str
    vms: tuple[str, ...]
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRules:
    """The rules of one cluster; ``must`` and ``should`` run on hosts."""

    together: tuple[DraftRule, ...]
    apart: tuple[DraftRule, ...]
    must: tuple[DraftRule, ...]
    should: tuple[DraftRule, ...]

    @property
    def vms(self) -> frozenset[str]:
        """The VMs that any of them names."""
        rules = (*self.together, *self.apart, *self.must, *self.should)
        return frozenset(name for rule in rules for name in rule.vms)

    def with_last_separation_broken(self) -> "DraftRules":
        """Rules for a starting placement in which the VMs of the last *separate* rule stand together."""
        return replace(self, apart=self.apart[:-1], together=(*self.together, *self.apart[-1:]))


def draft_rules(cluster: str, vms: Sequence[VmDraft], hosts: Sequence[Host], newer: Sequence[Host]) -> DraftRules:
    """Replicas apart, an application beside its cache, licensed hosts, builds on the newer servers.

    A rule that would have too few VMs is left out.
    """
    by_role: defaultdict[str, list[str]] = defaultdict(list)
    for vm in vms:
        by_role[vm.role].append(vm.name)
    licensed = hosts[: max(2, len(hosts) // 3)]
    return DraftRules(
        together=_kept(DraftRule(f"{cluster}: app beside its cache", (*by_role["app"][:1], *by_role["cache"][:1]))),
        apart=_kept(
            DraftRule(f"{cluster}: separate web frontends", tuple(by_role["web-frontend"][: min(3, len(hosts) - 1)])),
            DraftRule(f"{cluster}: separate domain controllers", tuple(by_role["domain-controller"][:2])),
            DraftRule(f"{cluster}: separate databases", tuple(by_role["sql"][:2])),
        ),
        must=_kept(DraftRule(f"{cluster}: licensed hosts", tuple(by_role["ora"][:2]), _names(licensed))),
        should=_kept(DraftRule(f"{cluster}: builds on newer servers", tuple(by_role["build"][:2]), _names(newer))),
    )


def _kept(*rules: DraftRule) -> tuple[DraftRule, ...]:
    return tuple(rule for rule in rules if len(rule.vms) > 1)


def _names(hosts: Sequence[Host]) -> tuple[str, ...]:
    return tuple(host.name for host in hosts)
