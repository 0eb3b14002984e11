import assert from "node:assert/strict";
import { test } from "node:test";

import { Feedback } from "../../static/js/feedback.js";

const form = { elements: { csrfmiddlewaretoken: { value: "token" } } };

function thumbs() {
  const sent = [];
  Object.assign(globalThis, {
    document: { querySelector: () => ({ dataset: {} }), getElementById: () => ({ dataset: {} }) },
    fetch: (address, { body }) => new Promise((answer) => sent.push([body.get("rating"), answer])),
  });
  const feedback = new Feedback({
    transcript: { element: new EventTarget() },
    room: { conversationId: "c1" },
    announcer: { say: () => {} },
  });
  const press = (actions) => {
    const dataset = { messageId: "m1" };
    const article = { dataset, querySelectorAll: () => [], querySelector: () => actions };
    return () => feedback.rate(article, { dataset: { rate: "1" } });
  };
  return { sent, press };
}

test("thumbs that are pressed in quick succession are sent one after the other", async () => {
  const { sent, press } = thumbs();
  const again = press(form);
  const pressed = [again(), again()];
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(sent.map(([rating]) => rating), ["1"]);
  sent[0][1]({ ok: true });
  await pressed[0];
  sent[1][1]({ ok: true });
  await pressed[1];
  assert.deepEqual(sent.map(([rating]) => rating), ["1", "0"]);
});

test("a thumb that could not be sent holds up no other", async () => {
  const { sent, press } = thumbs();
  await assert.rejects(press({})());
  const pressed = press(form)();
  await new Promise((resolve) => setImmediate(resolve));
  sent[0][1]({ ok: true });
  await pressed;
});
