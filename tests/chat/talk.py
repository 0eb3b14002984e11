"""Conversations for tests of the pages, made and shared without a model."""

import uuid
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation, Message, User


def talk(owner: User, title: str, *texts: str, **fields: Any) -> Conversation:
    """A conversation in which these were said in turn, a person beginning."""
    conversation = Conversation.objects.create(owner=owner, title=title, **fields)
    now = timezone.now()
    messages: list[Message] = []
    for number, text in enumerate(texts):
        is_reply = number % 2 == 1
        messages.append(
            Message(
                conversation=conversation,
                parent=messages[-1] if messages else None,
                role=Message.Role.ASSISTANT if is_reply else Message.Role.USER,
                content=text,
                author=None if is_reply else owner,
                client_id=None if is_reply else uuid.uuid4().hex,
                created_at=now + timedelta(microseconds=number),
            )
        )
    Message.objects.bulk_create(messages)
    conversation.tip = messages[-1] if messages else None
    conversation.save(update_fields=["tip"])
    return conversation


def shared(client: Client, conversation: Conversation) -> str:
    """Share what it is now; gives the link's address."""
    client.post(reverse("share", args=[conversation.id]))
    return reverse("shared", args=[conversation.shares.latest("created_at").token])


def say(conversation: Conversation, question: str, answer: str = "", **figures: object) -> Message:
    """Add a question and its answer; gives the answer."""
    asked = Message.objects.create(
        conversation=conversation,
        parent_id=conversation.tip_id,
        role=Message.Role.USER,
        content=question,
        author=conversation.owner,
        client_id=uuid.uuid4().hex,
    )
    reply = Message.objects.create(
        conversation=conversation,
        parent=asked,
        role=Message.Role.ASSISTANT,
        content=answer,
        **figures,
    )
    conversation.tip = reply
    conversation.save()
    return reply
