import assert from "node:assert/strict";
import { test } from "node:test";

import { languageOf, sentences } from "../../static/js/sentences.js";

const { Segmenter } = Intl;

for (const kind of ["with the browser's segmenter", "without it"]) {
  const run = (name, check) =>
    test(`${name}, ${kind}`, () => {
      if (kind === "without it") delete Intl.Segmenter;
      try {
        check();
      } finally {
        Intl.Segmenter = Segmenter;
      }
    });

  run("the last sentence waits for what follows it", () => {
    const { sentences: found, used } = sentences("One is here. Two is th");
    assert.deepEqual(found, ["One is here."]);
    assert.equal(used, "One is here. ".length);
  });

  run("at the end the last one is said too", () => {
    assert.deepEqual(sentences("One. Two", { isWhole: true }).sentences, ["One.", "Two"]);
  });

  run("a line end ends a sentence", () => {
    assert.deepEqual(sentences("A title\nText goes on").sentences, ["A title"]);
  });

  run("in pieces the same is said as at once", () => {
    const text = "First, a sentence! Is there a second? Yes: 3 items.\n- one\n- two\n\nDone. 終わりました。はい。";
    const whole = sentences(text, { isWhole: true }).sentences;
    const said = [];
    let from = 0;
    for (let end = 1; end <= text.length; end += 1) {
      const step = sentences(text.slice(from, end), { isWhole: end === text.length });
      said.push(...step.sentences);
      from += step.used;
    }
    assert.equal(said.join(" ").replace(/\s+/g, ""), whole.join(" ").replace(/\s+/g, ""));
  });

  run("a long sentence is said in parts", () => {
    const text = `${"some words, and more of them ".repeat(30)}end.`;
    const { sentences: found } = sentences(text, { isWhole: true });
    assert.ok(found.every((sentence) => sentence.length <= 240));
    assert.equal(found.join(" ").replace(/\s+/g, " "), text.replace(/\s+/g, " "));
  });

  run("what has no letter is not said", () => {
    assert.deepEqual(sentences("---\n***\n", { isWhole: true }).sentences, []);
  });
}

test("the script tells the language, else the page", () => {
  assert.equal(languageOf("Это предложение.", "en"), "ru");
  assert.equal(languageOf("これは文です。", "en"), "ja");
  assert.equal(languageOf("这是一个句子。", "en"), "zh");
  assert.equal(languageOf("Ein Satz.", "de"), "de");
  assert.equal(languageOf("A word, вода, among others in a sentence.", "en"), "en");
  assert.equal(languageOf("42", "de"), "de");
});
