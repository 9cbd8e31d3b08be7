"""Real-time samples from hand-built answers: instances add up, what was not measured is left out."""

from pyVmomi import vim

from recommender.vsphere.performance import CPU_USED, DISK_WRITE, _samples_in
from tests.unit.vsphere import soap

NAMES = {2: CPU_USED, 9: DISK_WRITE}
Metric = vim.PerformanceManager.MetricId


def series(counter: int, instance: str, text: str) -> vim.PerformanceManager.MetricSeriesCSV:
    return vim.PerformanceManager.MetricSeriesCSV(id=Metric(counterId=counter, instance=instance), value=text)


def samples(*told: vim.PerformanceManager.MetricSeriesCSV) -> dict[str, tuple[int, ...]]:
    metrics = vim.PerformanceManager.EntityMetricCSV(
        entity=vim.VirtualMachine("vm-1"), sampleInfoCSV="", value=list(told)
    )
    (found,) = _samples_in(soap.answer("QueryPerf", metrics).encode(), NAMES)
    assert found.moid == "vm-1"
    return dict(found.by_counter)


def test_what_each_disk_writes_adds_up_counted_back_from_the_newest() -> None:
    told = samples(series(9, "scsi0:0", "1,2,3"), series(9, "scsi0:1", "10,20"))
    assert told == {DISK_WRITE: (12, 23)}


def test_what_was_not_measured_and_what_nobody_asked_for_is_left_out() -> None:
    assert samples(series(2, "", "-1,700"), series(9, "scsi0:0", "-1"), series(5, "", "4")) == {CPU_USED: (700,)}
