import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../static/js/placing.js";

const NOON = "2026-03-10T12:00:00+00:00";
const noon = Date.parse(NOON);
const hour = 3_600_000;
const conversation = (more) => ({ id: "1", title: "x", updated_at: NOON, ...more });

test("what was deleted or archived is taken out", () => {
  const known = { group: "today", updated: noon };
  assert.equal(placeOf(conversation({ deleted: true }), known, noon), "out");
  assert.equal(placeOf(conversation({ archived: true, pinned: true }), known, noon), "out");
});

test("a renamed conversation stays where it is", () => {
  assert.equal(placeOf(conversation(), { group: "week", updated: noon }, noon + hour), "stay");
  assert.equal(placeOf(conversation({ pinned: true }), { group: "pinned", updated: 0 }, 0), "stay");
});

test("what something was said in comes first today", () => {
  assert.equal(placeOf(conversation(), { group: "week", updated: noon - hour }, noon), "today");
});

test("a new conversation comes first today", () => {
  assert.equal(placeOf(conversation(), undefined, noon - hour), "today");
  assert.equal(placeOf({ id: "1", title: "x" }, undefined, noon), "today");
});

test("a pinned one goes to the others", () => {
  const known = { group: "today", updated: noon };
  assert.equal(placeOf(conversation({ pinned: true }), known, noon), "pinned");
  assert.equal(placeOf(conversation({ pinned: true }), undefined, noon), "pinned");
});

test("only the server knows where an old one goes back to", () => {
  assert.equal(placeOf(conversation(), { group: "pinned", updated: noon }, noon), "ask");
  assert.equal(placeOf(conversation({ archived: false }), undefined, noon + hour), "ask");
});
