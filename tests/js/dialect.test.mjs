import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { dialect, lex } from "../../static/js/dialect.js";

const CASES = JSON.parse(readFileSync(new URL("../block_cases.json", import.meta.url), "utf8"));
const BLOCKS = /<(table|thead|tbody|tr|th|td|ul|ol|li|p|h\d|pre|blockquote)\b/g;
const CODE_POINTS = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));

function html(source) {
  return dialect.parser(lex(source));
}

for (const { why, source, blocks } of CASES) {
  test(`blocks as on the server: ${why}`, () => {
    assert.equal([...html(source).matchAll(BLOCKS)].map(([, tag]) => tag).join(" "), blocks);
  });
}

test("every space is shown as itself", () => {
  const spaces = CODE_POINTS.filter((character) => /[^\S\n\r]/.test(character));
  assert.equal(spaces.length, 23);
  for (const space of spaces) {
    assert.equal(html(`a${space}b`), `<p>a${space}b</p>\n`);
    assert.match(html(`\`\`\`\na${space}b\n\`\`\``), new RegExp(`<code>a${space}b</code>`));
  }
});

test("an address ends at a line separator", () => {
  assert.match(html("https://example.org\u2028Next"), /href="https:\/\/example.org"/);
});
