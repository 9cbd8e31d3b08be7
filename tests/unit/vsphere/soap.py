"""Answers of vCenter as SOAP text, written by pyVmomi's own serialiser."""

from typing import Any

from pyVmomi import vim, vmodl
from pyVmomi.SoapAdapter import SOAP_END, SOAP_NSMAP, SOAP_START, SerializeFaultDetail, SerializeToStr
from pyVmomi.VmomiSupport import GetWsdlNamespace, GetWsdlType, Object

VERSION = "vim.version.v8_0_3_0"
NAMESPACE = GetWsdlNamespace(VERSION)
NAMES = {**SOAP_NSMAP, NAMESPACE: ""}
ANYTHING: Any = object
Query = vmodl.query.PropertyCollector

VERSIONS = (
    '<?xml version="1.0"?><namespaces version="1.0"><namespace><name>urn:vim25</name><version>8.0.3.0</version>'
    "<priorVersions><version>6.0</version></priorVersions></namespace></namespaces>"
)


def answer(method: str, value: Any = None) -> str:
    """The envelope that answers ``method`` with ``value``."""
    info = Object(name="returnval", type=ANYTHING, version=VERSION, flags=0)
    content = "" if value is None else SerializeToStr(value, info, VERSION, NAMES)
    return f'{SOAP_START}<{method}Response xmlns="{NAMESPACE}">{content}</{method}Response>{SOAP_END}'


def fault(kind: vmodl.MethodFault, message: str) -> str:
    """The envelope that answers anything with a fault."""
    info = Object(name=f"{kind._wsdlName}Fault", type=ANYTHING, version=VERSION, flags=0)
    detail = SerializeFaultDetail(kind, info, VERSION, {**SOAP_NSMAP, NAMESPACE: "vim25"})
    return (
        f'{SOAP_START}<soapenv:Fault xmlns:vim25="{NAMESPACE}"><faultcode>ServerFaultCode</faultcode>'
        f"<faultstring>{message}</faultstring><detail>{detail}</detail></soapenv:Fault>{SOAP_END}"
    )


def service_content(api_type: str = "VirtualCenter") -> vim.ServiceInstanceContent:
    """What every session begins with."""
    about = vim.AboutInfo(
        name="n", fullName="a server for tests", vendor="v", version="8.0.3", build="1", osType="o",
        productLineId="p", apiType=api_type, apiVersion="8.0.3.0",
    )  # fmt: skip
    return vim.ServiceInstanceContent(
        rootFolder=vim.Folder("group-d1"),
        propertyCollector=Query("propertyCollector"),
        viewManager=vim.view.ViewManager("ViewManager"),
        about=about,
        sessionManager=vim.SessionManager("SessionManager"),
        taskManager=vim.TaskManager("TaskManager"),
        eventManager=vim.event.EventManager("EventManager"),
    )


def page(*objects: tuple[Any, dict[str, Any]], token: str | None = None) -> Any:
    """One page of the property collector's result."""
    contents = [
        Query.ObjectContent(
            obj=read, propSet=[vmodl.DynamicProperty(name=path, val=value) for path, value in values.items()]
        )
        for read, values in objects
    ]
    return Query.RetrieveResult(token=token, objects=contents)


def managed_object(kind: str, moid: str) -> Any:
    """The reference of an object by the API's name of its type."""
    return GetWsdlType(NAMESPACE, kind)(moid)


def array_of(kind: Any, *elements: Any) -> Any:
    """A list as pyVmomi writes and reads it where any type may stand."""
    return kind.Array(elements)
