"""Which licence each host has; its key is a secret and is not looked at."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from pyVmomi import vim

from recommender.inventory.licence import Licence
from recommender.vsphere.answers.values import NAMESPACE, response_in
from recommender.vsphere.collector import read_object
from recommender.vsphere.facts import moid_of
from recommender.vsphere.session.connection import reaching
from recommender.vsphere.session.session import Service

_log = logging.getLogger(__name__)

_OURS: Final = f"{{{NAMESPACE}}}"
_MANAGER: Any = vim.LicenseAssignmentManager
_QUERY: Any = _MANAGER.QueryAssignedLicenses.info
_FEATURE: Final = "feature"


def licences_by_host(service: Service) -> dict[str, Licence]:
    """By the host's id; empty where the user may not read them (the privilege Global.Licenses)."""
    if service.licences is None:
        return {}
    try:
        facts = read_object(service, service.licences, ("licenseAssignmentManager",))
        manager = facts.get("licenseAssignmentManager") if facts else None
        if manager is None:
            return {}
        asked = _MANAGER(moid_of(manager))
        content = service.channel.answer_to(asked, _QUERY, [None])
    except vim.fault.NoPermission:
        _log.info("licences of %s may not be read", service.vcenter)
        return {}
    with reaching(service.channel.address):
        return dict(_licences_in(content))


def _licences_in(content: bytes) -> Mapping[str, Licence]:
    known: dict[Licence, Licence] = {}
    found = {}
    for assignment in response_in(content).iterfind(_OURS + "returnval"):
        told = assignment.find(_OURS + "assignedLicense")
        if told is not None:
            licence = Licence(
                name=told.findtext(_OURS + "name") or "",
                edition=told.findtext(_OURS + "editionKey") or "",
                features=_features_in(told),
            )
            found[assignment.findtext(_OURS + "entityId") or ""] = known.setdefault(licence, licence)
    return found


def _features_in(told: Any) -> tuple[str, ...]:
    """Keys of features without their numbers (``ft:4``)."""
    keys = (
        (one.findtext(f"{_OURS}value/{_OURS}key") or "").partition(":")[0]
        for one in told.iterfind(_OURS + "properties")
        if one.findtext(_OURS + "key") == _FEATURE
    )
    return tuple(sorted({key for key in keys if key}))
