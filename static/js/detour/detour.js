// The way around where sockets are blocked: takes the socket's frames, brings the same ones, over
// plain requests. Events: "open", "closed" (detail: how long to wait before another try), "frame"
// (detail: the frame), "slow" (detail: whether answers are waited for that come only as a whole).

import { backoff } from "../backoff.js";
import { Refused, get, post } from "./calls.js";
import { requestOf } from "./events.js";
import { Holding } from "./holding.js";
import { Reading } from "./reading.js";
import { Visits } from "./visits.js";

const SESSION_ENDED = 401;
// What has held for so long is tried again at once; what opens and breaks more and more rarely.
const LASTING_MS = 30_000;

export class Detour extends EventTarget {
  isOpen = false;
  // Longer than it takes to notice that events are held back, and to find what became of a wish.
  answersWithinMs = 12_000;
  #here;
  #holding;
  #readings = new Set();
  #controller = new AbortController();
  #openedAt = 0;
  #losses = 0;
  #visits = new Visits((frame) => this.#tell(frame), (error) => this.#failed(error));
  #doors = {
    chat: (frame) => this.#begin(frame),
    regenerate: (frame) => this.#begin(frame),
    continue: (frame) => this.#begin(frame),
    open: ({ conversation_id: id, after }) => this.#visits.open(id, after),
    resume: ({ message_id: messageId, after }) => this.#resume(messageId, after),
    stop: ({ message_id: messageId }) => this.#call(`messages/${messageId}/stop`),
    select: ({ message_id: messageId }) => this.#call(`messages/${messageId}/select`),
  };

  // `here` gives the conversation of the page.
  constructor(storage, here) {
    super();
    this.#here = here;
    this.#holding = new Holding(storage, () => this.#showPace());
  }

  // Opens if the server answers plain requests.
  async start() {
    if (this.isOpen) return;
    this.#controller.abort();
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    try {
      await get("conversations?limit=1", signal);
    } catch (error) {
      if (error instanceof Refused) this.#refused(error);
      return;
    }
    if (signal.aborted) return;
    this.isOpen = true;
    this.#openedAt = Date.now();
    this.dispatchEvent(new Event("open"));
  }

  stop() {
    this.isOpen = false;
    this.#controller.abort();
    this.#visits.stop();
    for (const reading of this.#readings) reading.abort();
    this.#readings.clear();
    this.#showPace();
  }

  wake() {
    this.#visits.look();
  }

  send(frame) {
    if (!this.isOpen) return false;
    this.#doors[frame.type]?.(frame);
    return true;
  }

  #begin(frame) {
    // Sent again while the first one is under way: the same.
    for (const reading of this.#readings) if (reading.clientId === frame.client_id) return;
    const conversationId = frame.conversation_id ?? (frame.type === "chat" ? null : this.#here());
    this.#follow({ request: requestOf(frame), conversationId });
  }

  #resume(messageId, after) {
    for (const reading of this.#readings) if (reading.messageId === messageId) reading.abort();
    this.#follow({ messageId, conversationId: this.#here(), seq: after });
  }

  async #follow(what) {
    const tell = (frame) => this.#readings.has(reading) && this.#heard(frame);
    const reading = new Reading({ ...what, tell, holding: this.#holding });
    this.#readings.add(reading);
    this.#showPace();
    try {
      await reading.run();
    } catch (error) {
      if (this.#readings.has(reading) && !reading.isAborted) this.#failed(error, reading.clientId);
    } finally {
      this.#readings.delete(reading);
      this.#showPace();
    }
  }

  #heard(frame) {
    this.#tell(frame);
    const id = frame.conversation_id;
    // A new conversation has begun: its title is told with it.
    if (id && id === this.#here() && id !== this.#visits.conversationId) this.#visits.open(id);
  }

  async #call(path) {
    const { signal } = this.#controller;
    try {
      const answer = await post(path, signal);
      if (answer.type) this.#tell(answer);
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  #failed(error, clientId) {
    if (!this.isOpen) return;
    if (error instanceof Refused) this.#refused(error, clientId);
    else {
      this.stop();
      if (Date.now() - this.#openedAt > LASTING_MS) this.#losses = 0;
      const detail = backoff(this.#losses, Math.random());
      this.#losses += 1;
      this.dispatchEvent(new CustomEvent("closed", { detail }));
    }
  }

  #refused({ status, frame }, clientId) {
    if (status === SESSION_ENDED) location.reload();
    else this.#tell({ type: "error", ...frame, client_id: clientId });
  }

  #tell(frame) {
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  #showPace() {
    const isSlow = this.#holding.isHeld && this.#readings.size > 0;
    this.dispatchEvent(new CustomEvent("slow", { detail: isSlow }));
  }
}
