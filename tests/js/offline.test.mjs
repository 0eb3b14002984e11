import assert from "node:assert/strict";
import { test } from "node:test";

import { KeptPages } from "../../static/js/offline/pages.js";
import {
  PAGES_MAX, conversationIn, isUnreachable, kindOf, known, lessonOf, shellsInUse, touched,
} from "../../static/js/offline/rules.js";
import { serve } from "../../static/js/offline/worker.js";

const ID = "0193a1de-7f00-7000-8000-00000000000a";
const OTHER = "0193a1de-7f00-7000-8000-00000000000b";
const place = { origin: "https://chat.example", static: "/static/" };

function kind(path, { method = "GET", mode = "navigate", origin = place.origin } = {}) {
  return kindOf({ method, mode, url: origin + path }, place);
}

test("which request is answered how", () => {
  assert.equal(kind("/"), "home");
  assert.equal(kind("/chat/"), "kept");
  assert.equal(kind("/chat/?message=hello"), "kept");
  assert.equal(kind(`/chat/${ID}/?at=${OTHER}`), "kept");
  assert.equal(kind("/static/js/app.js", { mode: "cors" }), "file");
  for (const path of ["/settings/", "/chat/archive/", "/chat/search/?q=a", "/sign-in/"]) {
    assert.equal(kind(path), "page", path);
  }
});

test("what is none of its business is not touched", () => {
  for (const path of [
    "/admin/", "/api/v1/chat", "/v1/models", "/ws/chat/", "/share/secret/", "/healthz",
    `/chat/${ID}/export.md`, `/chat/${ID}/export.json`, "/static/admin/css/base.css",
  ]) {
    assert.equal(kind(path), null, path);
  }
  assert.equal(kind("/chat/", { method: "POST" }), null);
  assert.equal(kind("/chat/", { method: "HEAD", mode: "cors" }), null);
  assert.equal(kind(`/chat/${ID}/path/`, { mode: "cors" }), null);
  assert.equal(kind("/static/js/app.js", { origin: "https://elsewhere.example" }), null);
});

function lesson(path, { status = 200, type = "basic", person = "p1" } = {}) {
  const headers = new Headers(person ? { "X-Keep-For": person } : {});
  return lessonOf({ status, type, headers }, place.origin + path);
}

test("what an answer says about what is kept", () => {
  assert.equal(lesson(`/chat/${ID}/`), "keep");
  assert.equal(lesson(`/chat/${ID}/`, { person: "" }), null);
  assert.equal(lesson(`/chat/${ID}/?at=${OTHER}`), null);
  assert.equal(lesson("/settings/"), null);
  for (const status of [403, 404, 410]) assert.equal(lesson(`/chat/${ID}/`, { status }), "gone");
  for (const status of [429, 500, 503]) assert.equal(lesson(`/chat/${ID}/`, { status }), null);
  assert.equal(lesson(`/chat/${ID}/`, { status: 0, type: "opaqueredirect" }), "signed out");
  assert.equal(lesson("/", { status: 0, type: "opaqueredirect" }), null);
  for (const path of ["/sign-in/", "/sign-up/"]) {
    assert.equal(lesson(path, { person: "" }), "signed out");
  }
});

test("only a balancer without a server behind it counts as no answer", () => {
  assert.deepEqual([502, 503, 504].filter((status) => !isUnreachable({ status })), []);
  assert.deepEqual([0, 200, 403, 404, 500].filter((status) => isUnreachable({ status })), []);
});

const entry = (path, more = {}) => ({ path, title: path, shell: "v1", at: "", ...more });

test("the least recently seen pages leave", () => {
  let entries = [];
  for (let index = 0; index < PAGES_MAX; index += 1) {
    ({ entries } = touched(entries, entry(`/${index}`)));
  }
  ({ entries } = touched(entries, entry("/0")));
  const { entries: kept, dropped } = touched(entries, entry("/new"));
  assert.equal(kept.length, PAGES_MAX);
  assert.deepEqual([kept[0].path, kept[1].path], ["/new", "/0"]);
  assert.deepEqual(dropped.map(({ path }) => path), ["/1"]);
});

test("files of the newest versions are kept, and no page without its files", () => {
  const entries = ["v3", "v2", "v3", "v1"].map((shell, index) => entry(`/${index}`, { shell }));
  const { shells, dropped } = shellsInUse(entries, "v4", 3);
  assert.deepEqual([...shells], ["v4", "v3", "v2"]);
  assert.deepEqual(dropped.map(({ shell }) => shell), ["v1"]);
});

test("conversations that are gone leave, others get their present titles", () => {
  const all = [entry("/chat/"), entry(`/chat/${ID}/`), entry(`/chat/${OTHER}/`)];
  const { entries, dropped } = known(all, { [ID]: "Renamed" });
  assert.deepEqual(entries.map(({ title }) => title), ["/chat/", "Renamed"]);
  assert.deepEqual(dropped.map(({ path }) => conversationIn(path)), [OTHER]);
});

class FakeCaches {
  caches = new Map();
  keys = async () => [...this.caches.keys()];
  delete = async (name) => this.caches.delete(name);
  match = async (path, { cacheName }) => this.caches.get(cacheName)?.match(path);
  open = async (name) => {
    if (!this.caches.has(name)) this.caches.set(name, new FakeCache());
    return this.caches.get(name);
  };
}

class FakeCache {
  stored = new Map();
  match = async (path) => this.stored.get(path)?.clone();
  put = async (path, response) => this.stored.set(path, response);
  delete = async (path) => this.stored.delete(path);
}

function answer(person, { title = "Rivers", shell = "v1" } = {}) {
  const headers = {
    "X-Keep-For": person, "X-Shell": shell, "X-Title": encodeURIComponent(title),
    "Content-Security-Policy": "default-src 'none'", "Set-Later": "no",
  };
  return new Response('<!doctype html>\n<html lang="en"></html>', { headers });
}

test("a kept page says when it was seen, and keeps its policy", async () => {
  const pages = new KeptPages(new FakeCaches());
  await pages.keep("/chat/", answer("p1", { title: "Flüsse" }), pages.era);
  const page = await pages.page("/chat/");
  assert.match(await page.text(), /<html data-kept="[^"]+" data-shell="v1" lang="en">/);
  assert.equal(page.headers.get("Content-Security-Policy"), "default-src 'none'");
  assert.equal(page.headers.get("Set-Later"), null);
  assert.equal((await pages.list())[0].title, "Flüsse");
  assert.equal(await pages.page("/chat/else/"), null);
});

test("another person's page empties what was kept", async () => {
  const pages = new KeptPages(new FakeCaches());
  await pages.keep("/chat/1/", answer("p1"), pages.era);
  await pages.keep("/chat/2/", answer("p2"), pages.era);
  assert.equal(await pages.person(), "p2");
  assert.deepEqual((await pages.list()).map(({ path }) => path), ["/chat/2/"]);
});

test("who looks in the moment of the change does not bring the other person back", async () => {
  const caches = new FakeCaches();
  const pages = new KeptPages(caches);
  await pages.keep("/chat/1/", answer("p1"), pages.era);
  const { keys } = caches;
  // The other person's page is kept between finding a cache and looking into it.
  let change = () => pages.keep("/chat/2/", answer("p2"), pages.era);
  caches.keys = async () => {
    const names = await keys();
    const now = change;
    change = null;
    await now?.();
    return names;
  };
  assert.deepEqual(await pages.list(), []);
  assert.deepEqual(await keys(), ["pages p2"]);
  assert.deepEqual((await pages.list()).map(({ path }) => path), ["/chat/2/"]);
});

test("what was asked for before signing out is not kept after it", async () => {
  const caches = new FakeCaches();
  const pages = new KeptPages(caches);
  const { era } = pages;
  await pages.forgetAll();
  await pages.keep("/chat/", answer("p1"), era);
  assert.deepEqual(await caches.keys(), []);
});

test("pages that come at the same time are all in the index", async () => {
  const pages = new KeptPages(new FakeCaches());
  await Promise.all(["/a", "/b", "/c"].map((path) => pages.keep(path, answer("p1"), pages.era)));
  assert.equal((await pages.list()).length, 3);
});

test("what a late answer says is learnt although the kept page was shown", async (t) => {
  const caches = new FakeCaches();
  await new KeptPages(caches).keep("/chat/", answer("p1"), 0);
  const handlers = {};
  const worker = {
    caches,
    location: new URL(`${place.origin}/sw.js`),
    addEventListener: (name, handler) => Object.assign(handlers, { [name]: handler }),
  };
  serve(worker, { version: "v1", static: place.static, offline: "/offline/", kept: "/offline/kept/" });
  let arrive;
  const coming = new Promise((resolve) => {
    arrive = resolve;
  });
  t.mock.method(globalThis, "fetch", () => coming);
  t.mock.method(globalThis, "setTimeout", (late, _, value) => late(value));
  const event = { request: { method: "GET", mode: "navigate", url: `${place.origin}/chat/` } };
  const awaited = [];
  let shown;
  event.waitUntil = (work) => awaited.push(work);
  event.respondWith = (work) => {
    shown = work;
  };
  handlers.fetch(event);
  assert.match(await (await shown).text(), /data-kept/);
  // A worker may end with its event, which cannot be made longer when it is over.
  assert.equal(awaited.length, 1);
  arrive({ status: 302, type: "opaqueredirect", headers: new Headers() });
  for (let done = 0; done < awaited.length; done += 1) await awaited[done];
  assert.deepEqual((await caches.keys()).filter((name) => name.startsWith("pages ")), []);
});
