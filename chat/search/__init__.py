"""Searching one's own conversations: titles and everything that was said in them."""
