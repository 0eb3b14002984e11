// The way around a blocked socket (detour/), loaded when it is needed.

// In the storage of the tab: the next page does not wait to find out again.
const BLOCKED = "socket blocked";
const EVENTS = ["open", "closed", "frame", "slow"];

export class WayAround {
  isWanted = false;
  #storage;
  #here;
  #tell;
  #lost;
  #detour = null;

  // `here` gives the conversation of the page; `tell` hears of the detour's events, by name;
  // `lost` is called when the detour has ended by itself, with the milliseconds to wait.
  constructor({ storage, here, tell, lost }) {
    this.#storage = storage;
    this.#here = here;
    this.#tell = tell;
    this.#lost = lost;
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
      detour.addEventListener(name, ({ detail }) => this.#tell(name, detail));
    }
    detour.addEventListener("closed", ({ detail }) => this.#lost(detail));
    return detour;
  }
}
