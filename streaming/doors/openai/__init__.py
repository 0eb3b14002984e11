"""OpenAI's Chat Completions, as a thin encoding over the same messages, jobs and logs."""
