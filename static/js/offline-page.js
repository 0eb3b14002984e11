// The page in the place of one that is not on the device: lists those that are, and goes where
// it was meant to go when the network is back.

import { KeptPages } from "./offline/pages.js";
import { conversationIn } from "./offline/rules.js";

const AGAIN_MS = 10_000;

const section = document.getElementById("seen");
const template = document.getElementById("seen-template");
const time = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: "medium", timeStyle: "short",
});

async function show() {
  if (!globalThis.caches) return;
  const entries = await new KeptPages(caches).list();
  const seen = entries.filter(({ path }) => conversationIn(path));
  section.querySelector("ul").append(...seen.map(link));
  document.getElementById("seen-new").hidden = !entries.some(({ path }) => path === "/chat/");
  section.hidden = !entries.length;
  section.querySelector("h2").hidden = !seen.length;
}

function link({ path, title, at }) {
  const item = template.content.querySelector("li").cloneNode(true);
  item.querySelector("a").href = path;
  item.querySelector(".seen-title").textContent = title;
  const when = item.querySelector("time");
  when.dateTime = at;
  when.textContent = time.format(new Date(at));
  return item;
}

// The network is there before the server is: looked for by asking it.
async function again() {
  try {
    const { status } = await fetch(location.href, { method: "HEAD", redirect: "manual" });
    if (status < 502) location.reload();
  } catch {
    // Still away.
  }
}

show();
addEventListener("online", again);
document.addEventListener("visibilitychange", () => !document.hidden && again());
setInterval(again, AGAIN_MS);
