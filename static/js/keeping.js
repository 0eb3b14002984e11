// Lets the service worker keep the page as it is now, to be shown without a connection.

const REST_MS = 5_000;

export class Keeping {
  #room;
  #connection;
  #timer = null;
  #isChanged = false;
  #wasKept = document.documentElement.dataset.kept !== undefined;

  constructor(room, connection) {
    this.#room = room;
    this.#connection = connection;
    if (!this.#workers) return;
    // The first visit: nobody has kept this page yet.
    this.#workers.addEventListener("controllerchange", () => this.#here());
    document.addEventListener("visibilitychange", () => document.hidden && this.#keep());
    const begin = () => (globalThis.requestIdleCallback ?? setTimeout)(() => this.#begin());
    if (document.readyState === "complete") begin();
    else addEventListener("load", begin, { once: true });
  }

  // The page says something new: kept when it has come to rest, or is left.
  changed() {
    this.#isChanged = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keep(), REST_MS);
  }

  // A `conversation` frame.
  heard({ id, deleted }) {
    if (deleted) this.#tell({ type: "deleted", path: `/chat/${id}/` });
    else if (id === this.#room.conversationId) this.changed();
  }

  // After a break there may be a new version.
  async connected() {
    if (this.#isChanged || this.#wasKept) this.changed();
    if (this.#wasKept) this.#here();
    this.#wasKept = false;
    const registration = await this.#registration();
    registration?.update().catch(() => {});
  }

  get #workers() {
    return navigator.serviceWorker;
  }

  // Refused where a person forbids sites to store anything.
  #registration() {
    return this.#workers?.getRegistration().catch(() => undefined);
  }

  get #path() {
    const { conversationId } = this.#room;
    return conversationId ? `/chat/${conversationId}/` : "/chat/";
  }

  async #begin() {
    // Not when it is registered: Chromium never answers that where the page before this one went
    // while it was registering, too.
    if (!this.#wasKept) this.#here();
    try {
      await this.#workers.register("/sw.js", { type: "module", updateViaCache: "none" });
    } catch {
      // A browser that does not know them, or a server that is away: the page works without.
    }
  }

  #here() {
    const used = performance.getEntriesByType("resource").map(({ name }) => name);
    const language = document.documentElement.lang;
    this.#tell({ type: "here", path: this.#path, language, used });
  }

  #keep() {
    if (!this.#isChanged || !this.#connection.isOpen) return;
    clearTimeout(this.#timer);
    this.#isChanged = false;
    this.#tell({ type: "changed", path: this.#path });
  }

  // A page that was on its way while the worker came is not in its charge until it is loaded anew.
  async #tell(message) {
    const worker = this.#workers?.controller ?? (await this.#registration())?.active;
    worker?.postMessage(message);
  }
}
