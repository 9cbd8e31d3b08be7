"""The simulated vCenter: what it takes, queues, carries out and tells, event after event."""
