"""What the doors for other vendors' clients share: a request becomes messages, an answer pieces."""
