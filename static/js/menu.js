// What lies over the page in a <details> closes on Escape and on a click elsewhere; one closes for
// another by their name. A drawer closes on a wide screen.

const OPEN = "details[name=over][open]";
const ABOVE = "dialog[open], :popover-open";

export function closingDetails() {
  document.addEventListener("click", ({ target }) => {
    for (const details of document.querySelectorAll(OPEN)) {
      if (!details.contains(target)) details.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    const details = document.querySelector(OPEN);
    if (!details || document.querySelector(ABOVE)) return;
    // Otherwise it would stop the answer, too.
    event.preventDefault();
    details.open = false;
    const { activeElement } = document;
    // Whoever is somewhere else stays there.
    const isHere = details.contains(activeElement) || activeElement.contains(details);
    if (isHere) details.querySelector("summary").focus();
  });
}

export function closingMenu(menu) {
  menu.addEventListener("submit", () => {
    menu.open = false;
  });
}

export function closingDrawer(drawer) {
  matchMedia("(min-width: 56rem)").addEventListener("change", ({ matches }) => {
    if (matches && drawer.matches(":popover-open")) drawer.hidePopover();
  });
}

// A form whose button does the one when it is off and the other when it is on.
export function setSwitch(form, isOn) {
  form.dataset.on = isOn ? "1" : "0";
  form.querySelector("[name=on]").value = isOn ? "0" : "1";
}

// What the menu of a conversation offers depends on what it is now.
export function showState(menu, { pinned, archived }) {
  if (pinned !== undefined) setSwitch(menu.querySelector("[data-act=pin]"), pinned);
  if (archived !== undefined) setSwitch(menu.querySelector("[data-act=archive]"), archived);
}
