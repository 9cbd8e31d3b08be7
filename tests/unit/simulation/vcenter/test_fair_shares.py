"""Links are shared fairly between the transfers that use them."""

from recommender.simulation.vcenter.fair_shares import Link, fair_shares

A, B, C = Link("send", "a"), Link("receive", "b"), Link("receive", "c")


def test_two_on_one_link_get_half_each() -> None:
    assert fair_shares({"x": (A, B), "y": (A, C)}, lambda _: 1000.0) == {"x": 500.0, "y": 500.0}


def test_what_one_cannot_use_the_other_gets() -> None:
    capacity = {A: 1000.0, B: 200.0, C: 1000.0}
    # x is held at 200 by its receiver; y gets the 800 that are left of the sender
    assert fair_shares({"x": (A, B), "y": (A, C)}, capacity.__getitem__) == {"x": 200.0, "y": 800.0}


def test_three_links_in_a_chain() -> None:
    capacity = {A: 900.0, B: 300.0}
    # B gives x and y 150 each, A what is left to z: 900 − 150
    assert fair_shares({"x": (A, B), "y": (B,), "z": (A,)}, capacity.__getitem__) == {
        "x": 150.0,
        "y": 150.0,
        "z": 750.0,
    }


def test_nobody_gets_nothing() -> None:
    assert fair_shares({}, lambda _: 1.0) == {}
