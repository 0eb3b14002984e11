"""The part of a message that is looked at, in the form in which it is compared.

Upper and lower case, accents, Arabic vowel signs and full-width forms make no difference: people
leave them out or mix them.
"""

import re
import unicodedata
from dataclasses import dataclass

# An instruction stands before or after what it is about; what is pasted in between is only
# measured. Together they bound the time that a verdict takes.
HEAD_CHARS = 1200
TAIL_CHARS = 400

URL = re.compile(r"(?:https?://|www\.)\S+")
# Python's \w leaves out the vowel signs of Indian scripts and of Thai, and would cut words there.
WORD = re.compile(r"[\w\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e]+(?:\+\+|#)?")
# Scripts whose words stand without spaces between them, or carry particles and articles.
DENSE = (
    "\u0600-\u06ff\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af"
)
IS_DENSE = re.compile(f"[{DENSE}]")
# By letters, not by words: one word of Turkish or Polish says as much as two of English.
LETTERS_PER_WORD = 4.7
# Written in fewer signs: how many of them say as much as an English word.
SIGNS_PER_WORD = {
    "\u3400-\u9fff": 1.6,  # Chinese characters
    "\u3040-\u30ff": 2.6,  # kana
    "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af": 2.2,  # Korean
    "\u0e00-\u0e7f": 4.5,  # Thai
    "\u0600-\u06ff\u0900-\u0dff": 3.6,  # Arabic and Indian: vowels are marks, or left out
}
COMPACT = re.compile(f"[{''.join(SIGNS_PER_WORD)}]")
SIGNS = tuple((re.compile(f"[{signs}]+"), each) for signs, each in SIGNS_PER_WORD.items())


def _folding() -> dict[str, str]:
    table = dict.fromkeys(map(chr, range(0x300, 0x370)), "")
    for code in (*range(0xC0, 0x250), *range(0x400, 0x460), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base != chr(code):
            table[chr(code)] = base.casefold()
    table |= {chr(code): chr(code - 0xFEE0).casefold() for code in range(0xFF01, 0xFF5F)}
    # Arabic vowel signs and the stroke that stretches words; the dot below Indian letters.
    table |= dict.fromkeys(map(chr, (*range(0x64B, 0x660), 0x640, 0x670, 0x93C)), "")
    table |= {"ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d"}
    table |= {"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "؟": "?"}
    table |= {"’": "'", "।": ".", "。": ".", "\u3000": " ", "ँ": "ं"}
    table |= {chr(0x958 + at): letter for at, letter in enumerate("कखगजडढफय")}
    # To the end at once: the order in which signs are replaced must not matter.
    return {sign: "".join(table.get(one, one) for one in to) for sign, to in table.items()}


FOLDING = _folding()
FOLDED = frozenset(FOLDING)


def fold(text: str) -> str:
    """The text as it is compared."""
    text = text.casefold()
    if not text.isascii():
        # Few different signs are affected: this is several times faster than str.translate.
        for sign in FOLDED.intersection(text):
            text = text.replace(sign, FOLDING[sign])
    return text


@dataclass(frozen=True, slots=True)
class Sample:
    """What is looked at; ``size`` is the whole message in English words' worth of text."""

    raw: str
    folded: str
    words: list[str]
    signs: frozenset[str]
    size: float


def sample(text: str) -> Sample:
    """The sample of a message of any length; at most HEAD_CHARS and TAIL_CHARS are read."""
    is_whole = len(text) <= HEAD_CHARS + TAIL_CHARS
    read = text if is_whole else f"{text[:HEAD_CHARS]}\n{text[-TAIL_CHARS:]}"
    raw = URL.sub(" ", read) if "http" in read or "www." in read else read
    folded = fold(raw)
    words = WORD.findall(folded)
    size = size_of(folded, words)
    if not is_whole:
        size *= len(text) / len(read)
    return Sample(raw, folded, words, frozenset(raw), size)


def size_of(folded: str, words: list[str]) -> float:
    """How much text this is, in words of a language like English."""
    if folded.isascii() or not COMPACT.search(folded):
        return sum(map(len, words)) / LETTERS_PER_WORD
    letters = sum(len(word) for word in words if not COMPACT.match(word))
    compact = sum(sum(map(len, signs.findall(folded))) / each for signs, each in SIGNS)
    return letters / LETTERS_PER_WORD + compact
