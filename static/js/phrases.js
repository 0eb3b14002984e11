// What the browser says by itself stands in the page, translated (templates/chat/_phrases.html).

// `values` take the places of their names in braces.
export function phrase(name, values = {}) {
  const words = document.getElementById("phrases").dataset[name] ?? "";
  return words.replace(/\{(\w+)\}/g, (place, key) => values[key] ?? place);
}

// The form that this number needs in the page's language: `name` and "One", "Few" …, else "Other".
export function phraseFor(name, number) {
  const { dataset } = document.getElementById("phrases");
  const category = new Intl.PluralRules(language()).select(number);
  const form = `${name}${category[0].toUpperCase()}${category.slice(1)}`;
  const count = number.toLocaleString(language());
  return phrase(form in dataset ? form : `${name}Other`, { count });
}

// The page's.
export function language() {
  return document.documentElement.lang || "en";
}
