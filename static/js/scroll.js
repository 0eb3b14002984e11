// Follows the growing text, but only while the reader is at the end.

const SLACK_PX = 48;

export function isAtEnd({ scrollTop, clientHeight, scrollHeight }, slack = SLACK_PX) {
  return scrollHeight - clientHeight - scrollTop <= slack;
}

export class Follower {
  #scroller;
  #jump;
  #following = true;

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
    if (this.#following) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#show();
  }

  toEnd() {
    this.#following = true;
    this.grown();
  }

  #scrolled() {
    this.#following = isAtEnd(this.#scroller);
    this.#show();
  }

  #show() {
    this.#jump.hidden = isAtEnd(this.#scroller);
  }
}
