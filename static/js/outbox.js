// Messages that the server has not acknowledged yet. They survive a reload of the page and are
// delivered under the same client id, which makes doing it twice harmless.

export class Outbox {
  #storage;
  #key;
  #items;

  // One per person: somebody else may sign in in the same tab.
  constructor(storage, person) {
    this.#storage = storage;
    this.#key = `outbox ${person}`;
    this.#items = read(storage, this.#key);
  }

  get items() {
    return [...this.#items];
  }

  find(clientId) {
    return this.#items.find((item) => item.clientId === clientId);
  }

  of(conversationId) {
    return this.#items.filter((item) => item.conversationId === conversationId);
  }

  add(item) {
    this.#keep([...this.#items, item]);
  }

  change(clientId, changes) {
    this.#keep(
      this.#items.map((item) => (item.clientId === clientId ? { ...item, ...changes } : item)),
    );
  }

  remove(clientId) {
    this.#keep(this.#items.filter((item) => item.clientId !== clientId));
  }

  #keep(items) {
    this.#items = items;
    try {
      this.#storage.setItem(this.#key, JSON.stringify(items));
    } catch {
      // Full or forbidden: the messages still live as long as the page.
    }
  }
}

function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key)) ?? [];
  } catch {
    return [];
  }
}
