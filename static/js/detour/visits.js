// Looks now and then whether something was said elsewhere in the conversation that is open.

import { get } from "./calls.js";

const EVERY_MS = 8_000;

export class Visits {
  #tell;
  #failed;
  #conversationId = null;
  #tip;
  #told = "";
  #timer = null;
  #controller = new AbortController();

  constructor(tell, failed) {
    this.#tell = tell;
    this.#failed = failed;
  }

  get conversationId() {
    return this.#conversationId;
  }

  // `after` is the last message on the page; without one nothing was missed.
  open(conversationId, after) {
    this.stop();
    this.#controller = new AbortController();
    this.#conversationId = conversationId;
    this.#tip = after;
    this.look();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }

  async look() {
    const { signal } = this.#controller;
    clearTimeout(this.#timer);
    if (!this.#conversationId || signal.aborted) return;
    try {
      if (!document.hidden) {
        const page = await get(`conversations/${this.#conversationId}`, signal);
        if (!signal.aborted) this.#show(page);
      }
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.look(), EVERY_MS);
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  #show({ conversation, messages }) {
    const said = JSON.stringify(conversation);
    if (said !== this.#told) this.#tell({ type: "conversation", conversation });
    this.#told = said;
    const known = this.#tip;
    const tip = messages.at(-1)?.id;
    this.#tip = tip;
    if (!known || known === tip) return;
    const place = messages.findIndex(({ id }) => id === known);
    // Another version is shown, or more was said than the server gives at once.
    if (place < 0) this.#tell({ type: "select", conversation_id: conversation.id, tip_id: tip });
    else for (const message of messages.slice(place + 1)) this.#tell({ type: "message", message });
  }
}
