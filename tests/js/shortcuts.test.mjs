import assert from "node:assert/strict";
import { test } from "node:test";

import { SHORTCUTS, keysOf, shortcutOf } from "../../static/js/shortcuts-table.js";

const NONE = { altKey: false, shiftKey: false, ctrlKey: false, metaKey: false };
const press = (event, state = {}) => shortcutOf({ ...NONE, ...event }, { isTyping: false, ...state });

test("a question mark opens the list, but not while typing", () => {
  assert.equal(press({ key: "?", shiftKey: true }).name, "help");
  assert.equal(press({ key: "?", shiftKey: true }, { isTyping: true }), undefined);
  assert.equal(press({ key: "?", shiftKey: true }, { areSinglesOn: false }), undefined);
});

test("letters are named by their place: an option key writes another character", () => {
  const event = { key: "˜", code: "KeyN", altKey: true, shiftKey: true };
  assert.equal(press(event, { isTyping: true }).name, "new");
});

test("escape stops, with shift it leads to the box", () => {
  assert.equal(press({ key: "Escape" }).name, "stop");
  assert.equal(press({ key: "Escape", shiftKey: true }, { isTyping: true }).name, "box");
});

test("an input method's keys are its own", () => {
  assert.equal(press({ key: "Escape", isComposing: true }), undefined);
  assert.equal(press({ key: "Escape", keyCode: 229 }), undefined);
});

test("no two shortcuts have the same keys, none takes one of the browser's modifiers", () => {
  const keys = SHORTCUTS.map((each) => keysOf(each).join("+"));
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(press({ key: "n", code: "KeyN", altKey: true, shiftKey: true, ctrlKey: true }), undefined);
});
