"""What ``solve`` returns is allowed, and what it does not find is not there, for any small question."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.constraints.check import violations_in
from recommender.objectives.registry import objectives_for
from recommender.placement.answer import inventory_after, objective_of
from recommender.placement.free_vms import asked_violations
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.result import PlacementResult, SolveStatus
from recommender.placement.solve import solve
from tests.properties.every_placement import allowed_hosts, broken_by_moves, good_placements, is_small, rules_of
from tests.properties.small_clusters import demanding_requests, requests, strange_requests

STILL_BROKEN = (SolveStatus.INFEASIBLE, SolveStatus.OUT_OF_TIME, SolveStatus.LIMITED)

thorough = settings(max_examples=80, deadline=None, derandomize=True)


def forbidden_things(request: PlacementRequest) -> list[str]:
    """What the answer does and may not do: rules told to the search too loosely."""
    result, start = solve(request), request.inventory
    end, rules = inventory_after(start, result.moves), rules_of(request)
    before = {violation.place for violation in violations_in(rules, start)}
    found = [f"broken anew: {new}" for new in violations_in(rules, end) if new.place not in before]
    found += [f"broken by a move: {new}" for new in broken_by_moves(rules, start, end)]
    for move in result.moves:
        vm = start.vm(move.vm)
        if move.destination not in allowed_hosts(request, vm):
            found.append(f"refused by a rule: {move}")
        if move.source != vm.host or move.destination == vm.host:
            found.append(f"no move from where the VM is: {move}")
    if len({move.vm for move in result.moves}) < len(result.moves):
        found.append("a VM moves twice")
    return found + inconsistencies(request, result)


def inconsistencies(request: PlacementRequest, result: PlacementResult) -> list[str]:
    """Parts of the answer that do not say the same."""
    start, end = request.inventory, inventory_after(request.inventory, result.moves)
    rules = rules_of(request)
    remaining, nothing_to_mend = asked_violations(request, rules, end), not asked_violations(request, rules, start)
    total, bound = result.objective.total, result.bound
    claims = {
        "remaining_violations": result.remaining_violations == remaining,
        "status tells what is broken": (result.status in STILL_BROKEN) == bool(remaining),
        "unplaceable without anything broken": bool(remaining) or not result.unplaceable,
        "nothing to do, but moves": result.status is not SolveStatus.NOTHING_TO_DO or not result.moves,
        "objective": result.objective
        == objective_of(objectives_for(request.policy, leaving=frozenset(request.evacuate)), start, end),
        "bound above the answer": bound is None or bound <= total + 1e-6,
        "dearer, though nothing had to be mended": not nothing_to_mend or total <= result.starting_objective.total,
        "mends what was not asked for": not (nothing_to_mend and request.goal is Goal.EVACUATE and result.moves),
        "optimal, but a gap": result.status is not SolveStatus.OPTIMAL or (result.gap or 0.0) < 1e-4,
    }
    return [claim for claim, holds in claims.items() if not holds]


def missed_things(request: PlacementRequest) -> list[str]:
    """What is possible or better and the answer says is not: rules told to the search too strictly."""
    result = solve(request)
    best = _best_objective(request)
    possible = best is not None or any(good_placements(request, make_room=True))
    total = result.objective.total
    claims = {
        "a placement that keeps the rules was not found": possible == (not result.remaining_violations),
        "called infeasible": not (possible and result.status is SolveStatus.INFEASIBLE),
    }
    if best is not None and not result.remaining_violations:
        claims |= {
            f"{best} is below the bound {result.bound}": result.bound is None or best >= result.bound - 1e-6,
            f"{total} is called optimal, {best} is": result.status is not SolveStatus.OPTIMAL or total <= best + 1e-4,
            f"better than the best: {total}, {best}": best <= total + 1e-6,
        }
    return [claim for claim, holds in claims.items() if not holds]


def _best_objective(request: PlacementRequest) -> float | None:
    terms, start = objectives_for(request.policy, leaving=frozenset(request.evacuate)), request.inventory
    return min((objective_of(terms, start, end).total for end in good_placements(request)), default=None)


@given(requests())
@thorough
def test_no_answer_breaks_a_rule_or_contradicts_itself(request: PlacementRequest) -> None:
    assert forbidden_things(request) == []


@given(requests(scale=3))
@settings(thorough, max_examples=25)
def test_no_answer_breaks_a_rule_where_the_search_sees_only_a_part_at_a_time(request: PlacementRequest) -> None:
    limits = replace(request.limits, proposals=3000, rounds=8, whole_choices=0)
    assert forbidden_things(replace(request, limits=limits)) == []


@given(strange_requests())
@thorough
def test_no_answer_breaks_a_rule_where_everything_is_rare_and_unknown(request: PlacementRequest) -> None:
    assert forbidden_things(request) == []


@given(requests().filter(is_small))
@thorough
def test_what_is_possible_is_found_and_what_is_called_impossible_is(request: PlacementRequest) -> None:
    assert missed_things(request) == []


@given(demanding_requests())
@settings(thorough, max_examples=25)
def test_cores_and_vgpus_are_given_to_no_more_vms_than_there_are(request: PlacementRequest) -> None:
    assert forbidden_things(request) == []
    if is_small(request):
        assert missed_things(request) == []


@given(requests(), st.randoms(use_true_random=False))
@settings(thorough, max_examples=20)
def test_the_order_of_the_rules_does_not_matter(request: PlacementRequest, chance: Random) -> None:
    rules = list(rules_of(request))
    chance.shuffle(rules)
    result = solve(request)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recommender.placement.rules_asked.constraints_for", lambda *_, **__: tuple(rules))
        shuffled = solve(request)
    assert shuffled.objective.total == pytest.approx(result.objective.total, rel=1e-6, abs=1e-4)
    assert {*shuffled.remaining_violations} == {*result.remaining_violations}


@given(requests(eventful=True), st.randoms(use_true_random=False))
@settings(thorough, max_examples=25)
def test_the_order_in_which_things_are_told_does_not_matter(request: PlacementRequest, chance: Random) -> None:
    told = request.inventory

    def shuffled(things: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(chance.sample(things, len(things)))

    otherwise = replace(
        told,
        hosts=shuffled(told.hosts),
        virtual_machines=shuffled(told.virtual_machines),
        vm_affinity_rules=shuffled(told.vm_affinity_rules),
        vm_anti_affinity_rules=shuffled(told.vm_anti_affinity_rules),
        vm_host_rules=shuffled(told.vm_host_rules),
    )
    one, other = solve(request), solve(replace(request, inventory=otherwise))
    assert other.objective.total == pytest.approx(one.objective.total, rel=1e-6, abs=1e-4)
    assert {*other.remaining_violations} == {*one.remaining_violations}


@given(requests())
@settings(thorough, max_examples=25)
def test_the_same_question_has_the_same_answer(request: PlacementRequest) -> None:
    assert solve(request) == solve(replace(request))


@given(requests(), st.integers(1, 1 << 40))
@settings(thorough, max_examples=20)
def test_other_seeds_keep_the_rules_too(request: PlacementRequest, seed: int) -> None:
    assert forbidden_things(replace(request, seed=seed)) == []


@given(requests(), st.integers(0, 3))
@settings(thorough, max_examples=25)
def test_no_more_vms_move_than_the_policy_allows(request: PlacementRequest, most: int) -> None:
    limited = replace(request, policy=replace(request.policy, max_moves=most))
    assert len(solve(limited).moves) <= most
    assert forbidden_things(limited) == []
