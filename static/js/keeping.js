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
    const registration = await this.#workers?.getRegistration();
    registration?.update().catch(() => {});
  }

  get #workers() {
    return navigator.serviceWorker;
  }

  get #path() {
    const { conversationId } = this.#room;
    return conversationId ? `/chat/${conversationId}/` : "/chat/";
  }

  async #begin() {
    try {
      const options = { type: "module", updateViaCache: "none" };
      await this.#workers.register("/sw.js", options);
      if (!this.#wasKept) this.#here();
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

  #tell(message) {
    this.#workers?.controller?.postMessage(message);
  }
}
