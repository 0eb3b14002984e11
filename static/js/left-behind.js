// A tab that was closed before its messages went out leaves them behind; the next page takes them
// over. A lock tells which tabs live. It is held only while something waits: a page with a lock
// is not kept for going back to it.

import { TAB } from "./outbox.js";

export class LeftBehind {
  #outbox;
  #locks;
  #storage;
  #release = null;

  constructor(outbox, { locks = globalThis.navigator?.locks, storage = sessionStorage } = {}) {
    this.#outbox = outbox;
    this.#locks = locks;
    this.#storage = storage;
  }

  // Something waits, or nothing any more.
  update() {
    if (!this.#locks) return;
    const isNeeded = this.#outbox.items.length > 0;
    if (isNeeded && !this.#release) this.#hold();
    else if (!isNeeded) this.#letGo();
  }

  // Gives what closed tabs have left; it is this tab's from now on.
  async collect() {
    const found = [];
    if (!this.#locks) return found;
    for (const key of this.#outbox.keys) {
      if (key === this.#outbox.key) continue;
      await this.#locks.request(key, { ifAvailable: true }, (lock) => {
        if (lock) found.push(...this.#outbox.adopt(key));
      });
    }
    return found;
  }

  #hold() {
    const { key } = this.#outbox;
    const held = new Promise((resolve) => {
      this.#release = resolve;
    });
    this.#locks.request(key, { ifAvailable: true }, (lock) => {
      if (lock) return held;
      this.#release = null;
      this.#storage.setItem(TAB, this.#outbox.rename());
      return undefined;
    }).then(() => this.update());
  }

  #letGo() {
    this.#release?.();
    this.#release = null;
  }
}
