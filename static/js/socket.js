// One connection that comes back by itself: a socket, or where these are blocked the way around it,
// while sockets are tried again now and then. Events: "open", also when the way has changed,
// "closed", "frame" (detail: the frame), "slow" (detail: whether answers come late, as a whole).

import { delayAfter, delayBeside } from "./backoff.js";
import { CLOSE, frames } from "./protocol.js";
import { checkSession } from "./session-check.js";
import { Watchdog } from "./watchdog.js";
import { WayAround } from "./way-around.js";

const CHECK_SESSION_EVERY = 3;
// So many sockets in a row on which nothing was heard are taken for blocked.
const FAILURES_MAX = 2;
// A handshake takes milliseconds; some proxies never answer one.
const HANDSHAKE_MS = 4_000;

export class Connection extends EventTarget {
  #url;
  #socket = null;
  #isHeard = false;
  #timer = null;
  #attempt = 0;
  #failures = 0;
  #around;
  #watchdog;

  // For the way around: the tab's `storage`, and `here`, which gives the page's conversation.
  constructor(url, { storage, here }) {
    super();
    this.#url = url;
    this.#around = new WayAround({
      storage, here, tell: (...what) => this.#tell(...what), lost: (delay) => this.#lostAround(delay),
    });
    this.#watchdog = new Watchdog({
      ask: () => this.#write(frames.ping()),
      giveUp: () => this.#drop(),
    });
  }

  get isOpen() {
    return this.#around.isOpen || (!this.#around.isWanted && this.#isSocketOpen);
  }

  // undefined: as long as a socket takes.
  get answersWithinMs() {
    return this.#around.isOpen ? this.#around.answersWithinMs : undefined;
  }

  connect() {
    if (this.#around.wasTaken) this.#around.open();
    this.#connect();
  }

  // Returns whether the frame left.
  send(frame) {
    if (!this.isOpen) return false;
    return this.#around.isOpen ? this.#around.send(frame) : this.#write(frame);
  }

  // The page came back to life: a sleeping phone's socket looks open and is dead.
  wake() {
    if (this.#around.isOpen) this.#around.wake();
    if (this.#isSocketOpen) this.#watchdog.askNow();
    else if (!this.#around.isOpen && this.#socket?.readyState !== WebSocket.CONNECTING) {
      this.#attempt = 0;
      this.#connect();
    }
  }

  get #isSocketOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #connect() {
    this.#after(HANDSHAKE_MS, () => this.#around.open());
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#isHeard = false;
    this.#watchdog.expectOpening();
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (event) => this.#received(socket, event.data);
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  #write(frame) {
    if (!this.#isSocketOpen) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #opened(socket) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#timer);
    this.#watchdog.heard();
    // What blocks sockets may open them and let nothing through: one answer first.
    if (this.#around.isWanted) this.#watchdog.askNow();
    else this.#tell("open");
  }

  #received(socket, data) {
    if (socket !== this.#socket) return;
    this.#watchdog.heard();
    if (!this.#isHeard) this.#cameThrough();
    const frame = JSON.parse(data);
    if (frame.type === "pong") return;
    if (frame.type === "draining") this.#drop(CLOSE.goingAway[0]);
    else this.#tell("frame", frame);
  }

  #cameThrough() {
    const { isWanted } = this.#around;
    this.#isHeard = true;
    this.#failures = 0;
    this.#around.close();
    if (isWanted) this.#tell("open");
  }

  // A dead socket may take minutes to say so: forget it instead of waiting for its close.
  #drop(code = 1006) {
    const socket = this.#socket;
    // It took long enough to count twice.
    if (!this.#isHeard) this.#failures += 1;
    this.#closed(socket, code);
    socket.close();
  }

  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#watchdog.stop();
    if (!this.#isHeard) this.#failures += 1;
    if (code === CLOSE.sessionEnded) return location.reload();
    const { isOpen } = this.#around;
    if (!isOpen) this.#tell("closed");
    if (!isOpen && this.#failures >= FAILURES_MAX) this.#around.open();
    const delay = isOpen ? delayBeside : (...times) => delayAfter(code, ...times);
    this.#after(delay(this.#attempt, Math.random()), () => this.#connect());
    this.#attempt += 1;
    if (!isOpen && this.#attempt % CHECK_SESSION_EVERY === 0) checkSession();
  }

  // The next socket was a while away.
  #lostAround(delay) {
    if (!this.#socket) this.#after(delay, () => this.#connect());
  }

  #after(milliseconds, act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, milliseconds);
  }

  #tell(name, detail) {
    if (name === "open") this.#attempt = 0;
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
