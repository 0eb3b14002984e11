// Whether what is sent in pieces is held back on the way until it is whole. Believed for a while,
// also by the next page.

const HELD = "events held";
const BELIEVED_MS = 5 * 60_000;

export class Holding {
  #storage;
  #changed;

  constructor(storage, changed) {
    this.#storage = storage;
    this.#changed = changed;
  }

  get isHeld() {
    const age = Date.now() - Number(this.#storage.getItem(HELD));
    // Less than nothing: the clock was set back.
    return age >= 0 && age < BELIEVED_MS;
  }

  noticed() {
    this.#storage.setItem(HELD, Date.now());
    this.#changed();
  }
}
