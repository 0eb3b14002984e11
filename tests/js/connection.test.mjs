import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Connection } from "../../static/js/socket.js";
import { newStorage } from "./storage.mjs";

const flushed = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

// A page whose sockets are blocked; `answers` is asked whether a request comes through.
function blocked(t, answers) {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  t.after(() => mock.timers.reset());
  const asked = [];
  Object.assign(globalThis, {
    document: { hidden: false, querySelector: () => ({ value: "token", dataset: {} }) },
    location: { href: "https://chat.example/chat/", reload: () => {} },
    WebSocket: class {
      static OPEN = 1;
      static CONNECTING = 0;
      readyState = 0;
      constructor() {
        queueMicrotask(() => this.onclose({ code: 1006 }));
      }
    },
    fetch: async (address, { method }) => {
      asked.push(method);
      if (!answers(method)) throw new TypeError("no network");
      return { ok: true, json: async () => ({ conversations: [] }) };
    },
  });
  const connection = new Connection("wss://x", { storage: newStorage(), here: () => "c1" });
  const pass = async (seconds) => {
    await flushed();
    for (let at = 0; at < seconds * 10; at += 1) {
      mock.timers.tick(100);
      await flushed();
    }
  };
  return { connection, asked, pass };
}

const wish = { type: "stop", message_id: "m1" };

test("where sockets are blocked, one request that fails is soon made good", async (t) => {
  let isAway = false;
  const { connection, pass } = blocked(t, () => !isAway);
  connection.connect();
  // Sockets are tried rarely by now.
  await pass(300);
  assert.equal(connection.isOpen, true);
  isAway = true;
  connection.send(wish);
  await flushed();
  assert.equal(connection.isOpen, false);
  isAway = false;
  await pass(5);
  assert.equal(connection.isOpen, true);
});

test("what opens and breaks at once is tried more and more rarely", async (t) => {
  const { connection, asked, pass } = blocked(t, (method) => method !== "POST");
  connection.addEventListener("open", () => connection.send(wish));
  connection.connect();
  await pass(120);
  const wishes = asked.filter((method) => method === "POST").length;
  assert.ok(wishes > 3, `${wishes} wishes`);
  assert.ok(wishes < 25, `${wishes} wishes`);
});
