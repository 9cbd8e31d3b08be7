"""How much memory a guest writes anew while a copy is under way."""

from math import expm1


def changed_mib(seconds: float, *, working_set_mib: float, dirty_mib_s: float) -> float:
    """Distinct memory written within ``seconds``: W · (1 − e^(−D·T/W)), which saturates at the working set.

    Writes are taken to fall on the working set evenly and independently, so that within a short time nearly
    every write meets a clean page, and within a long time no more than the working set is written. Plain D·T
    counts hot pages again and again; on measured migrations it is worse than ignoring the guest altogether.
    """
    if working_set_mib <= 0 or dirty_mib_s <= 0:
        return 0.0
    return -working_set_mib * expm1(-dirty_mib_s * seconds / working_set_mib)


def slowed_mib_s(dirty_mib_s: float, *, bandwidth_mib_s: float, max_slowdown: float) -> float:
    """The dirty rate that is left when the guest may write at most ``max_slowdown`` of what is sent.

    vMotion's *Stun During Page Send* (vSphere 5.0 and later) puts the vCPUs to sleep for milliseconds when the
    guest outruns the copy, so that rounds get shorter whatever the guest does.
    """
    return min(dirty_mib_s, max_slowdown * bandwidth_mib_s)
