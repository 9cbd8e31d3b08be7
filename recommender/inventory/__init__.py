"""What is there: hosts, VMs, clusters, storage, networks, sites and rules, as one immutable picture."""
