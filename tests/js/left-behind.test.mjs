import assert from "node:assert/strict";
import { test } from "node:test";

import { LeftBehind } from "../../static/js/left-behind.js";
import { Outbox, tabName } from "../../static/js/outbox.js";
import { newStorage } from "./storage.mjs";

// As the browser's: one holder per name, over all tabs.
class Locks {
  held = new Set();
  async request(name, { ifAvailable }, work) {
    assert.ok(ifAvailable);
    if (this.held.has(name)) return work(null);
    this.held.add(name);
    try {
      return await work({ name });
    } finally {
      this.held.delete(name);
    }
  }
}

function tab(name, storage, locks) {
  const own = newStorage();
  own.setItem("tab", name);
  const outbox = new Outbox(storage, "p1", name);
  const left = new LeftBehind(outbox, { locks, storage: own });
  outbox.addEventListener("changed", () => left.update());
  left.update();
  return { outbox, left, own };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const item = { clientId: "c1", message: "Hello", conversationId: null };

test("what a closed tab has left is taken over once", async () => {
  const storage = newStorage();
  new Outbox(storage, "p1", "closed").add(item);
  const locks = new Locks();
  const [first, second] = [tab("a", storage, locks), tab("b", storage, locks)];
  const found = await Promise.all([first.left.collect(), second.left.collect()]);
  assert.deepEqual(found.flat().map(({ clientId }) => clientId), ["c1"]);
  assert.equal([...first.outbox.items, ...second.outbox.items].length, 1);
});

test("a tab that lives keeps what is its own, and no lock once it is sent", async () => {
  const storage = newStorage();
  const locks = new Locks();
  const [first, second] = [tab("a", storage, locks), tab("b", storage, locks)];
  first.outbox.add(item);
  assert.deepEqual(await second.left.collect(), []);
  first.outbox.remove("c1");
  await settled();
  assert.equal(locks.held.size, 0);
});

test("a copy of a tab gets a name of its own", async () => {
  const storage = newStorage();
  const locks = new Locks();
  const first = tab("a", storage, locks);
  first.outbox.add(item);
  const copy = tab("a", storage, locks);
  await settled();
  assert.notEqual(copy.outbox.key, first.outbox.key);
  assert.notEqual(copy.own.getItem("tab"), "a");
});

test("a copy of a tab takes nothing from the first one", async () => {
  const storage = newStorage();
  const locks = new Locks();
  const [first, copy] = [tab("a", storage, locks), tab("a", storage, locks)];
  first.outbox.add(item);
  await settled();
  copy.outbox.add({ ...item, clientId: "c2" });
  await settled();
  const kept = (outbox) => JSON.parse(storage[outbox.key]).map(({ clientId }) => clientId);
  assert.deepEqual(kept(first.outbox), ["c1"]);
  assert.deepEqual(kept(copy.outbox), ["c2"]);
});

test("somebody else's messages are left alone", async () => {
  const storage = newStorage();
  new Outbox(storage, "p2", "closed").add(item);
  assert.deepEqual(await tab("a", storage, new Locks()).left.collect(), []);
});

test("without locks nothing is taken from anybody", async () => {
  const storage = newStorage();
  new Outbox(storage, "p1", "closed").add(item);
  const outbox = new Outbox(storage, "p1", "a");
  const left = new LeftBehind(outbox, { locks: null, storage: newStorage() });
  left.update();
  assert.deepEqual(await left.collect(), []);
});

test("a message that is a month old does not go out by itself", () => {
  const storage = newStorage();
  new Outbox(storage, "p1", "a").add({ ...item, at: Date.now() - 31 * 24 * 3600 * 1000 });
  assert.deepEqual(new Outbox(storage, "p1", "a").items, []);
});

test("a tab's name survives a reload", () => {
  const own = newStorage();
  assert.equal(tabName(own, () => "n1"), "n1");
  assert.equal(tabName(own, () => "n2"), "n1");
});
