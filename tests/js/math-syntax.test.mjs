import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { dialect, lex } from "../../static/js/dialect.js";

const CASES = JSON.parse(readFileSync(new URL("../math_cases.json", import.meta.url), "utf8"));
const NAMES = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"' };

function formulas(source) {
  const html = dialect.parser(lex(source));
  return [...html.matchAll(/<code class="math[^"]*">([^<]*)<\/code>/g)].map((match) =>
    match[1].replace(/&\w+;/g, (name) => NAMES[name]),
  );
}

for (const { why, source, math } of CASES) {
  test(`formulas: ${why}`, () => assert.deepEqual(formulas(source), math));
}
