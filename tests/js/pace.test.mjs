import assert from "node:assert/strict";
import { test } from "node:test";

import { Pace } from "../../static/js/pace.js";

test("a steady text has a steady pace", () => {
  const pace = new Pace();
  let shown = null;
  for (let now = 0; now <= 10_000; now += 100) shown = pace.note(now * 0.2, now);
  assert.equal(shown, 50);
});

test("nothing is said before it is known", () => {
  const pace = new Pace();
  assert.equal(pace.note(0, 0), null);
  assert.equal(pace.note(40, 200), null);
});

test("what was there already is not counted", () => {
  const pace = new Pace();
  pace.note(0, 0);
  assert.equal(pace.note(50_000, 1_000), null);
});
