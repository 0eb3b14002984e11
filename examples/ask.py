"""Asks Rivulet something and prints the answer as it is written, whatever breaks on the way.

    python examples/ask.py "Why do rivers meander?"             server-sent events
    python examples/ask.py --socket "Why do rivers meander?"    the WebSocket

RIVULET_URL is where it runs. RIVULET_KEY is an API key (events only); without one RIVULET_USER
and RIVULET_PASSWORD sign in, which the WebSocket always wants.
"""

import argparse
import asyncio
import os
import re
import sys

import aiohttp
import client


async def sign_in(http: aiohttp.ClientSession, name: str, password: str) -> None:
    """Fill in the page's form, as a person would."""
    async with http.get("/sign-in/") as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', await page.text())
    form = {"csrfmiddlewaretoken": token[1] if token else "", "username": name}
    await http.post("/sign-in/", data=form | {"password": password})
    cookies = {cookie.key: cookie.value for cookie in http.cookie_jar}
    if "sessionid" not in cookies:
        raise client.GaveUp("signing in failed")
    http.headers["X-CSRFToken"] = cookies["csrftoken"]


async def main() -> int:
    parser = argparse.ArgumentParser(description="Ask Rivulet something.")
    parser.add_argument("message")
    parser.add_argument("--socket", action="store_true", help="through the WebSocket")
    asked = parser.parse_args()
    url = os.environ.get("RIVULET_URL", "http://127.0.0.1:8000")
    headers = {"Origin": url, "Referer": f"{url}/"}
    if key := os.environ.get("RIVULET_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    timeout = aiohttp.ClientTimeout(total=None, connect=10, sock_read=client.SILENCE_SECONDS)
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, headers=headers, timeout=timeout, cookie_jar=jar) as http:
        try:
            if not key or asked.socket:
                await sign_in(http, os.environ["RIVULET_USER"], os.environ["RIVULET_PASSWORD"])
            ask = client.ask_by_socket if asked.socket else client.ask_by_events
            async for piece in ask(http, client.Reply(asked.message)):
                print("\n[begins again]\n" if piece is None else piece, end="", flush=True)
        except client.GaveUp as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
    print()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
