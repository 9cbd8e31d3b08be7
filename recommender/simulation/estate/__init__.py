"""The parts of a generated estate: servers, VMs, rules, and where everything stands at the start."""
