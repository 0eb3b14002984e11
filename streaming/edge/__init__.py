"""Answers without a model: what staff have foreseen, and what was answered before."""

from streaming.edge.edge import Edge
from streaming.edge.given import Given, Wish

__all__ = ["Edge", "Given", "Wish"]
