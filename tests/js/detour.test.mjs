import assert from "node:assert/strict";
import { test } from "node:test";

import { delayBeside } from "../../static/js/backoff.js";
import { EventParser, chunkOf, requestOf, startOf } from "../../static/js/detour/events.js";

test("events are read wherever the text is cut, comments are not", () => {
  const text = 'retry: 1000\n\n:\n\nid: 0\ndata: {"type":"metadata","content":""}\n\nid: 1\n'
    + 'data: {"type":"token","content":"a\\nb"}\n\ndata: {"type":"error"}\n\nid: 2\ndata: {';
  for (let at = 0; at <= text.length; at += 1) {
    const parser = new EventParser();
    const events = [...parser.take(text.slice(0, at)), ...parser.take(text.slice(at))];
    assert.deepEqual(events.map(({ id }) => id), [0, 1, null]);
    assert.equal(events[1].data.content, "a\nb");
  }
});

test("an event is the chunk that the socket would have brought", () => {
  const data = { type: "complete", content: "", status: "stopped", seams: [] };
  assert.deepEqual(chunkOf({ id: 7, data }, "m", "c"), {
    type: "stream", chunk_type: "end", message_id: "m", conversation_id: "c", seq: 7,
    content: "", metadata: { status: "stopped", seams: [] },
  });
  const first = { type: "metadata", content: "", message_id: "m", client_id: "x" };
  assert.equal(chunkOf({ id: 0, data: first }, "m", "c").chunk_type, "start");
  assert.equal(chunkOf({ id: 3, data: { type: "metadata" } }, "m", "c").chunk_type, "metadata");
});

test("a send is found in its conversation by its name", () => {
  const question = { id: "q", role: "user", client_id: "x", parent_id: null, conversation_id: "c" };
  const reply = { id: "r", role: "assistant", client_id: null, parent_id: "q", conversation_id: "c" };
  const again = { ...reply, id: "r2", client_id: "y" };
  assert.equal(startOf([question], "x"), undefined);
  assert.equal(startOf([], "x"), undefined);
  const start = startOf([question, reply], "x");
  assert.deepEqual(
    [start.message_id, start.seq, start.metadata.client_id, start.metadata.user_message_id],
    ["r", 0, "x", "q"],
  );
  assert.equal(startOf([question, again], "y").message_id, "r2");
});

test("a frame becomes a request without what only the socket knows", () => {
  const chat = { type: "chat", stream: true, message: "Hi", client_id: "x", parent_id: null };
  assert.deepEqual(requestOf(chat), {
    path: "chat/stream", body: { message: "Hi", client_id: "x", parent_id: null },
  });
  assert.deepEqual(requestOf({ type: "regenerate", message_id: "m", client_id: "y", model: "auto" }), {
    path: "messages/m/regenerate", body: { client_id: "y", model: "auto" },
  });
});

test("a blocked socket is tried again, more and more rarely", () => {
  const delays = [0, 1, 2, 3, 10].map((attempt) => delayBeside(attempt, 0.5));
  assert.deepEqual(delays, [4_000, 8_000, 16_000, 32_000, 60_000]);
});
