"""Which daemon works in which vCenters: leases, shares, and what follows from them."""
