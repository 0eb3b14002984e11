"""Signs that need no language: code, error messages, formulas, lists, questions."""

import re

from streaming.routing.sample import Sample

# Every pattern goes with signs without which it cannot match: most messages have none of them,
# and looking for a sign is many times faster than a pattern.
Signed = tuple[frozenset[str], re.Pattern[str]]


def _signed(signs: str, pattern: str) -> Signed:
    return frozenset(signs), re.compile(pattern, re.M)


ERROR_OUTPUT = (
    _signed("(", r"Traceback \(most recent|^\s+at [\w.$<>]+ ?\("),
    _signed(":(", r"(?:Error|Exception)\b\s?[:(]"),
    _signed("0", r"\b0x[0-9a-fA-F]{6,}\b"),
)
ERROR_WORDS = ("exit code", "errno", "SIGSEGV", "egmentation fault", "core dumped", "ECONNREFUSED")
# Each is something that prose hardly has; two different ones are code.
CODE = (
    _signed(";{", r"[;{][ \t]*$|;[ \t]*\w+\.\w+\("),
    _signed("(", r"(?<=\w)\.\w+\(|[A-Za-z_0-9]{2}\([^()\s]*\)"),
    _signed("=>-:!&|+<*)", r"=>|->|::|==|!=|&&|\|\||[-+:]=|\+\+|<\?php|\)\s?\{|\*/"),
    _signed(
        "({:<=", r"\b(?:def|func|fn|function|class|struct|const|let|var|int|float)\s\w+\s?[({:<=]"
    ),
    _signed(
        "(:;#+*/",
        r"\b(?:for|while|if|switch)\s?\(|\bfor \w+ in \w+[(:]|#include\b|\breturn\b.*[;+*/(]",
    ),
    _signed(
        "STEU",
        r"\bSELECT\b.+\bFROM\b|\bINSERT INTO\b|\b(?:CREATE|ALTER) TABLE\b|\bUPDATE \w+ SET\b",
    ),
    _signed("<", r"</?[a-z][\w-]*(?:\s[^<>]{0,200})?>"),
    _signed("[", r"(?<=\w)\[[\w'\"+-]+\]"),
    _signed("$>#", r"^\s*(?:\$|>>>|#!)\s*\S"),
    _signed(".", r"(?<=\w)\.(?:py|js|ts|tsx|java|cpp|hpp|rs|go|rb|php|sql|sh|yml|yaml|toml)\b"),
    _signed("=", r"(?<=\w) = \w+[.(\[]"),
)
FORMULA = (
    _signed(
        "\\$",
        r"\\(?:int|iint|frac|dfrac|sum|prod|sqrt|lim|infty|begin|partial|mathbb|alpha|cdot|[lg]eq)\b"
        r"|\$\$|\\\(|\\\[",
    ),
    _signed("∫∬∮∑∏∂∇∀∃∈∉⊂⊆∪∩⇒⇔≡∞√∅", r"[∫∬∮∑∏∂∇∀∃∈∉⊂⊆∪∩⇒⇔≡∞√∅]"),
    _signed("²³⁴ⁿ^", r"\b[a-ln-z][²³⁴ⁿ]|\b[a-z]\^[\dn({]|\^\{"),
    _signed("=+-", r"\b[a-z]\([a-z]\)\s?=|\d[a-z]\s?[-+]\s?\d|\b[a-z]\s?=\s?-?\d"),
    _signed("(", r"\b(?:sin|cos|tan|ln|log)\s?\(?[a-z]\b"),
)
ITEM = re.compile(r"^[ \t]*(?:[-*•·–]|\(?\d{1,2}[.)、]|[a-h]\))[ \t]*\S", re.M)
# Also the digits of other scripts; `1,000.5` is one.
FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
QUESTION = re.compile(r"\?+")


def code(sample: Sample) -> int:
    """3 where there is code, 1 where something looks a little like it."""
    if "```" in sample.raw or "~~~" in sample.raw:
        return 3
    kinds = 0
    for needed, pattern in CODE:
        if needed & sample.signs and pattern.search(sample.raw):
            kinds += 1
            if kinds == 2:
                return 3
    return kinds


def error_output(sample: Sample) -> int:
    """3 for what a program prints when it fails."""
    if any(words in sample.raw for words in ERROR_WORDS):
        return 3
    found = any(p.search(sample.raw) for needed, p in ERROR_OUTPUT if needed & sample.signs)
    return 3 if found else 0


def formula(sample: Sample) -> int:
    """3 for several signs of formulas, 2 for one."""
    found = sum(len(p.findall(sample.raw)) for needed, p in FORMULA if needed & sample.signs)
    return min(found, 2) + 1 if found else 0


def figures(sample: Sample) -> int:
    """2 for two numbers or more: with a sentence around them they make a problem to solve."""
    return 2 if len(FIGURE.findall(sample.raw)) > 1 else 0


def items(sample: Sample) -> int:
    """2 for a list of three items or more."""
    return 2 if sample.raw.count("\n") >= 2 and len(ITEM.findall(sample.raw)) >= 3 else 0


def questions(sample: Sample) -> int:
    """2 for three questions or more, 1 for two."""
    return max(0, min(len(QUESTION.findall(sample.folded)), 3) - 1)
