"""What static files are sent with."""

from wsgiref.headers import Headers


def add_headers(headers: Headers, path: str, url: str) -> None:
    """Beside what WhiteNoise says itself: no more, because some ninety files make a page."""
    headers["X-Content-Type-Options"] = "nosniff"
    if "worker" in url.rpartition("/")[2]:
        # A worker has the policy it came with, not its page's.
        headers["Content-Security-Policy"] = "default-src 'none'; script-src 'self'"
