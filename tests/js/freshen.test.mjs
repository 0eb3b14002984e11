import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { current } from "../../static/js/freshen.js";

const PARTS = {
  connection: { isOpen: true },
  room: { person: "p1", conversationId: "c1", rename: () => {} },
  sidebar: { refresh: () => {} },
};
const page = {
  ok: true, status: 200, redirected: false, text: async () => "",
  headers: new Map([["X-Keep-For", "p1"], ["X-Shell", "s1"]]),
};
let loadedAnew;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  loadedAnew = 0;
  PARTS.connection.isOpen = true;
  Object.assign(globalThis, {
    document: {
      documentElement: { dataset: { kept: "2026-11-22", shell: "s1" } },
      querySelectorAll: () => [],
    },
    location: { pathname: "/chat/c1/", reload: () => (loadedAnew += 1) },
    DOMParser: class {
      parseFromString = () => ({
        querySelector: () => ({ value: "token" }), getElementById: () => ({ textContent: "" }),
      });
    },
  });
});
afterEach(() => mock.timers.reset());

const turns = () => new Promise((resolve) => setImmediate(resolve));

function answering(...answers) {
  globalThis.fetch = async () => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

test("who could not ask before the connection went asks with the next one", async () => {
  answering(new TypeError("no network"), page);
  const first = current(PARTS);
  await turns();
  PARTS.connection.isOpen = false;
  mock.timers.tick(2_000);
  assert.equal(await first, false);
  PARTS.connection.isOpen = true;
  assert.equal(await current(PARTS), true);
  assert.equal(document.documentElement.dataset.kept, undefined);
});

test("an answer that breaks off is asked for again", async () => {
  const broken = { ...page, text: async () => Promise.reject(new TypeError("cut")) };
  answering(broken, { ...page, status: 502 }, page);
  const asking = current(PARTS);
  for (let times = 0; times < 2; times += 1) {
    await turns();
    mock.timers.tick(2_000);
  }
  assert.equal(await asking, true);
});

test("where another person's page comes, this one goes", async () => {
  answering({ ...page, headers: new Map([["X-Keep-For", "p2"], ["X-Shell", "s1"]]) });
  assert.equal(await current(PARTS), false);
  assert.equal(loadedAnew, 1);
});
