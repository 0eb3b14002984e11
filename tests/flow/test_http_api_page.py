"""What docs/http-api.md says to type works as it stands there."""

import json
import os
import re
import subprocess
from pathlib import Path

from tests.flow.api import Program
from tests.flow.keys import key_of
from tests.flow.people import Person

PAGE = Path(__file__).resolve().parents[2] / "docs/http-api.md"
# So that a refusal is a failure; the lines themselves are run as they are.
CURL = 'curl() { command curl -sS --fail-with-body "$@"; }\n'
SEEN = 57


def commands() -> list[str]:
    """The lines of the page's shell block that ask for something."""
    block = re.search(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block
    return [line for line in block[1].splitlines() if line.startswith("curl ")]


def test_every_line_with_curl_works(person: Person) -> None:
    program = Program(person)
    environment = {**os.environ, "KEY": key_of(person), "URL": program.url}
    begun = program.post("chat", message=json.dumps({"tokens": 2 * SEEN, "rate": 30})).json()
    for _ in range(31):
        program.post("chat", message="hello", conversation_id=begun["conversation_id"])
    page = program.get(f"conversations/{begun['conversation_id']}").json()
    said = []
    for line in commands():
        id_ = begun["conversation_id" if "/conversations/" in line else "message_id"]
        filled = line.replace("<id>", id_).replace("<previous_id>", page["previous_id"])
        ran = subprocess.run(
            ["bash", "-c", CURL + filled],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, (line, ran.stdout, ran.stderr)
        said.append(ran.stdout)
    whole, events, plain, rest, stopped, conversations, earlier = said
    assert json.loads(whole)["status"] == "complete"
    assert events.startswith("retry: 1000\n\nid: 0\ndata: {")
    assert '"type":"complete"' in events
    assert plain.endswith("data: [DONE]\n\n")
    assert rest.startswith(f"retry: 1000\n\nid: {SEEN + 1}\ndata: {{")
    assert json.loads(stopped)["status"] == "complete"
    assert json.loads(conversations)["conversations"]
    assert json.loads(earlier)["messages"]
