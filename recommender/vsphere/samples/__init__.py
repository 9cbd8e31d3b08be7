"""Real-time samples of VMs and hosts, and what they tell of load."""
