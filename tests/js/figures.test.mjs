import assert from "node:assert/strict";
import { test } from "node:test";

import { figures } from "../../static/js/figures.js";

test("what is known is shown in one line", () => {
  const metadata = {
    model: "small", usage: { output_tokens: 118 }, processing_time_ms: 2449,
    tokens_per_second: 46.2, cost_usd: "0.00123",
  };
  assert.equal(figures(metadata, "tokens"), "small · 118 tokens · 2.4 s · 46 tok/s · $0.0012");
});

test("what is not known is left out", () => {
  const metadata = { model: "small", usage: { output_tokens: null }, cost_usd: null };
  assert.equal(figures(metadata, "tokens"), "small");
  assert.equal(figures({}, "tokens"), "");
});
