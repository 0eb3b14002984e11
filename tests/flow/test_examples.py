"""The example client prints every token once, whatever is killed on the way."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flow.keys import key_of
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

ASK = Path(__file__).resolve().parents[2] / "examples" / "ask.py"


@pytest.mark.parametrize(
    ("options", "has_key"),
    [(["--socket"], False), ([], False), ([], True)],
    ids=["socket", "events", "events by key"],
)
def test_a_web_process_killed_in_mid_answer_costs_no_token_and_doubles_none(
    own_stack: Callable[..., Stack], options: list[str], has_key: bool, tmp_path: Path
) -> None:
    stack = own_stack()
    web = stack.webs[0]
    person = Person(stack, "somebody")
    message = plan(tokens=120, rate=30)
    printed = tmp_path / "printed"
    environment = {
        **{name: value for name, value in os.environ.items() if "RIVULET" not in name},
        "RIVULET_URL": web.url,
        "RIVULET_USER": person.name,
        "RIVULET_PASSWORD": "river 1 stone",
    }
    if has_key:
        environment |= {"RIVULET_KEY": key_of(person), "RIVULET_PASSWORD": ""}
    with printed.open("wb") as output:
        asking = subprocess.Popen(
            [sys.executable, str(ASK), *options, message],
            env=environment,
            stdout=output,
            stderr=subprocess.PIPE,
        )
        try:
            until(lambda: printed.stat().st_size > 40, seconds=30)
            web.running.process.send_signal(signal.SIGKILL)
            web.running.process.wait(10)
            stack.begin_again(web)
            web.wait_ready()
            assert asking.wait(60) == 0, asking.stderr and asking.stderr.read()
        finally:
            asking.kill()
            asking.wait(10)
    assert printed.read_text() == text_for(message) + "\n"
    assert len(stack.requests(message)) == 1
