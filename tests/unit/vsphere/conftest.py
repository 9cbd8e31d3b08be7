"""A fake vCenter for each test that asks for one, and sessions that are closed when the test ends."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from recommender.vsphere.session.address import VCenterAddress
from recommender.vsphere.session.session import Session
from tests.unit.vsphere.fake_vcenter import FakeVCenter

OpenSession = Callable[[VCenterAddress], Session]


@pytest.fixture
def vcenter() -> Iterator[FakeVCenter]:
    with FakeVCenter().running() as running:
        yield running


@pytest.fixture
def open_session() -> Iterator[OpenSession]:
    with ExitStack() as stack:

        def opened(address: VCenterAddress) -> Session:
            session = Session(address)
            stack.callback(session.close)
            return session

        yield opened
