import assert from "node:assert/strict";
import { test } from "node:test";

import { Unsent } from "../../static/js/unsent.js";

// A page with these messages, each the parent of the next.
function pageWith(...ids) {
  const articles = ids.map((messageId) => ({ dataset: { messageId } }));
  const transcript = {
    cutAfter: (afterId) => articles.splice(1 + ids.indexOf(afterId)),
    byId: () => null,
    addQuestion: () => null,
    addReply: () => null,
  };
  return new Unsent({ transcript });
}

const told = (id, parentId) => ({ id, parent_id: parentId });

test("all that gave way to an edited message is put aside when it is told once more", () => {
  const unsent = pageWith("q1", "a1", "q2", "a2");
  unsent.show({ clientId: "c1", message: "Otherwise?", parentId: "a1" });
  assert.equal(unsent.putAside(told("q2", "a1")), true);
  assert.equal(unsent.putAside(told("a2", "q2")), true);
  // What was said after it on another page meanwhile.
  assert.equal(unsent.putAside(told("q3", "a2")), true);
  assert.equal(unsent.putAside(told("a3", "q3")), true);
  assert.equal(unsent.putAside(told("a9", "q9")), false);
  unsent.settled("c1");
  assert.equal(unsent.putAside(told("q2", "a1")), false);
});

test("so is what came after an answer that is made anew", () => {
  const unsent = pageWith("q1", "a1", "q2", "a2");
  unsent.show({ clientId: "c1", kind: "regenerate", messageId: "a1", questionId: "q1" });
  const all = [["a1", "q1"], ["q2", "a1"], ["a2", "q2"]];
  assert.deepEqual(all.map(([id, parent]) => unsent.putAside(told(id, parent))), [true, true, true]);
});

test("where the first message is edited, everything gave way", () => {
  const unsent = pageWith("q1", "a1");
  unsent.show({ clientId: "c1", message: "Otherwise?", parentId: null });
  assert.equal(unsent.putAside(told("q1", null)), true);
  assert.equal(unsent.putAside(told("a1", "q1")), true);
});
