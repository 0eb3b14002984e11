// How fast a text grows, while it grows. Pure: the caller gives the time in milliseconds.

const WINDOW_MS = 4_000;
const SHORTEST_MS = 800;
// The text so far comes at once when a page is opened: that was not the model's speed.
const BURST_CHARS = 2_000;
// About what one token of most models is.
const CHARS_PER_TOKEN = 4;

export class Pace {
  #samples = [];

  // Tokens per second, about; null while that cannot be known.
  note(length, now) {
    const last = this.#samples.at(-1);
    if (!last || length < last.length || length - last.length > BURST_CHARS) this.#samples = [];
    this.#samples.push({ length, now });
    while (now - this.#samples[0].now > WINDOW_MS && this.#samples.length > 2) this.#samples.shift();
    const [first] = this.#samples;
    const passed = now - first.now;
    if (passed < SHORTEST_MS) return null;
    return Math.round(((length - first.length) / CHARS_PER_TOKEN / passed) * 1000);
  }
}
