// Requests to the API, as the page's person. They end in what was asked for, or in one of these:
// Refused (the server says no), Away (nobody answers), Held (what is sent in pieces comes whole).

import { EventParser } from "./events.js";

const TOKEN = "input[name=csrfmiddlewaretoken]";
const PERSON = "[data-person]";
const ANSWER_MS = 15_000;
// An event stream says something at once, and then every 15 s.
const FIRST_BYTE_MS = 4_000;
const SILENCE_MS = 40_000;

export class Away extends Error {}
export class Held extends Error {}
export class Refused extends Error {
  constructor(status, frame) {
    super(frame.code);
    this.status = status;
    this.frame = frame;
  }
}

export async function get(path, signal) {
  return ask(path, { signal });
}

export async function post(path, signal) {
  return ask(path, { signal, method: "POST" });
}

async function ask(path, options) {
  const { controller, release } = within(ANSWER_MS, options.signal);
  try {
    return await (await request(path, { ...options, signal: controller.signal })).json();
  } catch (error) {
    throw error instanceof Refused || options.signal.aborted ? error : new Away();
  } finally {
    release();
  }
}

// The events of a stream, until it ends or breaks. With a body it is a wish, else a reading.
export async function* events(path, { body, signal }) {
  let wait = within(FIRST_BYTE_MS, signal);
  const { controller } = wait;
  const parser = new EventParser();
  let hasBegun = false;
  try {
    const response = await request(path, { body, method: body && "POST", signal: controller.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { done: true };
      wait.release();
      hasBegun = true;
      if (done) return;
      wait = within(SILENCE_MS, signal, controller);
      yield* parser.take(value);
    }
  } catch (error) {
    if (error instanceof Refused || signal.aborted) throw error;
    if (!hasBegun) throw wait.isLate() ? new Held() : new Away();
  } finally {
    wait.release();
    controller.abort();
  }
}

// Only brings the wish there: resolves when the server has said yes, however late it is heard.
export async function wish(path, body, signal) {
  await request(path, { body, method: "POST", signal });
}

async function request(path, { method = "GET", body, signal }) {
  const headers = {
    "X-CSRFToken": document.querySelector(TOKEN).value,
    // Somebody else may have signed in since; then it is refused as when a session has ended.
    "X-Person": document.querySelector(PERSON).dataset.person,
  };
  if (body) headers["Content-Type"] = "application/json";
  const options = { method, headers, signal, body: body && JSON.stringify(body) };
  let response;
  try {
    response = await fetch(`/api/v1/${path}`, options);
  } catch (error) {
    throw signal.aborted ? error : new Away();
  }
  if (response.ok) return response;
  throw await refusal(response);
}

async function refusal(response) {
  const wait = Number(response.headers.get("Retry-After")) || undefined;
  try {
    const { code, message } = (await response.json()).error;
    return new Refused(response.status, { code, detail: message, retry_after: wait });
  } catch {
    // A proxy with nobody behind it.
    return new Away();
  }
}

// A controller that aborts after so long, or with this signal.
function within(milliseconds, signal, controller = new AbortController()) {
  let isLate = false;
  const abort = () => controller.abort();
  const timer = setTimeout(() => {
    isLate = true;
    abort();
  }, milliseconds);
  signal.addEventListener("abort", abort);
  const release = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  };
  return { controller, release, isLate: () => isLate };
}

export function rest(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
  });
}
