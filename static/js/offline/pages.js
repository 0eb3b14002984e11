// The pages on the device, of one person. An index tells which there are, the newest first:
// {path, title, shell, at}.

import { known, shellsInUse, touched } from "./rules.js";

const PREFIX = "pages ";
const INDEX = "/offline/index";
const HEADERS = ["Content-Type", "Content-Security-Policy", "Referrer-Policy", "X-Frame-Options",
  "X-Content-Type-Options", "Cross-Origin-Opener-Policy", "X-Keep-For", "X-Shell"];

export class KeptPages {
  #caches;
  #turn = Promise.resolve();
  // What was asked for before everything was taken away is not kept after it.
  #era = 0;

  constructor(caches) {
    this.#caches = caches;
  }

  get era() {
    return this.#era;
  }

  // Whose they are, or null.
  async person() {
    const name = (await this.#caches.keys()).find((each) => each.startsWith(PREFIX));
    return name?.slice(PREFIX.length) ?? null;
  }

  async list() {
    const index = await this.#find(INDEX);
    return index ? index.json() : [];
  }

  // The page as it was, with the marks that tell the page itself so.
  async page(path) {
    const entry = (await this.list()).find((each) => each.path === path);
    const response = entry && (await this.#find(path));
    if (!response) return null;
    const marks = `<html data-kept="${entry.at}" data-shell="${entry.shell}"`;
    const text = (await response.text()).replace("<html", marks);
    return new Response(text, { headers: response.headers });
  }

  // Returns whether files of another version may be out of use now.
  keep(path, response, era) {
    return this.#inTurn(async () => {
      const person = response.headers.get("X-Keep-For");
      const text = await response.text();
      if (era !== this.#era) return false;
      await this.#removeOthers(person);
      const cache = await this.#caches.open(PREFIX + person);
      const entries = await readIndex(cache);
      const entry = {
        path,
        title: decodeURIComponent(response.headers.get("X-Title") ?? ""),
        shell: response.headers.get("X-Shell"),
        at: new Date().toISOString(),
      };
      await cache.put(path, new Response(text, { headers: chosen(response.headers) }));
      await write(cache, touched(entries, entry));
      const earlier = entries.find((each) => each.path === path);
      return Boolean(earlier) && earlier.shell !== entry.shell;
    });
  }

  forget(path) {
    return this.#change((entries) => ({
      entries: entries.filter((each) => each.path !== path),
      dropped: [{ path }],
    }));
  }

  // Of these conversations the server knows; of no other one.
  keepOnly(titles) {
    return this.#change((entries) => known(entries, titles));
  }

  // Gives the versions whose files are needed.
  async needing(shell, max) {
    let shells = new Set([shell]);
    await this.#change((entries) => {
      const used = shellsInUse(entries, shell, max);
      shells = used.shells;
      return used;
    });
    return shells;
  }

  forgetAll() {
    this.#era += 1;
    return this.#inTurn(() => this.#removeOthers(null));
  }

  #change(change) {
    return this.#inTurn(async () => {
      const cache = await this.#open();
      if (cache) await write(cache, change(await readIndex(cache)));
    });
  }

  // One change after the other: each reads the index and writes it again.
  #inTurn(work) {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  // Not by opening the cache, which would make it anew when it is taken away in this moment: there
  // would be two persons.
  async #find(path) {
    const person = await this.person();
    return person && this.#caches.match(path, { cacheName: PREFIX + person });
  }

  // In turn only.
  async #open() {
    const person = await this.person();
    return person && this.#caches.open(PREFIX + person);
  }

  async #removeOthers(person) {
    const names = (await this.#caches.keys()).filter((each) => each.startsWith(PREFIX));
    for (const name of names) if (name !== PREFIX + person) await this.#caches.delete(name);
  }
}

async function readIndex(cache) {
  const stored = await cache.match(INDEX);
  return stored ? stored.json() : [];
}

async function write(cache, { entries, dropped }) {
  await cache.put(INDEX, Response.json(entries));
  for (const { path } of dropped) await cache.delete(path);
}

function chosen(headers) {
  return HEADERS.filter((name) => headers.has(name)).map((name) => [name, headers.get(name)]);
}
