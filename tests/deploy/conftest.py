"""Fixtures of the tests behind load balancers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.flow import balancers
from tests.flow.balancers import Balancer, BalancerMissing, Upstream

# Called with the web processes; what it starts ends with the test.
Balance = Callable[..., Balancer]

MAKERS: dict[str, Callable[..., AbstractContextManager[Balancer]]] = {
    "nginx": balancers.nginx,
    "haproxy": balancers.haproxy,
}


@pytest.fixture(params=list(MAKERS))
def kind(request: pytest.FixtureRequest) -> str:
    """The test is run with each load balancer that is installed."""
    try:
        balancers.executable(request.param)
    except BalancerMissing as missing:
        pytest.skip(str(missing))
    return str(request.param)


@pytest.fixture
def balance(kind: str, tmp_path: Path) -> Iterator[Balance]:
    """Start a load balancer in front of these."""
    with ExitStack() as exits:

        def start(webs: Sequence[Upstream], **options: Any) -> Balancer:
            return exits.enter_context(MAKERS[kind](webs, tmp_path / kind, **options))

        yield start
