// Where a formula begins and ends. Pure; the server's twin is chat/math_syntax.py, and both are
// tested with tests/math_cases.json.

// A formula is a line or a few, not a document.
const MAX_CHARS = 4_000;
const MAX_DOLLAR_CHARS = 300;

const DISPLAY =
  /^ {0,3}(?:\$\$((?:(?!\$\$)[\s\S])+)\$\$|\\\[((?:(?!\\\])[\s\S])+)\\\])[ \t]*(?:\n|$)/;
const OPENING = /^ {0,3}(?:\$\$|\\\[)/gm;
const BLANK_LINES = /\n(?:[ \t]*\n)+/g;
const BLANK_LINE = /\n[ \t]*\n/;
const INLINE = [
  { pattern: /^\$\$([^$]+?)\$\$/, display: true },
  { pattern: /^\\\[([\s\S]+?)\\\]/, display: true },
  { pattern: /^\\\(([\s\S]+?)\\\)/, display: false },
];
const DOLLAR = /^\$([^\s$](?:[^$\n]*[^\s$\\])?)\$(?![\w$])/;
// "$5 and 10$", "$20/month or 30$": a sum of money, not a formula.
const MONEY = /^\d[\d.,]*[kKmMbB]?[\s/,;:)–-]+[A-Za-z]{2,}/;

// A formula on lines of its own: at the start of `source`, a block.
export function displayMath(source) {
  const match = DISPLAY.exec(source.slice(0, MAX_CHARS));
  const tex = match && (match[1] ?? match[2]).trim();
  if (!tex || BLANK_LINE.test(match[0].trimEnd())) return undefined;
  return { raw: match[0], tex };
}

// Where a formula on lines of its own has begun that may still be closed, or null.
export function openMath(source) {
  const from = Math.max(0, source.length - MAX_CHARS);
  const end = source.slice(from);
  const blank = [...end.matchAll(BLANK_LINES)].at(-1);
  const paragraph = blank ? blank.index + blank[0].length : 0;
  let next = paragraph;
  for (const { 0: mark, index } of end.slice(paragraph).matchAll(OPENING)) {
    const at = paragraph + index;
    if (at < next) continue;
    const closing = mark.endsWith("$$") ? "$$" : "\\]";
    const closed = end.indexOf(closing, at + mark.length);
    if (closed < 0) return from + at;
    next = closed + closing.length;
  }
  return null;
}

// A formula within a line: at the start of `source`, after the character `before`.
export function inlineMath(source, before = "") {
  for (const { pattern, display } of INLINE) {
    const match = pattern.exec(source.slice(0, MAX_CHARS));
    const tex = match?.[1].trim();
    if (tex) return { raw: match[0], tex, display };
  }
  if (/[\w$\\]/.test(before ?? "")) return undefined;
  const match = DOLLAR.exec(source.slice(0, MAX_DOLLAR_CHARS));
  if (!match || MONEY.test(match[1])) return undefined;
  return { raw: match[0], tex: match[1], display: false };
}

// The place where a formula could begin, for a parser that would run past it.
export function firstMath(source) {
  const at = source.search(/\$|\\[([]/);
  return at < 0 ? undefined : at;
}
