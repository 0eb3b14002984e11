// A page that was opened from the device, when the connection is there: the server is asked for
// it before anything goes out. The socket brings the messages that were missed; here comes the
// rest. Where the server shows something else, or a newer version, the page is loaded anew.

const AGAIN_MS = 2_000;
const PATIENCE_MS = 10_000;
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

  // Resolves to whether the page is the server's now. If not, the page goes, or the connection
  // went: the next one asks again.
  current() {
    if (!document.documentElement.dataset.kept) return Promise.resolve(true);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask() {
    while (this.#parts.connection.isOpen) {
      const found = await this.#look();
      if (found && !this.#isSame(found.response)) {
        location.reload();
        return false;
      }
      if (found) {
        this.#take(new DOMParser().parseFromString(found.text, "text/html"));
        return true;
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    return false;
  }

  // null: nobody answers.
  async #look() {
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const response = await fetch(location.pathname, { signal });
      if (response.status >= 500 || response.status === 429) return null;
      return { response, text: await response.text() };
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
