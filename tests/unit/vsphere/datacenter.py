"""What property reads of a small data centre are answered with."""

import re
from typing import Any

from pyVmomi import vim, vmodl

from tests.unit.vsphere import soap
from tests.unit.vsphere.facts import make_disk
from tests.unit.vsphere.fake_vcenter import Handler


class Datacenter:
    """Answers property reads: a VM on host-1 of a cluster; host-2 stands in the same, host-3 in another one."""

    def __init__(self) -> None:
        one, other = vim.ClusterComputeResource("domain-c1"), vim.ClusterComputeResource("domain-c2")
        self.objects: dict[str, dict[str, Any]] = {
            "vm-1": {
                "name": "web",
                "config.instanceUuid": "uuid-web",
                "runtime.host": vim.HostSystem("host-1"),
                "runtime.powerState": vim.VirtualMachine.PowerState.poweredOn,
                "resourcePool": vim.ResourcePool("resgroup-9"),
                "config.hardware.device": soap.array_of(
                    vim.vm.device.VirtualDevice, make_disk(2000, "ds-1"), make_disk(2001, "ds-1")
                ),
            },
            "host-1": {"parent": one},
            "host-2": {"parent": one},
            "host-3": {"parent": other},
            "domain-c2": {"resourcePool": vim.ResourcePool("resgroup-2")},
        }

    def __call__(self, handler: Handler) -> None:
        body = handler.vcenter.bodies("RetrievePropertiesEx")[-1]
        moid = re.findall(r"<obj [^>]*>([^<]+)</obj>", body)[0]
        paths = re.findall(r"<pathSet>([^<]+)</pathSet>", body)
        listed = re.findall(r"<path>(\w+)</path>", body)
        if listed and moid in self.objects:
            asked = getattr(vim, re.findall(r"<propSet[^>]*>\s*<type>(\w+)</type>", body)[0])
            named = [
                (self._named(child), {"name": self.objects[child]["name"]}) for child in self._below(moid, *listed)
            ]
            found = [(one, values) for one, values in named if isinstance(one, asked)]
            handler.send(soap.answer("RetrievePropertiesEx", soap.page(*found) if found else None))
            return
        values = self.objects.get(moid)
        if values is None:
            gone = vmodl.fault.ManagedObjectNotFound(obj=vim.VirtualMachine(moid))
            handler.send(soap.fault(gone, "gone"), 500)
            return
        kind = re.findall(r'<obj type="(\w+)"', body)[0]
        told = {path: values[path] for path in paths if path in values}
        handler.send(soap.answer("RetrievePropertiesEx", soap.page((soap.managed_object(kind, moid), told))))

    def _named(self, moid: str) -> Any:
        if moid.startswith("resgroup-v"):
            return vim.VirtualApp(moid)
        return vim.ResourcePool(moid) if moid.startswith("resgroup") else vim.Folder(moid)

    def _below(self, moid: str, path: str) -> list[str]:
        return list(self.objects[moid].get(path, ()))
