import assert from "node:assert/strict";
import { test } from "node:test";

import { Sending } from "../../static/js/sending.js";
import { Unsent } from "../../static/js/unsent.js";

// The page of a new conversation, and what waits to be sent.
function newConversation(...items) {
  const shown = [];
  const putBack = [];
  const parts = {
    room: { conversationId: null, enter: (id) => (parts.room.conversationId = id) },
    outbox: {
      find: (name) => items.find(({ clientId }) => clientId === name),
      of: (id) => items.filter(({ conversationId }) => conversationId === id),
      remove: (name) => items.splice(items.findIndex(({ clientId }) => clientId === name), 1),
    },
    transcript: {
      element: { toggleAttribute: () => {} },
      addQuestion: ({ clientId }) => shown.push(clientId),
      byClientId: () => null,
      isOnPage: (clientId) => shown.includes(clientId),
      get lastQuestion() {
        return shown.at(-1) ?? null;
      },
    },
    composer: { putBack: (...what) => putBack.push(what) },
    delivery: { acknowledged: () => {} },
    replies: { unfinished: [] },
    sidebar: { mark: () => {} },
  };
  parts.unsent = new Unsent(parts);
  parts.sending = new Sending(parts, parts.unsent);
  parts.sending.waiting = () => {};
  return { ...parts, shown, putBack };
}

const item = (clientId, more = {}) => ({ clientId, conversationId: null, message: clientId, ...more });
const start = (clientId, conversationId) => ({
  message_id: `r-${clientId}`, conversation_id: conversationId, metadata: { client_id: clientId },
});

test("of two new conversations that wait, a page becomes the one that it shows", () => {
  const { unsent, sending, shown, room, composer } = newConversation(item("1"), item("2"));
  unsent.restore();
  assert.deepEqual(shown, ["1"]);
  sending.acknowledged(start("2", "other"));
  assert.equal(room.conversationId, null);
  assert.equal(composer.busy, undefined);
  sending.acknowledged(start("1", "own"));
  assert.equal(room.conversationId, "own");
});

test("only what is on the page keeps it busy", () => {
  const { unsent, sending, composer, outbox } = newConversation(item("1"), item("2"));
  unsent.restore();
  sending.updateBusy();
  assert.equal(composer.busy, true);
  outbox.remove("1");
  sending.updateBusy();
  assert.equal(composer.busy, false);
});

test("what was written in a conversation that is gone comes back where one is", () => {
  const gone = item("1", { conversationId: "gone", refused: "There is none.", isNowhere: true });
  const kept = item("2", { conversationId: "there", refused: "Too long." });
  const { sending, outbox, putBack } = newConversation(gone, kept);
  sending.refused(gone);
  sending.refused(kept);
  assert.deepEqual(putBack, [["1", "There is none."]]);
  assert.equal(outbox.find("1"), undefined);
  assert.equal(outbox.find("2"), kept);
});
