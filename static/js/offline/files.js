// The files of the pages on the device, in one cache per version.

const PREFIX = "files ";

export class KeptFiles {
  #caches;
  #config;

  constructor(caches, config) {
    this.#caches = caches;
    this.#config = config;
  }

  // Everything that a page names; what an earlier version has already is not asked for again.
  async fill() {
    const { files, offline, isImmutable } = this.#config;
    const cache = await this.#own();
    await Promise.all(files.map(async (url) => {
      const kept = isImmutable && (await this.#find(url));
      await cache.put(url, kept || (await whole(url, isImmutable ? "default" : "no-cache")));
    }));
    await cache.put(offline, await whole(offline, "no-cache"));
  }

  // Names with a hash never change. Others, while one works on them, may at any time.
  async answer(request) {
    if (this.#config.isImmutable) return (await this.#find(request.url)) ?? this.#fetch(request);
    try {
      return await this.#fetch(request);
    } catch (error) {
      const kept = await this.#find(request.url);
      if (kept) return kept;
      throw error;
    }
  }

  // What a page has loaded before there was a service worker, and only some pages need.
  async use(urls) {
    const cache = await this.#own();
    for (const url of urls) if (!(await this.#find(url))) await cache.put(url, await whole(url));
  }

  async offlinePage() {
    return (await (await this.#own()).match(this.#config.offline)) ?? Response.error();
  }

  // In the language that the pages are in now.
  async speak(language) {
    const page = await this.offlinePage();
    if (!language || page.headers.get("Content-Language") === language) return;
    const { offline } = this.#config;
    await (await this.#own()).put(offline, await whole(offline, "no-cache"));
  }

  async keepOnly(versions) {
    for (const name of await this.#names()) {
      if (!versions.has(name.slice(PREFIX.length))) await this.#caches.delete(name);
    }
  }

  async #fetch(request) {
    const response = await fetch(request);
    // What only some pages use: kept with the first of them.
    if (response.status === 200) (await this.#own()).put(request.url, response.clone());
    return response;
  }

  // This version's first: without hashes the same name is in several.
  async #find(url) {
    const own = await (await this.#own()).match(url, { ignoreVary: true });
    if (own) return own;
    for (const cacheName of await this.#names()) {
      // Not by opening it: one that is taken away in this moment would be made anew.
      const found = await this.#caches.match(url, { cacheName, ignoreVary: true });
      if (found) return found;
    }
    return undefined;
  }

  #own() {
    return this.#caches.open(PREFIX + this.#config.version);
  }

  async #names() {
    return (await this.#caches.keys()).filter((each) => each.startsWith(PREFIX));
  }
}

async function whole(url, cache) {
  const response = await fetch(url, { cache });
  // In the middle of a deploy: the next look at the version tries again.
  if (response.status !== 200) throw new Error(`${response.status} ${url}`);
  return response;
}
