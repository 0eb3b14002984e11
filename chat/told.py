"""What an app says was said before a conversation began here: bounded, never trusted.

It is kept with the first message (``context``) and goes into prompts. No id in it is looked at,
and it is never shown as if this service had said it.
"""

from typing import Any, Literal

from chat.models import Message

KEY = "before"
TURNS_MAX = 20
TURN_MAX_CHARS = 4_000
CHARS_MAX = 16_000

# By what names apps call the two sides; others, "system" first of all, have no voice here.
_ROLES: dict[str, Literal["user", "assistant"]] = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "bot": "assistant",
    "ai": "assistant",
    "model": "assistant",
}


def told_before(history: object, message: str = "") -> list[dict[str, str]]:
    """The newest of what was said, oldest first, as ``{"role", "content"}``.

    What cannot be understood is left out, and so is ``message``, which some apps repeat at the
    end. At most `TURNS_MAX` turns, `TURN_MAX_CHARS` of each, `CHARS_MAX` of all.
    """
    turns: list[dict[str, str]] = []
    room = CHARS_MAX
    for item in reversed(history[-TURNS_MAX:]) if isinstance(history, list) else ():
        turn = _turn(item)
        if turn is None or (not turns and turn == {"role": "user", "content": message}):
            continue
        room -= len(turn["content"])
        if room < 0:
            break
        turns.append(turn)
    return turns[::-1]


def _turn(item: object) -> dict[str, str] | None:
    if not isinstance(item, dict):
        return None
    role = item.get("role")
    content = item.get("content")
    if not isinstance(role, str) or role.lower() not in _ROLES or not isinstance(content, str):
        return None
    # No database takes a NUL.
    text = content[:TURN_MAX_CHARS].replace("\x00", "")
    return {"role": _ROLES[role.lower()], "content": text} if text.strip() else None


def before(first: Message) -> list[Message]:
    """What was told with a conversation's first message, as messages that are not saved."""
    kept: Any = (first.context or {}).get(KEY, ())
    return [
        Message(
            conversation_id=first.conversation_id,
            role=turn["role"],
            content=turn["content"],
            author_id=first.author_id if turn["role"] == Message.Role.USER else None,
        )
        for turn in kept
    ]
