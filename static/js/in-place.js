// A box in the place of a link, to write another text for it: Enter and leaving the box keep what
// was written, Escape does not. Event "edited", on the link, when the box is gone.

export const BOX = "conversation-rename";
const MAX_CHARS = 80;

export function editInPlace(link, label, keep) {
  const box = document.createElement("input");
  box.className = BOX;
  box.value = link.textContent;
  box.maxLength = MAX_CHARS;
  box.setAttribute("aria-label", label);
  let isOpen = true;

  const close = (isKept) => {
    // Taking the box away is leaving it, too.
    if (!isOpen) return;
    isOpen = false;
    const text = box.value.trim();
    link.hidden = false;
    box.remove();
    if (isKept && text && text !== link.textContent) keep(text);
    link.dispatchEvent(new Event("edited", { bubbles: true }));
  };
  box.addEventListener("blur", () => close(true));
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    close(event.key === "Enter");
    link.focus();
  });

  link.hidden = true;
  link.before(box);
  box.focus();
  box.select();
}
