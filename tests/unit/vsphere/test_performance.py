"""Real-time samples from hand-built answers: instances add up, what was not measured is left out."""

import pytest
from pyVmomi import vim

from recommender.vsphere.samples.performance import CPU_USED, DISK_WRITE, NOT_MEASURED, Samples, _samples_in
from tests.unit.vsphere import soap

NAMES = {2: CPU_USED, 9: DISK_WRITE}
Metric = vim.PerformanceManager.MetricId


def series(counter: int, instance: str, text: str) -> vim.PerformanceManager.MetricSeriesCSV:
    return vim.PerformanceManager.MetricSeriesCSV(id=Metric(counterId=counter, instance=instance), value=text)


def samples(*told: vim.PerformanceManager.MetricSeriesCSV, info: str = "20,1970-01-01T00:10:00Z") -> Samples:
    metrics = vim.PerformanceManager.EntityMetricCSV(
        entity=vim.VirtualMachine("vm-1"), sampleInfoCSV=info, value=list(told)
    )
    (found,) = _samples_in(soap.answer("QueryPerf", metrics).encode(), NAMES)
    assert found.moid == "vm-1"
    return found


def test_what_each_disk_writes_adds_up_counted_back_from_the_newest() -> None:
    told = samples(series(9, "scsi0:0", "1,2,3"), series(9, "scsi0:1", "10,20"))
    assert told.of_all(DISK_WRITE) == (12, 23)


def test_what_was_not_measured_and_what_nobody_asked_for_is_left_out() -> None:
    told = samples(series(2, "", "-1,700"), series(9, "scsi0:0", "-1"), series(5, "", "4"))
    assert told.series == {(CPU_USED, ""): (NOT_MEASURED, 700)}
    assert told.of_all(CPU_USED) == (700,)
    assert told.of_all(DISK_WRITE) == ()


@pytest.mark.parametrize(
    "info", ["20,1970-01-01T00:10:19Z", "20,1970-01-01T02:09:40+02:00,20,1970-01-01T02:10:00+02:00"]
)
def test_the_newest_sample_is_known_by_its_interval(info: str) -> None:
    assert samples(series(2, "", "1"), info=info).newest_slot == 30


def test_an_entity_of_which_nothing_was_measured_is_not_there() -> None:
    metrics = vim.PerformanceManager.EntityMetricCSV(entity=vim.VirtualMachine("vm-1"), sampleInfoCSV="", value=[])
    assert list(_samples_in(soap.answer("QueryPerf", metrics).encode(), NAMES)) == []
