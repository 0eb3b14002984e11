// The way around a blocked socket (detour/), loaded when it is needed. Events: as the detour's.

// In the storage of the tab: the next page does not wait to find out again.
const BLOCKED = "socket blocked";
const EVENTS = ["open", "closed", "frame", "slow"];

export class WayAround extends EventTarget {
  isWanted = false;
  #storage;
  #here;
  #detour = null;

  // `here` gives the conversation of the page.
  constructor({ storage, here }) {
    super();
    this.#storage = storage;
    this.#here = here;
  }

  get isOpen() {
    return this.#detour?.isOpen ?? false;
  }

  get wasTaken() {
    return this.#storage.getItem(BLOCKED) !== null;
  }

  get answersWithinMs() {
    return this.#detour.answersWithinMs;
  }

  async open() {
    this.isWanted = true;
    try {
      const { Detour } = await import("./detour/detour.js");
      this.#detour ??= this.#made(Detour);
    } catch {
      // Nobody answers at all.
      return;
    }
    if (this.isWanted) this.#detour.start();
  }

  // A socket came through.
  close() {
    this.isWanted = false;
    this.#storage.removeItem(BLOCKED);
    this.#detour?.stop();
  }

  send(frame) {
    return this.#detour.send(frame);
  }

  wake() {
    this.#detour.wake();
  }

  #made(Detour) {
    const detour = new Detour(this.#storage, this.#here);
    detour.addEventListener("open", () => this.#storage.setItem(BLOCKED, ""));
    for (const name of EVENTS) {
      detour.addEventListener(name, ({ detail }) =>
        this.dispatchEvent(new CustomEvent(name, { detail })),
      );
    }
    return detour;
  }
}
