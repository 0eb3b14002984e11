// Somebody has signed out here: nothing of theirs stays, also where the browser does not know the
// header that says so. Other tabs of theirs hear of it and write nothing any more.

import { tellLeft } from "./leaving.js";

tellLeft();
sessionStorage.clear();
for (const name of (await globalThis.caches?.keys()) ?? []) {
  if (name.startsWith("pages ")) await caches.delete(name);
}
history.replaceState(null, "", location.pathname);
