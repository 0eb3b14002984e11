// One reply that is followed without a socket: as events, from the cursor on; where these are held
// back on the way, by asking now and then whether it has ended.

import { Away, Held, events, get, rest, wish } from "./calls.js";
import { chunkOf, startOf } from "./events.js";

const AGAIN_MS = 700;
const ASK_MS = 1_500;
const EMPTY_MAX = 5;

export class Reading {
  #controller = new AbortController();
  #tell;
  #holding;
  #request;
  #conversationId;
  #seq;
  #isOver = false;
  #empty = 0;

  // Either the `request` that starts it, or a `messageId` and what is known of it.
  constructor({ tell, holding, request, messageId, conversationId, seq = -1 }) {
    this.#tell = tell;
    this.#holding = holding;
    this.#request = request;
    this.#conversationId = conversationId;
    this.#seq = seq;
    this.messageId = messageId;
  }

  get clientId() {
    return this.#request?.body.client_id;
  }

  get isAborted() {
    return this.#signal.aborted;
  }

  abort() {
    this.#controller.abort();
  }

  // Resolves when the reply has ended. Raises Refused, Away, and whatever an abort raises.
  async run() {
    while (!this.#isOver) {
      if (!this.#holding.isHeld) await this.#read();
      else if (this.messageId) await this.#look();
      else await this.#start();
    }
  }

  async #read() {
    const { path, body } = this.messageId
      ? { path: `messages/${this.messageId}/stream?after=${this.#seq}` }
      : this.#request;
    let hasAny = false;
    try {
      for await (const event of events(path, { body, signal: this.#signal })) {
        if (event.id === null) return await this.#aside(event.data);
        hasAny = true;
        this.#take(event);
        if (this.#isOver) return undefined;
      }
    } catch (error) {
      if (!(error instanceof Held)) throw error;
      this.#holding.noticed();
      return undefined;
    }
    return this.#again(hasAny);
  }

  #take(event) {
    if (event.id === 0) {
      this.messageId = event.data.message_id;
      this.#conversationId = event.data.conversation_id;
      // Where the log has expired the server does not say it.
      if (this.#request) event.data.client_id ??= this.clientId;
    }
    this.#seq = event.id;
    this.#isOver = ["complete", "error"].includes(event.data.type);
    this.#tell(chunkOf(event, this.messageId, this.#conversationId));
  }

  // No chunk of the reply: a stream that cannot go on, or a reply that only the database knows.
  async #aside({ type }) {
    if (type === "error" || !this.messageId) await this.#again(false);
    else await this.#look();
  }

  // It broke off, or had nothing more: a reply that has ended says nothing after its end.
  async #again(hasAny) {
    this.#empty = hasAny ? 0 : this.#empty + 1;
    if (this.#empty > EMPTY_MAX) throw new Away();
    if (this.messageId && !hasAny) await this.#look();
    if (!this.#isOver) await rest(AGAIN_MS, this.#signal);
  }

  // The whole message, once there is one.
  async #look() {
    const message = await get(`messages/${this.messageId}`, this.#signal);
    this.#isOver = message.status !== "processing";
    if (this.#isOver) this.#tell({ type: "message", message });
    else if (this.#holding.isHeld) await rest(ASK_MS, this.#signal);
  }

  // The answer to the wish is held back: what became of it stands in the conversation.
  async #start() {
    const { path, body } = this.#request;
    let failure = null;
    const wishing = new AbortController();
    const stop = () => wishing.abort();
    this.#signal.addEventListener("abort", stop);
    wish(path, body, wishing.signal).catch((error) => {
      failure = error;
    });
    try {
      for (;;) {
        await rest(ASK_MS / 2, this.#signal);
        if (failure) throw failure;
        const start = await this.#find();
        if (!start) continue;
        this.messageId = start.message_id;
        this.#conversationId = start.conversation_id;
        this.#seq = 0;
        this.#tell(start);
        return;
      }
    } finally {
      this.#signal.removeEventListener("abort", stop);
      wishing.abort();
    }
  }

  async #find() {
    const id = this.#conversationId ?? (await this.#newest());
    if (!id) return undefined;
    const { messages } = await get(`conversations/${id}`, this.#signal);
    return startOf(messages, this.clientId);
  }

  async #newest() {
    return (await get("conversations?limit=1", this.#signal)).conversations[0]?.id;
  }

  get #signal() {
    return this.#controller.signal;
  }
}
