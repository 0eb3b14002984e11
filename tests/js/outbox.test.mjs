import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Delivery } from "../../static/js/delivery.js";
import { Outbox } from "../../static/js/outbox.js";
import { newStorage } from "./storage.mjs";

class FakeConnection {
  isOpen = true;
  sent = [];
  woken = 0;
  wake() {
    this.woken += 1;
  }
  send(frame) {
    if (this.isOpen) this.sent.push(frame);
    return this.isOpen;
  }
}

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

const item = { clientId: "c1", message: "Hello", conversationId: null };

function delivery(storage = newStorage()) {
  const connection = new FakeConnection();
  const outbox = new Outbox(storage, "p1");
  const events = [];
  const parts = new Delivery(connection, outbox);
  for (const name of ["sent", "waiting", "refused"]) {
    parts.addEventListener(name, (event) => events.push([name, event.detail.item.clientId]));
  }
  return { connection, outbox, events, delivery: parts };
}

test("an unacknowledged message survives a reload and keeps its client id", () => {
  const storage = newStorage();
  delivery(storage).delivery.submit(item);
  const again = delivery(storage);
  again.delivery.deliverAll();
  assert.deepEqual(again.connection.sent.map((frame) => frame.client_id), ["c1"]);
});

test("an acknowledged message is not sent again", () => {
  const storage = newStorage();
  const first = delivery(storage);
  first.delivery.submit(item);
  first.delivery.acknowledged("c1");
  const again = delivery(storage);
  again.delivery.deliverAll();
  assert.equal(again.connection.sent.length, 0);
});

test("somebody else in the same tab does not send it", () => {
  const storage = newStorage();
  delivery(storage).delivery.submit(item);
  assert.deepEqual(new Outbox(storage, "p2").items, []);
});

test("without a connection a message waits, and leaves when there is one", () => {
  const { connection, delivery: parts, events } = delivery();
  connection.isOpen = false;
  parts.submit(item);
  connection.isOpen = true;
  parts.deliverAll();
  assert.deepEqual(events, [["waiting", "c1"], ["sent", "c1"]]);
});

test("a send that is not acknowledged waits visibly, and the connection is asked", () => {
  const { connection, delivery: parts, events } = delivery();
  parts.submit(item);
  mock.timers.tick(10_000);
  assert.deepEqual(events, [["sent", "c1"], ["waiting", "c1"]]);
  assert.equal(connection.woken, 1);
});

test("an acknowledgement in time asks nothing", () => {
  const { connection, delivery: parts, events } = delivery();
  parts.submit(item);
  parts.acknowledged("c1");
  mock.timers.tick(10_000);
  assert.deepEqual(events, [["sent", "c1"]]);
  assert.equal(connection.woken, 0);
});

test("a busy server is asked again after its own delay", () => {
  const { connection, delivery: parts } = delivery();
  parts.submit(item);
  parts.refused({ code: "rate_limited", detail: "Wait.", retry_after: 3, client_id: "c1" });
  parts.deliverAll();
  assert.equal(connection.sent.length, 1);
  mock.timers.tick(3_000);
  assert.equal(connection.sent.length, 2);
});

test("a refused message is not sent again, and its text is kept", () => {
  const { delivery: parts, outbox, events } = delivery();
  parts.submit(item);
  assert.ok(parts.refused({ code: "message_too_long", detail: "Too long.", client_id: "c1" }));
  parts.deliverAll();
  assert.deepEqual(events, [["sent", "c1"], ["refused", "c1"]]);
  assert.equal(outbox.find("c1").refused, "Too long.");
});

test("an error about somebody else's frame is not ours", () => {
  assert.equal(delivery().delivery.refused({ code: "busy", detail: "" }), false);
});

test("only what never left can be taken back", () => {
  const { connection, delivery: parts } = delivery();
  parts.submit(item);
  assert.ok(!parts.withdraw("c1"));
  connection.isOpen = false;
  parts.submit({ ...item, clientId: "c2" });
  assert.ok(parts.withdraw("c2"));
});

test("a broken storage does not break the page", () => {
  const storage = newStorage();
  storage.setItem("outbox p1 ", "{not json");
  assert.deepEqual(new Outbox(storage, "p1").items, []);
});

test("a page of the tab that was gone back to takes nothing from the one after it", () => {
  const storage = newStorage();
  const [before, after] = [new Outbox(storage, "p1", "t"), new Outbox(storage, "p1", "t")];
  after.add({ ...item, clientId: "c2" });
  before.add(item);
  const kept = new Outbox(storage, "p1", "t").items.map(({ clientId }) => clientId);
  assert.deepEqual(kept.sort(), ["c1", "c2"]);
  assert.deepEqual(before.adopt(before.key).map(({ clientId }) => clientId), ["c2"]);
  before.remove("c1");
  before.remove("c2");
  assert.deepEqual(new Outbox(storage, "p1", "t").items, []);
});
