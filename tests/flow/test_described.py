"""What comes through a real socket is what the description says."""

import json
import uuid

from tests.described import validator
from tests.flow.people import Frame, Person

CLOSING = ("end", "error")
WHOLE = ("chat_response", "chat_response_complete")


def plan(**words: object) -> str:
    return json.dumps(words | {"seed": uuid.uuid4().int % 2**32})


async def test_every_frame_of_a_real_socket_is_as_described(person: Person) -> None:
    document = person.get("/api/v1/asyncapi.json").json()
    async with person.socket() as here, person.socket(person.stack.webs[1]) as there:
        first = await here.ask(plan(tokens=5, thinking=True))
        conversation_id = first["conversation_id"]
        await there.send(type="open", conversation_id=conversation_id)
        await there.settled()
        whole = await here.ask(plan(tokens=5), conversation_id=conversation_id, stream=False)
        assert whole["content"]
        failed = await here.ask(
            plan(tokens=9, fault="cut", at=4), conversation_id=conversation_id, context={}
        )
        await there.end(failed["message_id"])
        await here.send(type="regenerate", message_id=whole["message_id"])
        again = await here.until(lambda frame: frame.get("chunk_type") in CLOSING)
        await here.send(type="select", message_id=whole["message_id"])
        await here.until(lambda frame: frame["type"] == "select")
        await there.send(type="resume", message_id=again["message_id"], after=0)
        stopped = await here.chat(plan(tokens=400, rate=20))
        await here.token(stopped["message_id"])
        await here.send(type="stop", message_id=stopped["message_id"])
        await here.end(stopped["message_id"])
        await here.send(type="chat", message=" ", client_id="empty")
        await here.until(lambda frame: frame["type"] == "error")
        await here.send(type="stop", message_id=conversation_id)
        await here.until(lambda frame: frame["type"] == "error")
    async with person.socket(subprotocols=["pam"]) as older:
        for stream in (True, False):
            await older.send(type="chat", message=plan(tokens=5), stream=stream)
            await older.until(lambda frame: frame["type"] in WHOLE)
        await older.send(type="chat", message=plan(tokens=9, fault="cut", at=4))
        await older.send(type="chat", message=" ", client_id="empty")
        await older.until(lambda frame: frame["type"] == "error")
        await older.until(lambda frame: frame["type"] == "error")
    frames = here.frames + there.frames
    messages = document["components"]["messages"]
    described = {
        name: validator(document, message["payload"], strict=True)
        for name, message in messages.items()
    }
    for frame in older.frames:
        problems = [*described[f"older-{frame['type']}"].iter_errors(frame)]
        assert not problems, frame
    for frame in frames:
        problems = [*described[name_of(frame)].iter_errors(frame)]
        assert not problems, frame
    seen = {name_of(frame) for frame in frames}
    assert seen >= {
        "start", "token", "metadata", "end", "error", "message", "conversation", "selected",
        "refused", "pong",
    }  # fmt: skip


def name_of(frame: Frame) -> str:
    """The message's name in the description."""
    if frame["type"] == "stream":
        return str(frame["chunk_type"])
    kind: str = frame["type"]
    return {"select": "selected", "error": "refused"}.get(kind, kind)
