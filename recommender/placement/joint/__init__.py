"""Hosts and datastores chosen together: what is demanded of both, as one model."""
