"""Licences that lack what migrations need, and sites of unknown distance, are told with a way out."""

from recommender.inventory.finding import Severity, named
from recommender.inventory.licence import Licence
from recommender.inventory.licence_findings import licence_findings
from recommender.inventory.site import SiteLink
from recommender.inventory.site_findings import site_findings
from tests.inventories import make_host, make_inventory

STANDARD = Licence(name="vSphere Standard", edition="esx.standard", features=("das", "svmotion", "vmotion"))
KIT = Licence(name="vSphere Essentials", edition="esx.essentials", features=("das",))
EVALUATED = Licence(name="Evaluation Mode", edition="eval", features=("dvs",))


def told(*licences: Licence | None) -> list[tuple[Severity, str, str]]:
    hosts = [make_host(f"esx-{number}", licence=licence) for number, licence in enumerate(licences)]
    return [(finding.severity, finding.subject, finding.told) for finding in licence_findings("vc", hosts)]


def test_a_licence_without_vmotion_is_a_warning_with_what_to_do() -> None:
    assert told(KIT, STANDARD, KIT) == [
        (
            Severity.WARNING,
            "esx-0, esx-2",
            "the licence of 2 hosts (vSphere Essentials) has no vMotion and no Storage vMotion: what needs it fails",
        ),
        (
            Severity.OK,
            "esx-1",
            "the licence of 1 hosts (vSphere Standard) names nothing that migrations would lack",
        ),
    ]
    (finding,) = licence_findings("vc", [make_host("a", licence=KIT)])
    assert finding.remedy


def test_evaluation_allows_everything_and_what_may_not_be_read_is_no_verdict() -> None:
    assert told(EVALUATED) == [
        (Severity.OK, "esx-0", "1 hosts are evaluated (Evaluation Mode): everything is allowed until that ends")
    ]
    ((severity, subject, words),) = told(None, None)
    assert (severity, subject) == (Severity.OK, "vc")
    assert words.startswith("licences of 2 hosts are not told (Global.Licenses)")
    assert told(Licence(name="odd", edition="x")) == [
        (Severity.OK, "esx-0", "the licence of 1 hosts (odd) names nothing that migrations would lack")
    ]


def test_ways_that_nobody_knows_are_warnings_and_measured_ones_are_told() -> None:
    hosts = [make_host(site, site=site) for site in ("east", "north", "west")]
    links = (
        SiteLink(site_a="west", site_b="east", rtt_ms=3.0),
        SiteLink(site_a="north", site_b="east", rtt_ms=12.5, is_measured=True),
    )
    found = [
        (finding.severity, finding.subject, finding.told)
        for finding in site_findings(make_inventory(hosts, [], site_links=links))
    ]
    assert found == [
        (Severity.OK, "east, north", "about 12.5 ms from each other, by connects from here to hosts of both"),
        (
            Severity.WARNING,
            "north, west",
            "how far these sites are from each other is unknown: no running VM moves between them",
        ),
    ]
    assert list(site_findings(make_inventory([make_host("a")], []))) == []


def test_many_names_are_told_shortly() -> None:
    assert named(f"h{number}" for number in range(7)) == "h0, h1, h2, h3, h4 and 2 more"
