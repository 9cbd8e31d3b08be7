"""Whether a vCenter is in place for migrations: what is missing, wrong or not allowed there."""
