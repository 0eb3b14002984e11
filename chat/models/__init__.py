"""What is kept: people, their conversations, and what was said in them."""

from chat.models.conversations import Conversation
from chat.models.costs import Budget, Spending
from chat.models.feedback import Feedback
from chat.models.messages import Message
from chat.models.shares import Share
from chat.models.users import User

__all__ = ["Budget", "Conversation", "Feedback", "Message", "Share", "Spending", "User"]
