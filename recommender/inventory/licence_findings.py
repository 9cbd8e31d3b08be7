"""What hosts' licences do not allow of migrations, and whether licences can be read at all."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from recommender.inventory.finding import Finding, Severity, named
from recommender.inventory.host import Host
from recommender.inventory.licence import STORAGE_VMOTION, VMOTION, Licence

AREA: Final = "licence"


def licence_findings(vcenter: str, hosts: Iterable[Host]) -> Iterator[Finding]:
    """What hosts' licences do not allow, and whether licences can be read at all."""
    by_licence: defaultdict[Licence | None, list[str]] = defaultdict(list)
    for host in hosts:
        by_licence[host.licence].append(host.name)
    untold = by_licence.pop(None, [])
    if untold:
        yield Finding(
            severity=Severity.OK,
            area=AREA,
            subject=vcenter,
            told=f"licences of {len(untold)} hosts are not told (Global.Licenses): what they do not allow shows at the "
            "first migration",
        )
    for licence, names in by_licence.items():
        if licence is None:
            continue
        lacking = [
            words
            for feature, words in ((VMOTION, "vMotion"), (STORAGE_VMOTION, "Storage vMotion"))
            if licence.lacks(feature)
        ]
        if lacking:
            yield Finding(
                severity=Severity.WARNING,
                area=AREA,
                subject=named(names),
                told=f"the licence of {len(names)} hosts ({licence.name}) has no {' and no '.join(lacking)}: "
                "what needs it fails",
                remedy="assign a licence that has it, or exclude these hosts' VMs",
            )
        elif licence.is_evaluation:
            told = f"{len(names)} hosts are evaluated ({licence.name}): everything is allowed until that ends"
            yield Finding(severity=Severity.OK, area=AREA, subject=named(names), told=told)
        else:
            told = f"the licence of {len(names)} hosts ({licence.name}) names nothing that migrations would lack"
            yield Finding(severity=Severity.OK, area=AREA, subject=named(names), told=told)
