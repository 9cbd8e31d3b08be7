"""vCenter's answers out of their XML, each no further than somebody here looks."""
