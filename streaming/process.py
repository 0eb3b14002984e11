"""How a process of ours uses the interpreter, whichever of them it is."""

import gc
import sys

# A thread that asks for the interpreter waits for so long. Every query and commit of the database
# lets go of it and asks anew: at Python's five milliseconds a short transaction, which holds the
# database's lock, takes as long as ten answers' tokens.
SWITCH_SECONDS = 0.0005
# What is loaded at the start stays: to look through it again and again for what nobody needs any
# more stops everything for a tenth of a second.
YOUNG_OBJECTS = 10_000


def settle() -> None:
    """Call it once, when everything is loaded and nothing runs yet."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
