"""vCenter's objects as ours: from the facts of one object to one part of the inventory."""
