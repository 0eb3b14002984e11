"""What the descriptions say, as HTML: their texts are Markdown of paragraphs and `code`."""

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# Docstrings double them.
CODE = re.compile(r"``?([^`]+)``?")


def inline(text: str) -> SafeString:
    """One sentence or more; lines are joined."""
    return mark_safe(CODE.sub(r"<code>\1</code>", escape(" ".join(text.split()))))


def paragraphs(text: str) -> SafeString:
    """A whole text; an empty line begins another paragraph. English, whatever the page is in."""
    parts = [inline(part) for part in text.strip().split("\n\n") if part.strip()]
    return mark_safe("".join(f'<p lang="en">{part}</p>' for part in parts))
