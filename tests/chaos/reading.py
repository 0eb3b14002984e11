"""One reply as one page shows it."""

from dataclasses import dataclass

from tests.chaos.ledger import Frame

PROCESSING = "processing"


@dataclass(slots=True)
class Reading:
    """``seq`` is the cursor. The page itself may have brought the beginning."""

    seq: int = -1
    text: str = ""
    status: str = PROCESSING
    code: str = ""
    page_seq: int = -1
    page_text: str = ""
    # A whole message came in the place of chunks that this page had begun to read; not where
    # it had all of the text, and only the end was still to come.
    replaced: bool = False

    def __str__(self) -> str:
        return f"{self.status} at seq {self.seq} with {len(self.text)} characters"

    @property
    def is_finished(self) -> bool:
        return self.status != PROCESSING

    def take(self, chunk: Frame) -> None:
        """The chunk that comes next."""
        self.seq = chunk["seq"]
        match chunk["chunk_type"]:
            case "token":
                self.text += chunk["content"]
            case "reset":
                self.text = ""
            case "end":
                self.status = chunk["metadata"]["status"]
            case "error":
                self.status = "failed"
                self.code = chunk["metadata"]["code"]

    def replace(self, message: Frame) -> None:
        """A whole message instead of chunks."""
        self.replaced = self.seq >= 0 and self.text != message["content"]
        self.text = message["content"]
        self.status = message["status"]
        self.code = (message["error"] or {}).get("code", "")
