// What the browser says by itself stands in the page, translated (templates/chat/_phrases.html).

export function phrase(name) {
  return document.getElementById("phrases").dataset[name];
}
