// Cuts a text that may still grow into sentences to be said, each in its language. Pure.

// Voices stumble over longer ones, and some browsers stop in the middle.
const SENTENCE_MAX_CHARS = 240;
const FALLBACK = /[^.!?…。！？\n]*(?:[.!?…。！？]+["'”’)\]]*(?=\s|$|[^\s\w])|\n|$)\s*/g;

// Scripts that name their language well enough; the others are read in the page's language.
const SCRIPTS = [
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/u], ["ko", /\p{Script=Hangul}/u],
  ["zh", /\p{Script=Han}/u], ["ru", /\p{Script=Cyrillic}/u], ["el", /\p{Script=Greek}/u],
  ["he", /\p{Script=Hebrew}/u], ["ar", /\p{Script=Arabic}/u], ["hi", /\p{Script=Devanagari}/u],
  ["th", /\p{Script=Thai}/u],
];

// The sentences of `text`, and how much of it they take: the last one waits for what follows it,
// unless `isWhole`.
export function sentences(text, { isWhole = false, language = "en" } = {}) {
  const pieces = segments(text, language);
  const count = isWhole ? pieces.length : pieces.length - 1;
  const ready = pieces.slice(0, Math.max(0, count));
  return {
    used: ready.join("").length,
    sentences: ready.flatMap(short).map((piece) => piece.trim()).filter(isSaid),
  };
}

export function languageOf(sentence, pageLanguage) {
  const letters = sentence.match(/\p{L}/gu) ?? [];
  const found = SCRIPTS.find(
    ([, script]) => letters.filter((letter) => script.test(letter)).length > letters.length / 3,
  );
  return found ? found[0] : pageLanguage;
}

function segments(text, language) {
  const lines = text.match(/[^\n]*\n+|[^\n]+$/g) ?? [];
  if (!globalThis.Intl?.Segmenter) return lines.flatMap((line) => line.match(FALLBACK) ?? []).filter(Boolean);
  const segmenter = new Intl.Segmenter(language, { granularity: "sentence" });
  return lines.flatMap((line) => Array.from(segmenter.segment(line), ({ segment }) => segment));
}

function short(piece) {
  const parts = [];
  let rest = piece;
  while (rest.length > SENTENCE_MAX_CHARS) {
    const start = rest.slice(0, SENTENCE_MAX_CHARS);
    const at = Math.max(start.lastIndexOf(", "), start.lastIndexOf("; "), start.lastIndexOf("、"));
    const end = at > 60 ? at + 1 : Math.max(start.lastIndexOf(" "), 0) || SENTENCE_MAX_CHARS;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...parts, rest];
}

function isSaid(piece) {
  return /[\p{L}\p{N}]/u.test(piece);
}
