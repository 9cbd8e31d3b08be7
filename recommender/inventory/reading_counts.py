"""How reading has gone since the process began, counted by those who read and told by the service's metrics."""

from dataclasses import dataclass


@dataclass(slots=True)
class ReadingCounts:
    """Only ever counted up, but for ``sharing_identity``.

    ``differences``: entities that a full reading told otherwise than the updates had; the full reading won.
    ``begun_anew``: how often updates were lost, so that everything had to be read again.
    ``unsampled``: readings for which a vCenter told no real-time samples.
    ``sharing_identity``: VMs of the latest reading whose instance UUID another one has, too.
    """

    differences: int = 0
    begun_anew: int = 0
    unsampled: int = 0
    sharing_identity: int = 0
