// A <details> menu closes on Escape and on a click elsewhere; a drawer closes on a wide screen.

export function closingMenu(menu) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("submit", () => {
    menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    // Otherwise it would stop the answer, too.
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
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
