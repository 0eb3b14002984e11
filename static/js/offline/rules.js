// Which request the service worker answers, and what it may keep. Pure.

export const PAGES_MAX = 60;
// Files of so many versions: the newest, and those that kept pages were made with.
export const SHELLS_MAX = 3;

const KEPT = /^\/chat\/(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\/)?$/;
const CONVERSATION = /^\/chat\/([0-9a-f-]{36})\/$/;
const FILES = /\.(?:md|json)$/;

// "file": from the device. "kept": a page that may be shown as it was when last seen. "home":
// leads to the newest of these. "page": without a connection the page that says so. null: not
// touched (everything that is sent, sockets, the API, the admin, shared links, exported files).
export function kindOf({ method, mode, url }, { origin, static: files }) {
  const { origin: asked, pathname } = new URL(url);
  if (method !== "GET" || asked !== origin) return null;
  if (pathname.startsWith(files)) return pathname.startsWith(`${files}admin/`) ? null : "file";
  if (mode !== "navigate") return null;
  if (pathname === "/") return "home";
  if (KEPT.test(pathname)) return "kept";
  if (FILES.test(pathname)) return null;
  return /^\/(?:chat|settings|sign-in|sign-up)\//.test(pathname) ? "page" : null;
}

// What an answer to a page says about what is kept. "gone": this page. "signed out": all of it.
export function lessonOf({ type, status, headers }, url) {
  const { pathname, search } = new URL(url);
  if (/^\/sign-(?:in|up)\/$/.test(pathname) && status === 200) return "signed out";
  if (!KEPT.test(pathname)) return null;
  // Who is signed in is never sent elsewhere from here.
  if (type === "opaqueredirect" || (status >= 300 && status < 400)) return "signed out";
  if (status === 200) return headers.get("X-Keep-For") && !search ? "keep" : null;
  return status >= 400 && status < 500 && status !== 429 ? "gone" : null;
}

// A balancer without a server behind it.
export function isUnreachable({ status }) {
  return status >= 502 && status <= 504;
}

export function conversationIn(path) {
  return CONVERSATION.exec(path)?.[1] ?? null;
}

// The entry first, the least recently seen ones out.
export function touched(entries, entry, max = PAGES_MAX) {
  const others = entries.filter(({ path }) => path !== entry.path);
  return split([entry, ...others], (_, index) => index < max);
}

// Of how many versions files are kept, and which pages stay without theirs.
export function shellsInUse(entries, current, max = SHELLS_MAX) {
  const shells = new Set([current]);
  for (const { shell } of entries) if (shells.size < max) shells.add(shell);
  return { shells, ...split(entries, ({ shell }) => shells.has(shell)) };
}

// Takes those away that are not there any more; the others get the titles that they have now.
export function known(entries, titles) {
  const named = entries.map((entry) => {
    const id = conversationIn(entry.path);
    return id && titles[id] !== undefined ? { ...entry, title: titles[id] } : entry;
  });
  return split(named, ({ path }) => {
    const id = conversationIn(path);
    return !id || titles[id] !== undefined;
  });
}

function split(entries, isKept) {
  const kept = entries.filter(isKept);
  return { entries: kept, dropped: entries.filter((each) => !kept.includes(each)) };
}
