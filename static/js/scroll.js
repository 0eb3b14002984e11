// Follows the growing text, but only while the reader is at the end; else a button leads there.

const SLACK_PX = 48;
// Positions are fractions of pixels, and rounded differently.
const ROUNDING_PX = 1;

export function isAtEnd({ scrollTop, clientHeight, scrollHeight }, slack = SLACK_PX) {
  return scrollHeight - clientHeight - scrollTop <= slack;
}

export class Follower {
  #scroller;
  #jump;
  #following = true;
  #height = 0;
  // Where the view was when that was last known, and where its end was.
  #top = 0;
  #end = 0;

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
    if (this.#following) this.#follow();
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
    this.#following = isAtEnd(this.#scroller);
    this.#height = this.#scroller.scrollHeight;
    this.#remember();
    this.#show();
  }

  // The event of our own scrolling comes when the text may have grown again: the view is not at the
  // end then, though nobody has left it. Who leaves moves up, if only by a little.
  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    const end = scrollHeight - clientHeight;
    const top = this.#top - Math.max(0, this.#end - end);
    if (top - scrollTop > ROUNDING_PX) this.#following = false;
    else if (this.#following && end - scrollTop > ROUNDING_PX) return this.grown();
    else if (scrollTop > top && isAtEnd(this.#scroller)) this.#following = true;
    this.#remember();
    // Many small steps up are a large one.
    if (this.#following) this.#top = Math.max(this.#top, Math.min(top, this.#end));
    this.#show();
  }

  #follow() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#remember();
  }

  #remember() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    this.#end = scrollHeight - clientHeight;
    // A view that is pulled over its end swings back.
    this.#top = Math.min(scrollTop, this.#end);
  }

  #show() {
    const isThere = isAtEnd(this.#scroller);
    if (this.#jump.hidden !== isThere) this.#jump.hidden = isThere;
    if (isThere) delete this.#jump.dataset.new;
  }
}
