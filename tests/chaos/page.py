"""A conversation's page as the server renders it."""

from html.parser import HTMLParser


class Articles(HTMLParser):
    """Collects the attributes of the page's messages."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "article" and values.get("data-message-id"):
            self.found.append(values)


def articles(page: str) -> list[dict[str, str]]:
    """The messages on a conversation's page, in order."""
    parser = Articles()
    parser.feed(page)
    return parser.found
