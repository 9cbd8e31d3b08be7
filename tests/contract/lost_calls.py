"""Everything that may happen to a call on its way, and how long the tests wait for what."""

from recommender.actuation.patience import Patience
from tests.contract import fault_proxy
from tests.contract.fault_proxy import accepted_but, delayed

TIMEOUT_MS = 700  # of one call
PATIENCE = Patience(poll_s=0.05, appear_s=1.5, silence_s=10.0, run_s=30.0, maintenance_s=30.0)

LOST_BEFORE = {
    "closed": fault_proxy.closed,
    "reset": fault_proxy.reset,
    "half closed": fault_proxy.half_close,
    "black hole": fault_proxy.black_hole,
    "503": fault_proxy.unavailable,
}
LOST_AFTER = {
    **{name: accepted_but(fault) for name, fault in LOST_BEFORE.items()},
    "cut short": fault_proxy.cut_short,
    "late": delayed(2 * TIMEOUT_MS / 1000),
}
