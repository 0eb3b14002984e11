"""`python -m tests.provider --port 0`: prints its port, serves until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import signal

import uvloop

from tests.provider.plan import plan_for
from tests.provider.server import MockProvider


async def serve(port: int, plan: str) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with MockProvider(port=port, default=plan_for(plan) if plan else None) as mock:
        print(mock.port, flush=True)
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.provider")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--plan", default="", help="JSON, for messages that say nothing else")
    arguments = parser.parse_args()
    uvloop.run(serve(arguments.port, arguments.plan))


if __name__ == "__main__":
    main()
