"""Anthropic's Messages, as a thin encoding over the same messages, jobs and logs."""
