// Messages that the server has not acknowledged yet. Event "changed". They survive a reload of the page, and its
// tab, and are delivered under the same client id, which makes doing it twice harmless.

import { newId } from "./ids.js";

export const TAB = "tab";
// Older than this, nobody expects a message to go out by itself.
const KEPT_MS = 30 * 24 * 3600 * 1000;

// The tab's own name: a reload keeps it.
export function tabName(storage, create = newId) {
  const name = storage.getItem(TAB) ?? create();
  storage.setItem(TAB, name);
  return name;
}

export class Outbox extends EventTarget {
  #storage;
  #prefix;
  #key;
  #items;
  // Every message that this page has ever known; the rest under its key is another page's.
  #known = new Set();

  // One per person, somebody else may sign in in the same browser, and one per tab.
  constructor(storage, person, tab = "") {
    super();
    this.#storage = storage;
    this.#prefix = `outbox ${person} `;
    this.#key = this.#prefix + tab;
    this.#items = this.#met(read(storage, this.#key));
  }

  get items() {
    return [...this.#items];
  }

  // Those of this person that are kept, by tab.
  get keys() {
    return Object.keys(this.#storage).filter((key) => key.startsWith(this.#prefix));
  }

  get key() {
    return this.#key;
  }

  find(clientId) {
    return this.#items.find((item) => item.clientId === clientId);
  }

  of(conversationId) {
    return this.#items.filter((item) => item.conversationId === conversationId);
  }

  add(item) {
    this.#keep([...this.#items, ...this.#met([{ at: Date.now(), ...item }])]);
  }

  change(clientId, changes) {
    this.#keep(
      this.#items.map((item) => (item.clientId === clientId ? { ...item, ...changes } : item)),
    );
  }

  remove(clientId) {
    this.#keep(this.#items.filter((item) => item.clientId !== clientId));
  }

  // Takes over what another tab has left behind; gives what is new here.
  adopt(key) {
    const left = this.#met(this.#strange(key));
    this.#keep([...this.#items, ...left]);
    if (key !== this.#key) this.#storage.removeItem(key);
    return left;
  }

  // Another tab has the same name, because one was made as a copy of the other.
  rename() {
    const tab = newId();
    const items = this.#items;
    this.#keep([]);
    this.#key = this.#prefix + tab;
    this.#keep(items);
    return tab;
  }

  // Somebody has signed out.
  forget() {
    this.#keep([]);
  }

  #met(items) {
    for (const { clientId } of items) this.#known.add(clientId);
    return items;
  }

  #strange(key) {
    return read(this.#storage, key).filter(({ clientId }) => !this.#known.has(clientId));
  }

  #keep(items) {
    this.#items = items;
    // The tab's page before this one, and a copy of the tab, write under the same key.
    const all = [...this.#strange(this.#key), ...items];
    try {
      if (all.length) this.#storage.setItem(this.#key, JSON.stringify(all));
      else this.#storage.removeItem(this.#key);
    } catch {
      // Full or forbidden: the messages still live as long as the page.
    }
    this.dispatchEvent(new Event("changed"));
  }
}

function read(storage, key) {
  try {
    const items = JSON.parse(storage.getItem(key)) ?? [];
    return items.filter(({ at = Date.now() }) => Date.now() - at < KEPT_MS);
  } catch {
    return [];
  }
}
