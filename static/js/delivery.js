// Brings what is in the outbox to the server. Events: "sent", "waiting", "refused", each with
// the item, and for "refused" the server's sentence.

import { PASSING_CODES, frames } from "./protocol.js";

const RETRY_S = 5;
// An acknowledgement takes milliseconds: without one the connection may be dead.
const LATE_MS = 2_500;

export class Delivery extends EventTarget {
  #connection;
  #outbox;
  #resting = new Map();
  #expected = new Map();

  constructor(connection, outbox) {
    super();
    this.#connection = connection;
    this.#outbox = outbox;
  }

  submit(item) {
    this.#outbox.add(item);
    this.#deliver(item);
  }

  deliverAll() {
    for (const item of this.#outbox.items) {
      if (!item.refused && !this.#resting.has(item.clientId)) this.#deliver(item);
    }
  }

  acknowledged(clientId) {
    this.#rest(clientId, null);
    this.#expect(clientId, null);
    this.#outbox.remove(clientId);
  }

  // An `error` frame about a send. Returns whether it was one of ours.
  refused({ code, detail, client_id: clientId, retry_after: seconds }) {
    const item = clientId && this.#outbox.find(clientId);
    if (!item) return false;
    this.#expect(clientId, null);
    if (PASSING_CODES.includes(code)) {
      const again = () => this.#resting.delete(clientId) && this.deliverAll();
      this.#rest(clientId, setTimeout(again, (seconds ?? RETRY_S) * 1000));
      this.#tell("waiting", { item });
    } else {
      this.#rest(clientId, null);
      // Its page may not be the one that is open: kept until that page has shown it.
      this.#outbox.change(clientId, { refused: detail, isNowhere: code === "not_found" });
      this.#tell("refused", { item: this.#outbox.find(clientId) });
    }
    return true;
  }

  // Take back what has never left. Returns whether that was possible.
  withdraw(clientId) {
    const item = this.#outbox.find(clientId);
    if (!item || (item.sent && !this.#resting.has(clientId))) return false;
    this.acknowledged(clientId);
    return true;
  }

  #deliver(item) {
    if (this.#connection.send(frames[item.kind ?? "chat"](item))) {
      const lateMs = this.#connection.answersWithinMs ?? LATE_MS;
      this.#outbox.change(item.clientId, { sent: true });
      this.#tell("sent", { item });
      this.#expect(item.clientId, setTimeout(() => this.#missed(item), lateMs));
    } else {
      this.#tell("waiting", { item });
    }
  }

  #missed(item) {
    this.#expect(item.clientId, null);
    this.#tell("waiting", { item });
    this.#connection.wake();
  }

  #expect(clientId, timer) {
    clearTimeout(this.#expected.get(clientId));
    if (timer === null) this.#expected.delete(clientId);
    else this.#expected.set(clientId, timer);
  }

  #rest(clientId, timer) {
    clearTimeout(this.#resting.get(clientId));
    if (timer === null) this.#resting.delete(clientId);
    else this.#resting.set(clientId, timer);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
