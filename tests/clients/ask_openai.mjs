// OpenAI's client for Node, as any program uses it: node ask_openai.mjs ACTION [QUESTION].
// It prints JSON, a line for each thing it was told. Address and key are where the client itself
// looks for them: OPENAI_BASE_URL and OPENAI_API_KEY.

import OpenAI from "openai";

const [action, question] = process.argv.slice(2);
const client = new OpenAI({ maxRetries: 0 });
const completions = client.chat.completions;
const asked = {
  model: "openai:mock",
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: question },
  ],
};
const streamed = { ...asked, stream_options: { include_usage: true } };

const actions = {
  async models() {
    for await (const model of client.models.list()) tell(model);
  },

  async whole() {
    tell(await completions.create({ ...asked, max_completion_tokens: 77, temperature: 0.5 }));
  },

  async stream() {
    for await (const chunk of await completions.create({ ...streamed, stream: true })) tell(chunk);
  },

  // What the client itself makes of the chunks.
  async gathered() {
    tell(await completions.stream(streamed).finalChatCompletion());
  },

  async leave() {
    const stream = await completions.create({ ...asked, stream: true });
    for await (const chunk of stream) {
      if (chunk.choices[0].delta.content) stream.controller.abort();
    }
    tell("left");
    // The end of a process closes its connections, too: it is not to be what stops the answer.
    for await (const _ of process.stdin);
  },

  async refused() {
    await completions.create({ ...asked, model: "gpt-none" }).catch(report);
    await completions.create({ ...asked, n: 2 }).catch(report);
    const stranger = new OpenAI({ maxRetries: 0, apiKey: "rvl_wrong" });
    await stranger.chat.completions.create(asked).catch(report);
  },
};

await actions[action]().catch(report);

function tell(value) {
  console.log(JSON.stringify(value));
}

// Programs tell errors apart by their class and by these fields.
function report(error) {
  const { status = null, code, param, message } = error;
  const isOf = (name) => error.constructor === OpenAI[name];
  tell({ error: Object.keys(OpenAI).find(isOf) ?? String(error), status, code, param, message });
}
