import assert from "node:assert/strict";
import { test } from "node:test";

import { Blocks, hasDefinitions } from "../../static/js/blocks.js";
import { dialect } from "../../static/js/dialect.js";

const TEXTS = {
  prose: "One.\n\nTwo *words*.\nStill two.\n\n# Three\nFour\n",
  "a list that goes on": "- a\n- b\n\n  more of b\n- c\n**bold** is still c\n\nAfter.\n",
  "nested lists": "1. one\n   - in\n   - side\n2. two\n\n   loose\n\n3. three\n\nEnd",
  code: "Look:\n\n```python\na = 1\n\n\nb = 2\n```\n\nDone.\n\n    indented\n\n    code\n\nEnd.",
  "a table": "Before\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n| 3 | *4* |\n\nAfter | no table\n",
  "a heading underlined": "Title\n=====\n\nText\n---\n\nMore\n\n---\n\nEnd",
  quotes: "> one\n> two\nlazy\n\n> three\n\nfour",
  html: "<div>\n<b>x</b>\n</div>\n\nA <script>alert(1)</script> b<br>c\n\n<!-- no -->\n",
  "carriage returns": "One\r\n\r\nTwo\r\n\r\n```\r\ncode\r\n```\r\nThree",
};

function inPieces(text, length) {
  const blocks = new Blocks();
  let html = "";
  let tail = [];
  for (let end = 0; end < text.length + length; end += length) {
    const step = blocks.advance(text.slice(0, end));
    html += dialect.parser(step.closed);
    tail = step.tail;
  }
  return html + dialect.parser(tail);
}

for (const [name, text] of Object.entries(TEXTS)) {
  test(`${name}: in pieces it becomes what it is as a whole`, () => {
    const whole = dialect.parse(text.replace(/\r\n?/g, "\n"));
    for (const length of [1, 2, 3, 5, 8, 13]) assert.equal(inPieces(text, length), whole);
  });
}

test("a finished block is handed out once", () => {
  const blocks = new Blocks();
  const first = blocks.advance("One.\n\nTwo.\n\nThree");
  const raws = first.closed.map((token) => token.raw).join("");
  assert.equal(raws, "One.\n\n");
  const second = blocks.advance("One.\n\nTwo.\n\nThree and\n\nfour");
  assert.ok(!second.closed.some((token) => token.raw.includes("One")));
});

test("a long text costs its tail, not its length", () => {
  const blocks = new Blocks();
  const text = "A paragraph of some words.\n\n".repeat(2000);
  blocks.advance(text);
  const { closed, tail } = blocks.advance(`${text}And`);
  assert.ok(closed.length + tail.length < 6);
});

test("html is shown as text, only a line break counts", () => {
  const html = dialect.parse("<img src=x onerror=alert(1)> a<br>b <b>c</b>");
  assert.ok(!html.includes("<img"));
  assert.ok(!html.includes("<b>"));
  assert.ok(html.includes("a<br>b"));
});

test("only http, https and mail addresses become links", () => {
  assert.ok(!dialect.parse("[a](javascript:alert(1))").includes("href"));
  assert.ok(!dialect.parse("[a](data:text/html,x)").includes("href"));
  assert.ok(dialect.parse("[a](https://example.org)").includes('href="https://example.org"'));
});

test("an image becomes a link", () => {
  const html = dialect.parse("![A map](https://example.org/map.png)");
  assert.ok(!html.includes("<img"));
  assert.match(html, /<a href="https:\/\/example.org\/map.png"[^>]*>A map<\/a>/);
});

test("definitions are noticed", () => {
  assert.ok(hasDefinitions("See [it][1].\n\n[1]: https://example.org"));
  assert.ok(!hasDefinitions("a[1]: no"));
});
