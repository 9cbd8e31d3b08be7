"""Recommends destination hosts for vSphere VMs, plans their migrations, carries them out and learns."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("vsphere-recommender")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
