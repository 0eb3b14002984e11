import assert from "node:assert/strict";
import { test } from "node:test";

import { backoff, delayAfter } from "../../static/js/backoff.js";

test("delays grow, and stay under fifteen seconds", () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 20].map((attempt) => backoff(attempt, 1));
  assert.deepEqual(delays, [...delays].sort((a, b) => a - b));
  assert.equal(delays.at(-1), 15_000);
});

test("half of a delay is left to chance", () => {
  assert.equal(backoff(3, 0) * 2, backoff(3, 1));
});

test("an instance that goes away is left at once", () => {
  for (const code of [1001, 1012, 4012]) assert.ok(delayAfter(code, 0, 1) <= 250);
});

test("a second failure in a row backs off, whatever the code", () => {
  assert.ok(delayAfter(1012, 3, 0.5) > 1_000);
});

test("after a flood there is a rest", () => {
  assert.ok(delayAfter(4008, 0, 0) >= 5_000);
});
