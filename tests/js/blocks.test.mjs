import assert from "node:assert/strict";
import { test } from "node:test";

import { Blocks } from "../../static/js/blocks.js";
import { dialect, lex } from "../../static/js/dialect.js";
import { loosened } from "../../static/js/open-list.js";

const TEXTS = {
  prose: "One.\n\nTwo *words*.\nStill two.\n\n# Three\nFour\n",
  "a list that goes on": "- a\n- b\n\n  more of b\n- c\n**bold** is still c\n\nAfter.\n",
  "nested lists": "1. one\n   - in\n   - side\n2. two\n\n   loose\n\n3. three\n\nEnd",
  "a list that ends in another": "- a\n- b\n* c\n* d\n1. e\n2. f\n\nEnd\n",
  "a list that becomes loose late": "- a\n- b **x**\n- [ ] c\n- [x] d\n  - in\n\n- e\n- f\n\nEnd",
  "a list with a rule": "- a\n- b\n---\n- c\n- - -\nText",
  "a list with a heading": "* a\n* b\n# Heading\n* c\n- d\n",
  "a list with code": "1. a\n   ```python\n   x = 1\n\n   y = 2\n   ```\n2. b\n\n       code\n3. c\n",
  "empty items": "- \n- a\n-\n- b\n\nEnd",
  "numbers from five": "5. a\n6. b\n7) c\n8) d\n",
  code: "Look:\n\n```python\na = 1\n\n\nb = 2\n```\n\nDone.\n\n    indented\n\n    code\n\nEnd.",
  "code that is not closed": "```js\nlet a;\n``\n```x\n  ``\n\n",
  "code in long fences": "`````md\n```\ninner\n```\n`````\n~~~\na\n```\n~~~~\nEnd\n```\n```\nafter",
  "code that ends at once": "```\n```\n\n```a\n\n```\nx\n``` \ny",
  "an indented fence": "  ```\n  a\n   b\n c\n  ```\nEnd",
  "a table": "Before\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n| 3 | *4* |\n\nAfter | no table\n",
  "a table that runs on": "a | b\n--|--\n1 | 2\nplain\n- list\n\nx | y\n-|-\n1|2\n# Head\nend",
  "a table before code": "|a|\n|-|\n|b|\n```\n|c|\n```\n|d|\n|-|\n> quote",
  "a table without rows": "|a|b|\n|-|-|\n\nText\n\n|a|b|\n|-|-|",
  "a heading underlined": "Title\n=====\n\nText\n---\n\nMore\n\n---\n\nEnd",
  quotes: "> one\n> two\nlazy\n\n> three\n> - a\n> - b\n\nfour",
  html: "<div>\n<b>x</b>\n</div>\n\nA <script>alert(1)</script> b<br>c\n\n<!-- no -->\n",
  formulas: "So $a$ and\n\n$$\nx\n+ y\n$$\n\n- \\(b\\)\n- \\[\n  c\n  \\]\n\nText\n\\[\nd\n\\]\nEnd $5",
  "a table with separators": "|a|b|\n|-|-|\n|1|\u2028\n\u2028 c\n\u2028\n|2|3|\u2029\n\nEnd",
  "a table and an empty item": "|a|b|\n|-|-|\n|1|2|\nc\n-\n\n|a|\n|-|\n|1|\n2. two\n",
  "carriage returns": "One\r\n\r\nTwo\r\n\r\n```\r\ncode\r\n```\r\n- a\r\n- b\r\n\r\n|a|\r\n|-|\r\n|b|\r\n",
};

// What a view makes of the steps, as HTML.
class Page {
  html = "";
  growing = null;
  rest = [];

  take(steps) {
    for (const step of steps) this[step.type](step);
  }

  closed({ tokens }) {
    this.html += dialect.parser(tokens);
    this.rest = [];
  }

  begin({ kind, token }) {
    this.growing = { kind, token, closed: [], open: [], isLoose: false };
    this.rest = [];
  }

  code({ text }) {
    this.growing.token.text += text;
  }

  items({ closed, open, isLoose }) {
    this.growing.closed.push(...closed.items);
    Object.assign(this.growing, { open: open.items, isLoose });
  }

  rows({ closed, open }) {
    this.growing.closed.push(...(closed?.rows ?? []));
    this.growing.open = open?.rows ?? [];
  }

  end() {
    assert.deepEqual(this.growing.open, []);
    this.html += this.grown();
    this.growing = null;
    this.rest = [];
  }

  tail({ tokens }) {
    this.rest = tokens;
  }

  grown() {
    if (!this.growing) return "";
    const { kind, token, closed, open, isLoose } = this.growing;
    const parts = [...closed, ...open];
    if (kind === "code") return dialect.parser([token]);
    if (kind === "table") return dialect.parser([{ ...token, rows: parts }]);
    const items = isLoose ? parts.map(loosened) : parts;
    return dialect.parser([{ ...token, loose: isLoose, items }]);
  }

  whole() {
    return this.html + this.grown() + dialect.parser(this.rest);
  }
}

function inPieces(text, ends) {
  const blocks = new Blocks();
  const page = new Page();
  for (const end of ends) page.take(blocks.advance(text.slice(0, end)));
  page.take(blocks.advance(text, true));
  return page.whole();
}

function everyFew(text, length) {
  return Array.from({ length: Math.ceil(text.length / length) }, (_, at) => at * length);
}

// Line ends between tags are of no account, nor is the one in a code block of one empty line.
function plain(html) {
  return html.replace(/\n+/g, "\n").replace(/<code>\n<\/code>/g, "<code></code>");
}

for (const [name, text] of Object.entries(TEXTS)) {
  test(`${name}: in pieces it becomes what it is as a whole`, () => {
    const whole = plain(dialect.parser(lex(text)));
    for (const length of [1, 2, 3, 5, 8, 13, 1000]) {
      assert.equal(plain(inPieces(text, everyFew(text, length))), whole, `pieces of ${length}`);
    }
  });
}

const LINES = [
  "", "", "", "text", "**bold** `code`", "- item", "  - nested", "* star", "1. one", "2. two",
  "   continued", "- [ ] task", "# Head", "| a | b |", "|---|---|", "| 1 | 2 |", "```", "```js",
  "    indented", "> quote", "---", "===", "$$", "x $y$ z", "\\[", "\\]", "<b>html</b>", "a | b",
  "-|-", "~~~", "-", "1)", "> - quoted", "   ```", "![i](https://a.b/c)", "\u2028", "| 3 | 4 \u2028", "2. ",
];

function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * sides);
  };
}

test("a thousand thrown texts become in pieces what they are as a whole", () => {
  for (let seed = 1; seed <= 1000; seed += 1) {
    const roll = dice(seed);
    const text = Array.from({ length: 3 + roll(14) }, () => LINES[roll(LINES.length)]).join("\n");
    const ends = Array.from(text, (_, at) => at).filter(() => roll(3) === 0);
    assert.equal(plain(inPieces(text, ends)), plain(dialect.parser(lex(text))), JSON.stringify(text));
  }
});

test("a finished block is handed out once", () => {
  const blocks = new Blocks();
  const raws = (text) =>
    blocks.advance(text).filter(({ type }) => type === "closed").map(({ raw }) => raw).join("");
  assert.equal(raws("One.\n\nTwo.\n\nThree"), "One.\n\n");
  assert.ok(!raws("One.\n\nTwo.\n\nThree and\n\nfour").includes("One"));
});

test("a list that comes together with what follows it is handed out once, too", () => {
  const blocks = new Blocks();
  const items = (text) =>
    blocks.advance(text).flatMap((step) => (step.type === "items" ? step.closed.items : []));
  assert.equal(items("- one\n- two\n- three\n\nAnd").length, 2);
  assert.equal(items("- one\n- two\n- three\n\nAnd more").length, 0);
});

const LONG = {
  paragraphs: "A paragraph of some words.\n\n".repeat(2000),
  "one list": "- an item of some words\n".repeat(2000),
  "one table": `| a | b |\n|---|---|\n${"| 1 | 2 |\n".repeat(2000)}`,
  "one code block": `\`\`\`js\n${"let a = 1;\n".repeat(2000)}`,
  "one paragraph": "some words and no end ".repeat(3000),
  "one quotation": "> some words\n".repeat(4000),
  "one item": `- begin\n${"  - nested\n".repeat(4000)}`,
};

for (const [name, text] of Object.entries(LONG)) {
  test(`a long text costs its end, not its length: ${name}`, () => {
    const blocks = new Blocks();
    blocks.advance(text);
    const size = JSON.stringify(blocks.advance(`${text}And`)).length;
    assert.ok(size < 400_000, `${size} characters of steps`);
    const began = performance.now();
    for (let length = 1; length <= 50; length += 1) blocks.advance(text + "x".repeat(length));
    assert.ok((performance.now() - began) / 50 < 40);
  });
}

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

test("definitions are remembered, the first of a name counts", () => {
  const blocks = new Blocks();
  blocks.advance("See [it][1].\n\n[1]: https://example.org\n[1]: https://other.org\n\nEnd\n\nx", true);
  assert.equal(blocks.links["1"].href, "https://example.org");
  const html = dialect.parser(lex("See [it][1].", { ...blocks.links }));
  assert.match(html, /href="https:\/\/example.org"/);
});
