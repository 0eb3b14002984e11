import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Path } from "../../static/js/path.js";

test("what could not be read is read again while the connection stands", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const connection = { isOpen: true };
  let asked = 0;
  globalThis.fetch = async () => {
    asked += 1;
    throw new TypeError("no network");
  };
  const path = new Path({
    connection, room: { conversationId: "c1" }, transcript: { lastId: "m1", byId: () => ({}) },
  });
  let isOver = false;
  path.exchange("m1").then(() => (isOver = true));
  const turn = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(15_000);
  };
  await turn();
  await turn();
  assert.ok(asked > 1, `asked ${asked} times`);
  assert.equal(isOver, false);
  connection.isOpen = false;
  await turn();
  await turn();
  assert.equal(isOver, true);
});
