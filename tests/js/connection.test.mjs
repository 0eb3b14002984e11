import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Connection } from "../../static/js/socket.js";
import { newStorage } from "./storage.mjs";

const flushed = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

test("where sockets are blocked, one request that fails is soon made good", async (t) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  t.after(() => mock.timers.reset());
  let isAway = false;
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
    fetch: async () => {
      if (isAway) throw new TypeError("no network");
      return { ok: true, json: async () => ({ conversations: [] }) };
    },
  });
  const connection = new Connection("wss://x", { storage: newStorage(), here: () => "c1" });
  const events = [];
  for (const name of ["open", "closed"]) {
    connection.addEventListener(name, () => events.push(name));
  }
  const pass = async (seconds) => {
    for (let at = 0; at < seconds * 2; at += 1) {
      mock.timers.tick(500);
      await flushed();
    }
  };
  connection.connect();
  await flushed();
  // Sockets are tried rarely by now.
  await pass(300);
  assert.equal(connection.isOpen, true);
  isAway = true;
  connection.send({ type: "stop", message_id: "m1" });
  await flushed();
  assert.equal(connection.isOpen, false);
  isAway = false;
  await pass(5);
  assert.equal(connection.isOpen, true);
  assert.equal(events.at(-1), "open");
});
