// One connection that comes back by itself. Events: "open", "closed", "frame" (detail: the frame).

import { delayAfter } from "./backoff.js";
import { CLOSE, frames } from "./protocol.js";
import { Watchdog } from "./watchdog.js";

const CHECK_SESSION_EVERY = 3;

export class Connection extends EventTarget {
  #url;
  #socket = null;
  #timer = null;
  #attempt = 0;
  #watchdog;

  constructor(url) {
    super();
    this.#url = url;
    this.#watchdog = new Watchdog({
      ask: () => this.send(frames.ping()),
      giveUp: () => this.#drop(),
    });
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#watchdog.expectOpening();
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (event) => this.#received(socket, event.data);
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  // Returns whether the frame left.
  send(frame) {
    if (!this.isOpen) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  // The page came back to life: a sleeping phone's socket looks open and is dead.
  wake() {
    if (this.isOpen) this.#watchdog.askNow();
    else if (this.#socket?.readyState !== WebSocket.CONNECTING) {
      this.#attempt = 0;
      this.connect();
    }
  }

  #opened(socket) {
    if (socket !== this.#socket) return;
    this.#attempt = 0;
    this.#watchdog.heard();
    this.dispatchEvent(new Event("open"));
  }

  #received(socket, data) {
    if (socket !== this.#socket) return;
    this.#watchdog.heard();
    const frame = JSON.parse(data);
    if (frame.type === "pong") return;
    if (frame.type === "draining") this.#drop(CLOSE.goingAway[0]);
    else this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  // A dead socket may take minutes to say so: forget it instead of waiting for its close.
  #drop(code = 1006) {
    const socket = this.#socket;
    this.#closed(socket, code);
    socket.close();
  }

  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#watchdog.stop();
    this.dispatchEvent(new Event("closed"));
    if (code === CLOSE.sessionEnded) return location.reload();
    const delay = delayAfter(code, this.#attempt, Math.random());
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.connect(), delay);
    if (this.#attempt % CHECK_SESSION_EVERY === 0) this.#checkSession();
  }

  // A refused handshake does not say why. When the page itself is sent elsewhere, to sign in,
  // the session has ended.
  async #checkSession() {
    try {
      const page = await fetch(location.href, { method: "HEAD", redirect: "manual" });
      if (page.type === "opaqueredirect") location.reload();
    } catch {
      // No network: the next attempt will tell.
    }
  }
}
