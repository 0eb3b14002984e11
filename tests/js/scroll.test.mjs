import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Follower, isAtEnd } from "../../static/js/scroll.js";

test("at the end, and a little above it, is the end", () => {
  assert.ok(isAtEnd({ scrollTop: 500, clientHeight: 500, scrollHeight: 1000 }));
  assert.ok(isAtEnd({ scrollTop: 460, clientHeight: 500, scrollHeight: 1000 }));
});

test("further up is not the end", () => {
  assert.ok(!isAtEnd({ scrollTop: 300, clientHeight: 500, scrollHeight: 1000 }));
});

test("what fits without scrolling is at its end", () => {
  assert.ok(isAtEnd({ scrollTop: 0, clientHeight: 500, scrollHeight: 400 }));
});

// What a browser does: a position is kept within the text, and its event comes later.
class Scroller extends EventTarget {
  clientHeight = 500;
  #height = 1000;
  #top = 0;

  get scrollHeight() {
    return this.#height;
  }

  set scrollHeight(height) {
    this.#height = height;
    this.scrollTop = this.#top;
  }

  get end() {
    return this.scrollHeight - this.clientHeight;
  }

  get scrollTop() {
    return this.#top;
  }

  set scrollTop(top) {
    this.#top = Math.max(0, Math.min(top, this.end));
  }

  event() {
    this.dispatchEvent(new Event("scroll"));
  }
}

let scroller;
let jump;
let follower;

beforeEach(() => {
  globalThis.ResizeObserver = class {
    observe() {}
  };
  scroller = new Scroller();
  jump = Object.assign(new EventTarget(), { hidden: true, dataset: {} });
  follower = new Follower(scroller, jump);
  follower.grown();
});

function grow(pixels) {
  scroller.scrollHeight += pixels;
  follower.grown();
}

function scrollTo(top) {
  scroller.scrollTop = top;
  scroller.event();
}

test("who is at the end stays there while the text grows", () => {
  grow(300);
  assert.equal(scroller.scrollTop, scroller.end);
  assert.ok(jump.hidden);
});

test("our own scrolling is not the reader's, though its event finds that the text has grown", () => {
  grow(300);
  scroller.scrollHeight += 400;
  scroller.event();
  assert.equal(scroller.scrollTop, scroller.end);
  assert.ok(jump.hidden);
  grow(300);
  assert.equal(scroller.scrollTop, scroller.end);
});

test("who moves up is left there, and told of new text", () => {
  scrollTo(200);
  assert.ok(!jump.hidden);
  assert.equal(jump.dataset.new, undefined);
  grow(300);
  assert.equal(scroller.scrollTop, 200);
  assert.equal(jump.dataset.new, "yes");
});

test("a little is enough to leave a growing text", () => {
  scrollTo(scroller.end - 10);
  const { scrollTop } = scroller;
  grow(300);
  assert.equal(scroller.scrollTop, scrollTop);
  assert.ok(!jump.hidden);
});

test("who moves up slowly leaves, too, and who does so softly is not taken back", () => {
  for (let step = 0; step < 60; step += 1) scrollTo(scroller.scrollTop - 1);
  assert.equal(scroller.scrollTop, scroller.end - 60);
  follower.toEnd();
  for (const step of [8, 12, 8, 4, 2, 1, 0.4]) scrollTo(scroller.scrollTop - step);
  const { scrollTop } = scroller;
  grow(300);
  assert.equal(scroller.scrollTop, scrollTop);
});

test("what was found is left in view", () => {
  scroller.scrollHeight = 2000;
  scroller.scrollTop = 600;
  follower.stay(0);
  scroller.event();
  follower.grown();
  assert.equal(scroller.scrollTop, 600);
  assert.ok(!jump.hidden);
  assert.equal(jump.dataset.new, undefined);
});

test("who comes near the end again follows it, without being pulled there", () => {
  scrollTo(100);
  scrollTo(scroller.end - 20);
  assert.equal(scroller.scrollTop, scroller.end - 20);
  assert.ok(jump.hidden);
  grow(300);
  assert.equal(scroller.scrollTop, scroller.end);
});

test("who moves down in the middle stays in the middle", () => {
  grow(1000);
  scrollTo(100);
  scrollTo(300);
  grow(100);
  assert.equal(scroller.scrollTop, 300);
});

test("a text that becomes shorter, or a view that becomes taller, moves nobody off the end", () => {
  grow(1000);
  scroller.scrollHeight -= 600;
  scroller.event();
  assert.equal(scroller.scrollTop, scroller.end);
  scroller.clientHeight += 250;
  scrollTo(scroller.scrollTop);
  grow(100);
  assert.equal(scroller.scrollTop, scroller.end);
});

test("the button leads to the end, and follows it from there", () => {
  scrollTo(100);
  grow(100);
  jump.dispatchEvent(new Event("click"));
  assert.equal(scroller.scrollTop, scroller.end);
  assert.ok(jump.hidden);
  assert.equal(jump.dataset.new, undefined);
  grow(100);
  assert.equal(scroller.scrollTop, scroller.end);
});

test("what was added above the view keeps it in its place", () => {
  grow(1000);
  scrollTo(400);
  scroller.scrollHeight += 50;
  follower.stay(50);
  assert.equal(scroller.scrollTop, 450);
  scroller.event();
  grow(100);
  assert.equal(scroller.scrollTop, 450);
});
