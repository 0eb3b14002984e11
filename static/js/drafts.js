// What a person has typed and not sent, by conversation. It survives a reload, and another tab
// or day; bounded, and somebody else who signs in here does not see it.

const MAX_DRAFTS = 20;
const MAX_CHARS = 200_000;
// The conversation that has no id yet.
const NEW = "new";

export class Drafts {
  #storage;
  #key;

  constructor(storage, person) {
    this.#storage = storage;
    this.#key = `drafts ${person}`;
  }

  of(conversationId) {
    return this.#read()[conversationId ?? NEW] ?? "";
  }

  keep(conversationId, text) {
    const { [conversationId ?? NEW]: known, ...others } = this.#read();
    if (text === (known ?? "")) return;
    const drafts = text.trim() ? { [conversationId ?? NEW]: text, ...others } : others;
    this.#write(bounded(drafts));
  }

  #read() {
    try {
      const drafts = JSON.parse(this.#storage.getItem(this.#key));
      return drafts && typeof drafts === "object" ? drafts : {};
    } catch {
      return {};
    }
  }

  #write(drafts) {
    try {
      if (Object.keys(drafts).length) this.#storage.setItem(this.#key, JSON.stringify(drafts));
      else this.#storage.removeItem(this.#key);
    } catch {
      // Full or forbidden: the text is still in the box.
    }
  }
}

// The newest first, as many as fit; one that is too long alone takes no other's room.
function bounded(drafts) {
  let left = MAX_CHARS;
  const kept = Object.entries(drafts).slice(0, MAX_DRAFTS).filter(([, { length }]) => {
    const fits = length <= left;
    if (fits) left -= length;
    return fits;
  });
  return Object.fromEntries(kept);
}
