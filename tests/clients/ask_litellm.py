"""LiteLLM, as any program uses it: ``ask_litellm.py MODEL ADDRESS QUESTION`` prints JSON lines.

MODEL begins with the protocol (``openai/`` or ``anthropic/``), ADDRESS is its ``api_base``; the
key is in RIVULET_KEY. First comes the whole answer, then a stream of it, then what is refused.
"""

import asyncio
import json
import os
import sys
from typing import Any

import litellm

# It prints advice between the lines.
litellm.suppress_debug_info = True


async def main(model: str, address: str, question: str) -> None:
    """Ask everything, one after the other."""
    asked = {
        "model": model,
        "api_base": address,
        "api_key": os.environ["RIVULET_KEY"],
        "messages": told(question),
        "max_tokens": 77,
        "max_retries": 0,
    }
    tell(whole=(await litellm.acompletion(**asked)).model_dump())
    await follow(asked)
    protocol = model.partition("/")[0]
    await report(litellm.acompletion(**asked | {"model": f"{protocol}/none"}))
    await report(litellm.acompletion(**asked | {"temperature": 3}))
    await report(litellm.acompletion(**asked | {"api_key": "rvl_wrong"}))
    fails = json.dumps({"fault": "status", "status": 500})
    await report(litellm.acompletion(**asked | {"messages": told(fails)}))
    breaks = json.dumps({"tokens": 20, "fault": "cut", "at": 9})
    await report(follow(asked | {"messages": told(breaks)}))


async def follow(asked: dict[str, Any]) -> None:
    """Tell every chunk of a stream."""
    stream = await litellm.acompletion(**asked, stream=True, stream_options={"include_usage": True})
    async for chunk in stream:
        tell(chunk=chunk.model_dump())


async def report(asking: Any) -> None:
    """Tell which error that is: programs tell them apart by class and status."""
    try:
        await asking
    except Exception as error:
        status = getattr(error, "status_code", None)
        tell(error=type(error).__name__, status=status, message=str(error))


def told(question: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}]


def tell(**line: object) -> None:
    print(json.dumps(line), flush=True)


asyncio.run(main(*sys.argv[1:]))
