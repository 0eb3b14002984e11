// Keeps what is in the box while it is typed, and puts it back when the page is opened again.

const REST_MS = 400;

export class DraftKeeper {
  #box;
  #drafts;
  #room;
  #timer = null;
  #isForgotten = false;
  // What was kept last, and where: another tab may have kept something else since.
  #saved;
  #savedIn;
  // Whether what is in the box was typed here, and not merely found.
  #isTyped = false;

  constructor(box, drafts, room) {
    this.#box = box;
    this.#drafts = drafts;
    this.#room = room;
    this.#savedIn = room.conversationId;
    this.#saved = this.draft;
    box.addEventListener("input", () => {
      this.#isTyped = true;
      this.#later();
    });
    // A phone does not say goodbye in any other way.
    for (const name of ["pagehide", "visibilitychange"]) addEventListener(name, () => this.save());
  }

  get draft() {
    return this.#drafts.of(this.#room.conversationId);
  }

  // Somebody has signed out: what is in the box is not written down any more, nor left where it
  // may have been written in this moment.
  forget() {
    this.#isForgotten = true;
    this.#drafts.keep(this.#room.conversationId, "");
  }

  save() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isForgotten) return;
    const { conversationId } = this.#room;
    const text = this.#box.value;
    this.#isTyped &&= Boolean(text);
    const isKept = text === this.#saved && conversationId === this.#savedIn;
    if (isKept && !this.#isTyped) return;
    // A new conversation has got its id meanwhile.
    if (this.#savedIn !== conversationId) this.#drafts.keep(this.#savedIn, "");
    this.#saved = text;
    this.#savedIn = conversationId;
    this.#drafts.keep(conversationId, text);
  }

  #later() {
    this.#timer ??= setTimeout(() => this.save(), REST_MS);
  }
}
