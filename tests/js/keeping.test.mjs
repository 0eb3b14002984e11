import assert from "node:assert/strict";
import { test } from "node:test";

import { Keeping } from "../../static/js/keeping.js";

// A browser with these parts of a service worker; gives what the worker was told.
function browser(t, { controller = null, active = null, ...parts }) {
  const told = [];
  const worker = { postMessage: (message) => told.push(message) };
  const workers = {
    addEventListener: () => {},
    register: async () => {},
    getRegistration: async () => ({ active: active && worker, update: async () => {} }),
    controller: controller && worker,
    ...parts,
  };
  const replaced = {
    navigator: { serviceWorker: workers },
    document: {
      documentElement: { dataset: {}, lang: "en" },
      readyState: "complete",
      addEventListener: () => {},
    },
    requestIdleCallback: (begin) => begin(),
  };
  for (const [name, value] of Object.entries(replaced)) {
    const earlier = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true });
    t.after(() => {
      if (earlier) Object.defineProperty(globalThis, name, earlier);
      else delete globalThis[name];
    });
  }
  return told;
}

const turns = () => new Promise((resolve) => setImmediate(resolve));
const types = (told) => told.map(({ type }) => type);

test("a page tells that it is here, although registering is never answered", async (t) => {
  const told = browser(t, { controller: true, register: () => new Promise(() => {}) });
  new Keeping({ conversationId: "c1" }, { isOpen: true });
  await turns();
  assert.deepEqual(types(told), ["here"]);
  assert.equal(told[0].path, "/chat/c1/");
});

test("a page that is in no worker's charge tells the one that there is", async (t) => {
  const told = browser(t, { active: true });
  const keeping = new Keeping({ conversationId: "c1" }, { isOpen: true });
  keeping.heard({ id: "c2", deleted: true });
  await turns();
  assert.deepEqual(types(told), ["here", "deleted"]);
});

test("a browser that may store nothing is left alone", async (t) => {
  const refused = async () => {
    throw new Error("SecurityError");
  };
  const told = browser(t, { register: refused, getRegistration: refused });
  const keeping = new Keeping({ conversationId: null }, { isOpen: true });
  await keeping.connected();
  await turns();
  assert.deepEqual(told, []);
});
