"""How full the hosts are, before and after."""

from rich.console import Console

from recommender.inventory.inventory import Inventory
from recommender.inventory.use import HostUse, host_use
from recommender.report.console import new_table
from recommender.report.names import Names
from recommender.report.quantity_text import share_text


def print_use(console: Console, before: Inventory, after: Inventory) -> None:
    """One row a host: its use before and after."""
    names = Names(before)
    table = new_table("Use of hosts, before → after")
    table.add_column("host")
    for header in ("cpu", "memory", "running VMs"):
        table.add_column(header, justify="right")
    for host in before.hosts:
        now = after.find_host(host.ref)
        then, later = host_use(before, host), host_use(after, now) if now else None
        table.add_row(names.of(host.ref), *_changes(then, later))
    console.print(table)


def _changes(then: HostUse, later: HostUse | None) -> tuple[str, str, str]:
    if later is None:
        return (f"{share_text(then.cpu)} → gone", f"{share_text(then.memory)} → gone", f"{then.vms} → gone")
    return (
        f"{share_text(then.cpu)} → {share_text(later.cpu)}",
        f"{share_text(then.memory)} → {share_text(later.memory)}",
        f"{then.vms} → {later.vms}",
    )
