import assert from "node:assert/strict";
import { test } from "node:test";

import { DraftKeeper } from "../../static/js/draft-keeper.js";
import { Drafts } from "../../static/js/drafts.js";
import { newStorage } from "./storage.mjs";

globalThis.addEventListener ??= () => {};

function tab(storage, conversationId = "c1") {
  const drafts = new Drafts(storage, "p1");
  const box = Object.assign(new EventTarget(), { value: drafts.of(conversationId) });
  const room = { conversationId };
  return { box, room, keeper: new DraftKeeper(box, drafts, room) };
}

const kept = (storage, conversationId = "c1") => new Drafts(storage, "p1").of(conversationId);

test("a tab in which nothing was typed leaves another tab's draft alone", () => {
  const storage = newStorage();
  const [first, second] = [tab(storage), tab(storage)];
  first.box.value = "a long thought";
  first.keeper.save();
  second.keeper.save();
  assert.equal(kept(storage), "a long thought");
});

test("what was sent elsewhere does not come back as a draft", () => {
  const storage = newStorage();
  new Drafts(storage, "p1").keep("c1", "half a thought");
  const [first, second] = [tab(storage), tab(storage)];
  first.box.value = "";
  first.keeper.save();
  second.keeper.save();
  assert.equal(kept(storage), "");
});

test("what was typed here stays, whatever another tab has kept since", () => {
  const storage = newStorage();
  const [first, second] = [tab(storage), tab(storage)];
  for (const [{ box, keeper }, text] of [[first, "a long thought"], [second, "another"]]) {
    box.value = text;
    box.dispatchEvent(new Event("input"));
    keeper.save();
  }
  assert.equal(kept(storage), "another");
  // It is left: what stands in its box is what is there after a reload.
  first.keeper.save();
  assert.equal(kept(storage), "a long thought");
  first.box.value = "";
  first.keeper.save();
  first.keeper.save();
  assert.equal(kept(storage), "");
});

test("what was typed is kept, changed and taken away", () => {
  const storage = newStorage();
  const { box, keeper } = tab(storage);
  for (const text of ["one", "one and two", ""]) {
    box.value = text;
    keeper.save();
    assert.equal(kept(storage), text);
  }
});

test("a draft goes with its conversation when that gets its id", () => {
  const storage = newStorage();
  const { box, room, keeper } = tab(storage, null);
  box.value = "the next question";
  keeper.save();
  room.conversationId = "c1";
  keeper.save();
  assert.equal(kept(storage, null), "");
  assert.equal(kept(storage), "the next question");
});

test("who signs out leaves no draft that another tab has just written", () => {
  const storage = newStorage();
  const { box, keeper } = tab(storage);
  new Drafts(storage, "p1").keep("c2", "elsewhere");
  box.value = "only mine";
  box.dispatchEvent(new Event("input"));
  keeper.save();
  keeper.forget();
  keeper.save();
  assert.equal(kept(storage), "");
  assert.equal(kept(storage, "c2"), "elsewhere");
});
