"""From where to where a move goes, in words: hosts, and the datastores where disks go to others."""

from recommender.placement.result import Move
from recommender.report.names import Names


def move_source(names: Names, move: Move) -> str:
    """``esx-1``, or ``esx-1 (old)`` where disks leave that datastore."""
    left = tuple(sorted({disk.source for disk in move.disk_moves}))
    return names.of(move.source) + (f" ({names.all_of(left)})" if left else "")


def move_destination(names: Names, move: Move) -> str:
    """``esx-1``, or ``esx-1 (new as thin)`` where disks come to that datastore, in another format."""
    return names.of(move.destination) + (f" ({copied_to(names, move)})" if move.disk_moves else "")


def copied_to(names: Names, move: Move) -> str:
    """``new``, ``new as thin``: the datastores that disks are copied to, and the formats that change."""
    stores = names.all_of(tuple(sorted({disk.destination for disk in move.disk_moves})))
    formats = sorted({one.value for one in move.new_formats.values()})
    return stores + (f" as {', '.join(formats)}" if formats else "")
