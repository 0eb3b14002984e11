import assert from "node:assert/strict";
import { test } from "node:test";

import { Feedback } from "../../static/js/feedback.js";

test("thumbs that are pressed in quick succession are sent one after the other", async () => {
  const sent = [];
  Object.assign(globalThis, {
    document: { querySelector: () => ({ dataset: {} }), getElementById: () => ({ dataset: {} }) },
    fetch: (address, { body }) => new Promise((answer) => sent.push([body.get("rating"), answer])),
  });
  const article = {
    dataset: { messageId: "m1" },
    querySelectorAll: () => [],
    querySelector: () => ({ elements: { csrfmiddlewaretoken: { value: "token" } } }),
  };
  const feedback = new Feedback({
    transcript: { element: new EventTarget() },
    room: { conversationId: "c1" },
    announcer: { say: () => {} },
  });
  const button = { dataset: { rate: "1" } };
  const pressed = [feedback.rate(article, button), feedback.rate(article, button)];
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(sent.map(([rating]) => rating), ["1"]);
  sent[0][1]({ ok: true });
  await pressed[0];
  sent[1][1]({ ok: true });
  await pressed[1];
  assert.deepEqual(sent.map(([rating]) => rating), ["1", "0"]);
});
