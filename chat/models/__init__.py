"""What is kept: people, assistants, conversations, and what was said in them."""

from chat.models.assistants import Assistant, PromptVersion
from chat.models.conversations import Conversation
from chat.models.costs import Budget, Spending
from chat.models.feedback import Feedback
from chat.models.instant import InstantAnswer
from chat.models.keys import ApiKey
from chat.models.messages import Message
from chat.models.shares import Share
from chat.models.users import User

__all__ = [
    "ApiKey",
    "Assistant",
    "Budget",
    "Conversation",
    "Feedback",
    "InstantAnswer",
    "Message",
    "PromptVersion",
    "Share",
    "Spending",
    "User",
]
