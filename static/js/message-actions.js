// The buttons under messages, and the arrow that leads from the empty box to the last question.

export function messageActions(list, acts) {
  list.addEventListener("submit", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const control = event.target.closest(".message-actions [data-act]");
    // A link may be opened elsewhere.
    if (!control || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    acts[control.dataset.act]?.(control.closest(".message"), control);
  });
}

export function arrowUpEdits(box, edit) {
  box.addEventListener("keydown", (event) => {
    const isPlain = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    if (event.key !== "ArrowUp" || !isPlain || event.isComposing || box.value) return;
    event.preventDefault();
    edit();
  });
}
