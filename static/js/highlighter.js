// Asks the worker for the colours of a code block. The worker, with the largest file of the page,
// is loaded with the first code: many answers have none.

const asked = new Map();
let worker = null;
let lastId = 0;

// Resolves to runs of [text, class names], or to null where there are no colours.
export function colours(code, language) {
  worker ??= start();
  if (!worker) return Promise.resolve(null);
  lastId += 1;
  worker.postMessage({ id: lastId, code, language });
  return new Promise((resolve) => asked.set(lastId, resolve));
}

function start() {
  const address = document.querySelector("meta[name=highlight-worker]")?.content;
  if (!address || !globalThis.Worker) return null;
  const started = new Worker(address, { type: "module" });
  started.addEventListener("message", ({ data: { id, runs } }) => answer(id, runs));
  // Without it code stays as it is: readable.
  started.addEventListener("error", () => {
    for (const id of [...asked.keys()]) answer(id, null);
  });
  return started;
}

function answer(id, runs) {
  asked.get(id)?.(runs);
  asked.delete(id);
}
