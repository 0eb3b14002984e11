import assert from "node:assert/strict";
import { test } from "node:test";

import { frames } from "../../static/js/protocol.js";

const sent = (frame) => JSON.parse(JSON.stringify(frame));
const item = { clientId: "c", message: "Hello", conversationId: "v" };

test("a message goes to the end unless it says what it follows", () => {
  assert.ok(!("parent_id" in sent(frames.chat(item))));
  assert.equal(sent(frames.chat({ ...item, parentId: "r" })).parent_id, "r");
});

test("an edited first message follows nothing, and says so", () => {
  assert.equal(sent(frames.chat({ ...item, parentId: null })).parent_id, null);
});

test("another version and the rest of an answer name the reply and can be sent again", () => {
  for (const kind of ["regenerate", "continue"]) {
    assert.deepEqual(sent(frames[kind]({ clientId: "c", messageId: "r" })), {
      type: kind, message_id: "r", client_id: "c",
    });
  }
});

test("a message names the assistant that was chosen, and else none", () => {
  assert.ok(!("assistant_id" in sent(frames.chat(item))));
  assert.equal(sent(frames.chat({ ...item, assistantId: "a" })).assistant_id, "a");
});
