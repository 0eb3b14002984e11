import assert from "node:assert/strict";
import { test } from "node:test";

import {
  fromSnapshot, isContinuable, isCut, isFinished, isRetryable, newReply, place, take,
} from "../../static/js/reply.js";

const chunk = (seq, chunk_type, content = "", metadata = {}) => ({
  seq, chunk_type, content, metadata,
});

const play = (...chunks) => chunks.reduce(take, newReply("r"));

test("tokens since the last reset are the text", () => {
  const reply = play(
    chunk(0, "start"), chunk(1, "token", "wrong"), chunk(2, "reset"),
    chunk(3, "token", "a\r\n"), chunk(4, "token", " b"),
  );
  assert.equal(reply.text, "a\r\n b");
  assert.equal(reply.seq, 4);
});

test("a chunk is next, a repeat, or behind a hole", () => {
  const reply = { ...newReply("r"), seq: 4 };
  assert.equal(place(reply, 5), "next");
  assert.equal(place(reply, 4), "repeat");
  assert.equal(place(reply, 0), "repeat");
  assert.equal(place(reply, 6), "hole");
});

test("an end gives the status and the figures", () => {
  const reply = play(chunk(0, "start"), chunk(1, "end", "", { status: "stopped", model: "m" }));
  assert.equal(reply.status, "stopped");
  assert.equal(reply.metadata.model, "m");
  assert.ok(isFinished(reply));
});

test("an error keeps the text and says whether to try again", () => {
  const reply = play(
    chunk(0, "start"), chunk(1, "token", "half"),
    chunk(2, "error", "No answer.", { code: "provider_timeout", retryable: true }),
  );
  assert.equal(reply.text, "half");
  assert.equal(reply.status, "failed");
  assert.equal(reply.error.sentence, "No answer.");
  assert.ok(isRetryable(reply));
});

test("what would fail the same way again is not offered again", () => {
  const reply = play(chunk(0, "error", "Refused.", { code: "blocked", retryable: false }));
  assert.ok(!isRetryable(reply));
});

test("an unknown chunk only moves the cursor", () => {
  const reply = play(chunk(0, "start"), chunk(1, "token", "a"), chunk(2, "of_tomorrow", "?"));
  assert.equal(reply.text, "a");
  assert.equal(reply.seq, 2);
});

test("the use of a tool shows until its result or the next word", () => {
  const using = play(chunk(0, "start"), chunk(1, "tool_call", "clock"));
  assert.equal(using.using, "clock");
  assert.equal(take(using, chunk(2, "tool_result", "12:00")).using, null);
  assert.equal(take(using, chunk(2, "token", "It is")).using, null);
});

test("taking a chunk does not change the reply it was taken from", () => {
  const before = newReply("r");
  take(before, chunk(0, "token", "a"));
  assert.equal(before.text, "");
});

test("a snapshot replaces what was known", () => {
  const known = play(chunk(0, "start"), chunk(1, "token", "ha"));
  const reply = fromSnapshot({ id: "r", status: "complete", content: "half", metadata: {} }, known);
  assert.equal(reply.text, "half");
  assert.equal(reply.status, "complete");
});

test("a snapshot of a reply in progress does not take text away", () => {
  const known = play(chunk(0, "start"), chunk(1, "token", "half"));
  assert.equal(fromSnapshot({ id: "r", status: "processing", content: "" }, known), known);
});

test("the first token tells who is speaking, a takeover that it is another attempt", () => {
  const reply = play(
    chunk(0, "start"), chunk(1, "token", "a", { provider: "p", model: "m" }), chunk(2, "token", "b"),
    chunk(3, "metadata", "", { attempt: 2 }),
  );
  assert.equal(reply.model, "m");
  assert.equal(reply.attempt, 2);
});

test("what broke off in its text can be continued", () => {
  const ended = (text, metadata) => play(chunk(0, "token", text), chunk(1, "end", "", metadata));
  assert.ok(isContinuable(ended("half", { status: "stopped" })));
  assert.ok(isContinuable(ended("half", { status: "complete", finish_reason: "length" })));
  assert.ok(!isContinuable(ended("whole", { status: "complete", finish_reason: "stop" })));
  assert.ok(!isContinuable(ended(" \n", { status: "stopped" })));
  assert.ok(!isContinuable(play(chunk(0, "token", "growing"))));
  const failed = (retryable) =>
    play(chunk(0, "token", "half"), chunk(1, "error", "No.", { code: "x", retryable }));
  assert.ok(isContinuable(failed(true)));
  assert.ok(!isContinuable(failed(false)));
});

test("only an answer that reached the longest length is cut", () => {
  const ended = (status, finish_reason) => play(chunk(0, "end", "", { status, finish_reason }));
  assert.ok(isCut(ended("complete", "length")));
  assert.ok(!isCut(ended("complete", "stop")));
  assert.ok(!isCut(ended("stopped", "length")));
  assert.ok(!isCut(play(chunk(0, "token", "growing"))));
});

test("what a model thinks is kept apart from what it says", () => {
  const thought = (seq, thinking) => chunk(seq, "metadata", "", { thinking });
  const reply = play(
    chunk(0, "start"), thought(1, "Hm, "), thought(2, "rivers."), chunk(3, "token", "Rivers"),
  );
  assert.equal(reply.text, "Rivers");
  assert.equal(reply.thinking, "Hm, rivers.");
  assert.equal(reply.attempt, 1);
  assert.equal(take(reply, chunk(4, "reset")).thinking, "");
  const saved = { id: "r", content: "Rivers", status: "complete", thinking: "Hm." };
  assert.equal(fromSnapshot(saved, reply).thinking, "Hm.");
});
