import assert from "node:assert/strict";
import { test } from "node:test";

import { Drafts } from "../../static/js/drafts.js";
import { charsLeft } from "../../static/js/length-limit.js";
import { newStorage } from "./storage.mjs";

test("a draft is kept for its conversation, and is gone when it is empty", () => {
  const storage = newStorage();
  new Drafts(storage, "p1").keep("c1", "half a thought");
  new Drafts(storage, "p1").keep(null, "a new one");
  assert.equal(new Drafts(storage, "p1").of("c1"), "half a thought");
  assert.equal(new Drafts(storage, "p1").of(null), "a new one");
  new Drafts(storage, "p1").keep("c1", " ");
  new Drafts(storage, "p1").keep(null, "");
  assert.equal(new Drafts(storage, "p1").of("c1"), "");
  assert.equal(Object.keys(storage).length, 0);
});

test("somebody else's drafts are not shown", () => {
  const storage = newStorage();
  new Drafts(storage, "p1").keep("c1", "mine");
  assert.equal(new Drafts(storage, "p2").of("c1"), "");
});

test("the oldest go when there are too many or too much", () => {
  const drafts = new Drafts(newStorage(), "p1");
  for (let at = 0; at < 30; at += 1) drafts.keep(`c${at}`, "text");
  assert.equal(drafts.of("c0"), "");
  assert.equal(drafts.of("c29"), "text");
  drafts.keep("long", "x".repeat(199_990));
  assert.equal(drafts.of("long").length, 199_990);
  assert.equal(drafts.of("c20"), "");
});

test("what is too long to be kept takes no other draft with it", () => {
  const drafts = new Drafts(newStorage(), "p1");
  drafts.keep("c1", "half a thought");
  drafts.keep("c2", "x".repeat(200_001));
  assert.equal(drafts.of("c1"), "half a thought");
  assert.equal(drafts.of("c2"), "");
});

test("a broken or full storage does not break the page", () => {
  const storage = newStorage();
  storage.setItem("drafts p1", "{not json");
  assert.equal(new Drafts(storage, "p1").of("c1"), "");
  storage.setItem = () => {
    throw new Error("full");
  };
  new Drafts(storage, "p1").keep("c1", "text");
});

test("characters are counted as the server counts them", () => {
  assert.equal(charsLeft("abc", 5), 2);
  assert.equal(charsLeft("🌊🌊🌊🌊", 3), -1);
  assert.equal(charsLeft("abcdef", 5), -1);
});
