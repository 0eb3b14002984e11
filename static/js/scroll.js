// Follows the growing text, but only while the reader is at the end; else a button leads there.

const SLACK_PX = 48;

export function isAtEnd({ scrollTop, clientHeight, scrollHeight }, slack = SLACK_PX) {
  return scrollHeight - clientHeight - scrollTop <= slack;
}

export class Follower {
  #scroller;
  #jump;
  #following = true;
  #height = 0;

  constructor(scroller, jump) {
    this.#scroller = scroller;
    this.#jump = jump;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    jump.addEventListener("click", () => this.toEnd());
    // Also when the window or the message box changes its height.
    new ResizeObserver(() => this.grown()).observe(scroller);
  }

  // The text has grown.
  grown() {
    const { scrollHeight } = this.#scroller;
    if (this.#following) this.#scroller.scrollTop = scrollHeight;
    else if (scrollHeight > this.#height) this.#jump.dataset.new = "yes";
    this.#height = scrollHeight;
    this.#show();
  }

  toEnd() {
    this.#following = true;
    this.grown();
  }

  // What is being looked at has moved down by so many pixels: it stays in its place.
  stay(pixels) {
    this.#scroller.scrollTop += pixels;
    this.#scrolled();
  }

  #scrolled() {
    this.#following = isAtEnd(this.#scroller);
    this.#show();
  }

  #show() {
    const isThere = isAtEnd(this.#scroller);
    if (this.#jump.hidden !== isThere) this.#jump.hidden = isThere;
    if (isThere) delete this.#jump.dataset.new;
  }
}
