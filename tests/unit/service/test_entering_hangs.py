"""A host that hangs on its way into maintenance mode holds nothing else up, and is asked once."""

from datetime import timedelta

from recommender.actuation.turn import TurnState
from recommender.journal.occurrences import OccurrenceState
from recommender.service.worker import Worker
from recommender.simulation.failures import EnteringHangs
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.service.maintenances import a_cluster
from tests.unit.service.stages import DUE, Stage, an_evacuation, settings
from tests.unit.service.test_side_by_side import HURRIED, Patching, states_of


def test_a_host_that_hangs_on_its_way_into_maintenance_mode_holds_up_nobody_else() -> None:
    inventory = make_inventory([make_host(name) for name in "abcd"], [make_vm("v1", "a"), make_vm("v2", "b")])
    hangs = EnteringHangs(at_s=0.0, host=ref("a"), for_s=1800.0)
    stage = Stage(inventory, [hangs])
    later = an_evacuation(name="later", hosts=("b",), cron="12 9 * * 1", maintenance_mode=True)
    of = settings(balance=False, evacuation=(an_evacuation(maintenance_mode=True), later))

    def new_process() -> Worker:
        return Worker(of, stage.world, stage.journal, lambda: False, patience=HURRIED)

    working = new_process()
    working.poll()
    stage.wait_until(DUE)
    working.poll()
    assert stage.clock.now() - DUE < timedelta(minutes=6)
    working = new_process()  # whoever takes over waits for it no longer than for others
    stage.wait_until(DUE + timedelta(minutes=7))
    began = stage.clock.now()
    working.turn()
    assert stage.clock.now() - began < timedelta(minutes=6)
    assert (stage.is_in_maintenance(ref("a")), stage.is_in_maintenance(ref("b"))) == (False, True)
    assert states_of(stage) == {"later": OccurrenceState.DONE, "monday": OccurrenceState.RUNNING}
    stage.clock.sleep(hangs.for_s)
    working.follow()
    assert stage.is_in_maintenance(ref("a"))
    assert states_of(stage)["monday"] is OccurrenceState.DONE
    assert stage.journal.open_host_calls() == ()
    assert len([host for _, host in stage.journal.host_calls if host == ref("a")]) == 1, "it was asked once"


def test_a_turn_whose_host_hangs_stays_open_until_it_is_in_maintenance_mode() -> None:
    hangs = [EnteringHangs(at_s=0.0, host=host.ref, for_s=1500.0) for host in a_cluster().hosts]
    later = an_evacuation(name="later", hosts=("d",), cron="12 9 * * 1")
    patching = Patching(later, failures=hangs)
    assert TurnState.EMPTYING in patching.turns
    assert not patching.hooks.started
    patching.stage.wait_until(DUE + timedelta(minutes=7))
    patching.worker.poll()
    assert states_of(patching.stage) == {"later": OccurrenceState.DONE, "patches": OccurrenceState.RUNNING}
    assert TurnState.EMPTYING in patching.turns
    patching.stage.clock.sleep(1500.0)
    patching.worker.follow()
    assert len(patching.hooks.started) == 1
    assert TurnState.WORKING in patching.turns
