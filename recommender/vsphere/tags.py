"""Tags of VMs, hosts and datastores, which vCenter tells over REST alone; each as ``category/tag``."""

import json
import ssl
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Final

from recommender.errors import InventoryUnavailable
from recommender.inventory.reference import EntityRef
from recommender.vsphere.session.address import VCenterAddress
from recommender.vsphere.session.connection import context_for, reaching
from recommender.vsphere.session.tls import VerifiedConnection

# The older paths, which vSphere 7 and 8 answer as well as the newer ones.
SESSION: Final = "/rest/com/vmware/cis/session"
TAGGING: Final = "/rest/com/vmware/cis/tagging"
ATTACHED: Final = f"{TAGGING}/tag-association?~action=list-attached-objects-on-tags"
TOKEN: Final = "vmware-api-session-id"  # noqa: S105  # the header's name


def tags_of(address: VCenterAddress) -> Mapping[EntityRef, tuple[str, ...]]:
    """By object, its tags, sorted. Raises ``InventoryUnavailable``."""
    context = context_for(address)
    with reaching(address), _session(address, context) as ask:
        ids = ask("GET", f"{TAGGING}/tag", None)
        if not ids:
            return {}
        categories: dict[str, str] = {}
        names = {}
        for tag_id in ids:
            tag = ask("GET", f"{TAGGING}/tag/id:{tag_id}", None)
            category = tag["category_id"]
            if category not in categories:
                categories[category] = ask("GET", f"{TAGGING}/category/id:{category}", None)["name"]
            names[tag_id] = f"{categories[category]}/{tag['name']}"
        found: defaultdict[EntityRef, set[str]] = defaultdict(set)
        for attached in ask("POST", ATTACHED, {"tag_ids": ids}):
            for entity in attached["object_ids"]:
                found[EntityRef(address.name, entity["id"])].add(names[attached["tag_id"]])
    return {ref: tuple(sorted(tags)) for ref, tags in found.items()}


class _Ask:
    def __init__(self, address: VCenterAddress, context: ssl.SSLContext) -> None:
        self.connection = VerifiedConnection(address, context)
        self.address = address
        self.headers = {"Content-Type": "application/json", "Accept": "application/json"}

    def __call__(self, method: str, path: str, body: Any) -> Any:
        self.connection.request(method, path, None if body is None else json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != HTTPStatus.OK:
            raise InventoryUnavailable(
                f"{self.address}: its tags cannot be read ({answer.status} {answer.reason} "
                f"for {path.partition('?')[0]})"
            )
        return json.loads(content)["value"] if content else None


@contextmanager
def _session(address: VCenterAddress, context: ssl.SSLContext) -> Iterator[_Ask]:
    ask = _Ask(address, context)
    try:
        ask.connection.connect()  # the server proves who it is before the password is asked for
        credentials = address.credentials
        login = b64encode(f"{credentials.user}:{credentials.password()}".encode()).decode()
        ask.headers["Authorization"] = f"Basic {login}"
        ask.headers[TOKEN] = ask("POST", SESSION, None)
        del ask.headers["Authorization"]
        try:
            yield ask
        finally:
            with suppress(OSError, HTTPException, InventoryUnavailable):
                ask("DELETE", SESSION, None)
    finally:
        ask.connection.close()
