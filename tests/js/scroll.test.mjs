import assert from "node:assert/strict";
import { test } from "node:test";

import { isAtEnd } from "../../static/js/scroll.js";

test("at the end, and a little above it, the text is followed", () => {
  assert.ok(isAtEnd({ scrollTop: 500, clientHeight: 500, scrollHeight: 1000 }));
  assert.ok(isAtEnd({ scrollTop: 460, clientHeight: 500, scrollHeight: 1000 }));
});

test("a reader further up is left alone", () => {
  assert.ok(!isAtEnd({ scrollTop: 300, clientHeight: 500, scrollHeight: 1000 }));
});

test("what fits without scrolling is at its end", () => {
  assert.ok(isAtEnd({ scrollTop: 0, clientHeight: 500, scrollHeight: 400 }));
});
