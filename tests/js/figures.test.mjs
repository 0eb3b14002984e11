import assert from "node:assert/strict";
import { test } from "node:test";

import { figures, headline } from "../../static/js/figures.js";

const METADATA = {
  model: "small", usage: { input_tokens: 30, output_tokens: 118 }, first_token_ms: 210,
  processing_time_ms: 2449, tokens_per_second: 46.2, cost_usd: "0.00123",
};

test("what a reply took has a value each", () => {
  assert.deepEqual(figures(METADATA), {
    model: "small", first: "0.2\u00a0s", time: "2.4\u00a0s", read: "30", cached: "", written: "118",
    speed: "46",
    cost: "$0.0012", saved: "", vain: "",
  });
});

test("models that were asked in vain are named once, those passed over are not", () => {
  const tried = [
    { model: "large", ms: 20 }, { model: "large", ms: 20 }, { model: "shut", ms: null },
    { model: "slow", ms: 900 }, { model: "small", ms: 300 },
  ];
  assert.equal(figures({ ...METADATA, tried }).vain, "large, slow");
});

test("the line that is always there is short", () => {
  assert.equal(headline(figures(METADATA)), "small · 2.4\u00a0s");
});

test("what is not known is left out", () => {
  const values = figures({ model: "small", usage: { output_tokens: null }, cost_usd: null });
  assert.deepEqual(Object.values(values).filter(Boolean), ["small"]);
  assert.equal(headline(figures({})), "");
});

test("a cost is never shown as nothing", () => {
  assert.equal(figures({ cost_usd: "0.000001" }).cost, "$0.0001");
});

test("a time is never shown as nothing", () => {
  const { first, time } = figures({ first_token_ms: 0, processing_time_ms: 99 });
  assert.deepEqual([first, time], ["<\u00a00.1\u00a0s", "<\u00a00.1\u00a0s"]);
  assert.equal(figures({ processing_time_ms: 100 }).time, "0.1\u00a0s");
});

test("numbers are written as the page's language writes them", () => {
  const values = figures({ ...METADATA, usage: { input_tokens: 12345, output_tokens: 1234 } }, "de");
  assert.deepEqual(values, {
    model: "small", first: "0,2\u00a0s", time: "2,4\u00a0s", read: "12.345", cached: "", written: "1.234",
    speed: "46", cost: "0,0012\u00a0$", saved: "", vain: "",
  });
});

test("what the providers' caches have saved is the sum of all that were asked", () => {
  const tried = [{ model: "large", saved_usd: "-0.001" }, { model: "small", saved_usd: "0.0311" }];
  const usage = { input_tokens: 12000, cached_tokens: 11000, output_tokens: 40 };
  const values = figures({ ...METADATA, usage, tried });
  assert.deepEqual([values.cached, values.saved], ["11,000", "$0.0301"]);
  assert.equal(figures({ ...METADATA, tried: tried.slice(0, 1) }).saved, "");
});
