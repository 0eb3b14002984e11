// Long work in short pieces, so that the page answers in between.

const SLICE_MS = 6;

// Whether this piece of work has had its time.
export function timeSlice(milliseconds = SLICE_MS) {
  const end = performance.now() + milliseconds;
  return () => performance.now() >= end;
}

// Runs a generator to its end, a slice at a time.
export async function inSlices(steps) {
  let isOver = timeSlice();
  for (const _ of steps) {
    if (!isOver()) continue;
    await nextTurn();
    isOver = timeSlice();
  }
}

// The frame that is due, and what a person did, come first.
function nextTurn() {
  return new Promise((resolve) => {
    if (globalThis.requestIdleCallback) requestIdleCallback(resolve, { timeout: 100 });
    else setTimeout(resolve, 16);
  });
}
