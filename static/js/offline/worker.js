// The service worker: opens the app, and the conversations that were seen, without a connection.
// The server's answer always wins; what is kept is shown only where there is none.

import { KeptFiles } from "./files.js";
import { KeptPages } from "./pages.js";
import { SHELLS_MAX, conversationIn, isUnreachable, kindOf, lessonOf } from "./rules.js";

// So long the network is waited for where there is a kept page.
const PATIENCE_MS = 4_000;
const NEW = "/chat/";

export function serve(worker, config) {
  const pages = new KeptPages(worker.caches);
  const files = new KeptFiles(worker.caches, config);
  const place = { origin: worker.location.origin, static: config.static };

  // 1. A new version comes: its files first, then it takes over. Pages that are open, and kept
  // ones, find theirs in the earlier version's cache.
  worker.addEventListener("install", (event) => {
    event.waitUntil(files.fill().then(() => worker.skipWaiting()));
  });
  worker.addEventListener("activate", (event) => {
    event.waitUntil(tidy().then(() => worker.clients.claim()));
  });

  async function tidy() {
    await files.keepOnly(await pages.needing(config.version, SHELLS_MAX));
  }

  // 2. The browser asks.
  worker.addEventListener("fetch", (event) => {
    const kind = kindOf(event.request, place);
    if (kind === "file") event.respondWith(files.answer(event.request));
    else if (kind) event.respondWith(page(event, kind));
  });

  async function page(event, kind) {
    const { pathname } = new URL(event.request.url);
    const asked = ask(event.request, event);
    // What a late answer says of what is kept is learnt, too.
    event.waitUntil(asked.catch(() => {}));
    const kept = kind === "page" ? null : await otherwise(pathname, kind);
    try {
      const answer = await (kept ? Promise.race([asked, late()]) : asked);
      if (answer && !(kept && isUnreachable(answer))) return answer;
    } catch {
      // No network.
    }
    return kept ?? files.offlinePage();
  }

  async function ask(request, event) {
    const { era } = pages;
    const response = await fetch(request);
    const lesson = lessonOf(response, request.url);
    const copy = lesson === "keep" ? response.clone() : response;
    event.waitUntil(learn(request.url, lesson, copy, era));
    return response;
  }

  async function learn(url, lesson, response, era) {
    const { pathname, searchParams } = new URL(url);
    const deleted = searchParams.get("deleted");
    if (deleted) await pages.forget(`${NEW}${deleted}/`);
    if (lesson === "signed out") await pages.forgetAll();
    if (lesson === "gone") await pages.forget(pathname);
    if (lesson === "keep" && (await pages.keep(pathname, response, era))) await tidy();
  }

  async function otherwise(pathname, kind) {
    if (kind === "kept") return pages.page(pathname);
    const [newest] = (await pages.list()).filter(({ path }) => conversationIn(path));
    return newest ? Response.redirect(newest.path) : pages.page(NEW).then((one) => one && Response.redirect(NEW));
  }

  function late() {
    return new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  }

  // 3. Pages tell what happens on them.
  const told = {
    // This page is open.
    here: async ({ path, language, used }) => {
      const asked = used.filter((url) => kindOf({ method: "GET", mode: "", url }, place) === "file");
      await files.use(asked);
      const listed = await pages.list();
      if (!listed.some((each) => each.path === path)) await read(path);
      if (!listed.some((each) => each.path === NEW)) await read(NEW);
      await files.speak(language);
      await check();
    },
    // There is something new on it.
    changed: ({ path }) => read(path),
    deleted: ({ path }) => pages.forget(path),
  };
  worker.addEventListener("message", (event) => {
    const { type, ...more } = event.data;
    // Without a connection it is tried again when there is one.
    event.waitUntil(Promise.resolve(told[type]?.(more)).catch(() => {}));
  });

  async function read(path) {
    const url = new URL(path, worker.location).href;
    if (kindOf({ method: "GET", mode: "navigate", url }, place) !== "kept") return;
    const { era } = pages;
    const response = await fetch(url, { redirect: "manual" });
    await learn(url, lessonOf(response, url), response, era);
  }

  // What was deleted on another device leaves this one.
  async function check() {
    const ids = (await pages.list()).map(({ path }) => conversationIn(path)).filter(Boolean);
    if (!ids.length) return;
    const response = await fetch(`${config.kept}?ids=${ids}`, { redirect: "manual" });
    if (response.type === "opaqueredirect") await pages.forgetAll();
    if (response.status !== 200) return;
    const { person, titles } = await response.json();
    if (person === (await pages.person())) await pages.keepOnly(titles);
    else await pages.forgetAll();
  }
}
