"""What all pages together have seen and counted, and what was wrong with it."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any, Literal

Kind = Literal["lost", "doubled", "wrong"]
Frame = dict[str, Any]


class Ledger:
    """One per run. The chunk with a certain ``seq`` must be the same wherever it is read."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        # When each fault was made, to be read beside the processes' logs.
        self.diary: list[str] = []
        self.violations: list[tuple[Kind, str]] = []
        self.chunks: defaultdict[str, dict[int, tuple[str, str]]] = defaultdict(dict)
        # By client id: the replies that were acknowledged for it.
        self.acknowledged: defaultdict[str, set[str]] = defaultdict(set)

    def broke(self, what: str) -> None:
        """Note a fault."""
        self.faults[what] += 1
        self.diary.append(f"{datetime.now().astimezone():%H:%M:%S.%f} {what}")

    def blame(self, kind: Kind, what: str) -> None:
        """Note what may not be."""
        self.violations.append((kind, what))

    def many(self, kind: Kind) -> int:
        return sum(1 for each, _ in self.violations if each == kind)

    def saw(self, chunk: Frame) -> None:
        """Compare a chunk with what others saw in its place."""
        here = (chunk["chunk_type"], chunk["content"])
        known = self.chunks[chunk["message_id"]].setdefault(chunk["seq"], here)
        if known != here:
            place = f"{chunk['message_id']} seq {chunk['seq']}"
            self.blame("wrong", f"{place} is {known[0]} to one reader and {here[0]} to another")

    def resets(self, message_id: str) -> int:
        return [kind for kind, _ in self.chunks[message_id].values()].count("reset")

    def text_upto(self, message_id: str, seq: int) -> str | None:
        """The reply's text at this cursor; None when nobody saw all of it."""
        text = ""
        for number in range(seq + 1):
            kind, content = self.chunks[message_id].get(number, ("", ""))
            if not kind:
                return None
            if kind == "reset":
                text = ""
            elif kind == "token":
                text += content
        return text
