// A page that was opened from the device, when the connection is there: the server is asked for
// it before anything goes out. The socket brings the messages that were missed; here comes the
// rest. Where the server shows something else, or a newer version, the page is loaded anew.

const AGAIN_MS = 2_000;
const TOKENS = "input[name=csrfmiddlewaretoken]";

let freshness = null;

export function current(parts) {
  freshness ??= new Freshness(parts);
  return freshness.current();
}

class Freshness {
  #parts;
  #asking = null;

  constructor(parts) {
    this.#parts = parts;
  }

  // Resolves once the page is the server's. Does not where the page goes.
  current() {
    if (!document.documentElement.dataset.kept) return Promise.resolve();
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask() {
    const { connection } = this.#parts;
    const response = await this.#fetch();
    if (!response) {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      return connection.isOpen ? this.#ask() : new Promise(() => {});
    }
    if (!this.#isSame(response)) {
      location.reload();
      return new Promise(() => {});
    }
    this.#take(new DOMParser().parseFromString(await response.text(), "text/html"));
    return undefined;
  }

  // null: nobody answers.
  async #fetch() {
    try {
      const response = await fetch(location.pathname);
      return response.status >= 500 || response.status === 429 ? null : response;
    } catch {
      return null;
    }
  }

  #isSame({ ok, redirected, headers }) {
    const { room } = this.#parts;
    const { shell } = document.documentElement.dataset;
    return ok && !redirected && headers.get("X-Keep-For") === room.person
      && headers.get("X-Shell") === shell;
  }

  #take(page) {
    const { room, sidebar } = this.#parts;
    const token = page.querySelector(TOKENS)?.value;
    const templates = [...document.querySelectorAll("template")].map(({ content }) => content);
    for (const root of [document, ...templates]) {
      for (const input of root.querySelectorAll(TOKENS)) input.value = token;
    }
    if (room.conversationId) room.rename(page.getElementById("title").textContent);
    sidebar.refresh();
    delete document.documentElement.dataset.kept;
  }
}
