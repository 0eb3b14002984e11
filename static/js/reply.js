// What a reply is, chunk after chunk. Pure: `take` returns the next state and never changes one.

export function newReply(messageId, { text = "", thinking = "", seq = -1, status = "processing" } = {}) {
  return {
    messageId, text, thinking, seq, status, using: null, model: "", attempt: 1, error: null, metadata: {},
  };
}

export function isFinished(reply) {
  return reply.status !== "processing";
}

// Whether asking the same again may help.
export function isRetryable({ status, error }) {
  return status === "interrupted" || (status === "failed" && error?.retryable !== false);
}

// Whether it broke off in its text, for a reason that may be gone now.
export function isContinuable({ status, text, error, metadata }) {
  if (!text.trim() || status === "processing") return false;
  if (status === "complete") return isCut({ status, metadata });
  return status !== "failed" || error?.retryable !== false;
}

// Whether the model had more to say than one answer may have.
export function isCut({ status, metadata }) {
  return status === "complete" && metadata?.finish_reason === "length";
}

// "next": take it. "repeat": already here. "hole": something before it is missing.
export function place(reply, seq) {
  if (seq <= reply.seq) return "repeat";
  return seq === reply.seq + 1 ? "next" : "hole";
}

export function take(reply, chunk) {
  const next = { ...reply, seq: chunk.seq };
  switch (chunk.chunk_type) {
    case "token": {
      // The first one of an attempt tells who is speaking.
      const model = chunk.metadata?.model ?? reply.model;
      return { ...next, text: reply.text + chunk.content, using: null, model };
    }
    case "metadata":
      return {
        ...next,
        attempt: chunk.metadata?.attempt ?? reply.attempt,
        thinking: reply.thinking + (chunk.metadata?.thinking ?? ""),
      };
    case "tool_call":
      return { ...next, using: chunk.metadata?.name ?? chunk.content };
    case "tool_result":
      return { ...next, using: null };
    case "reset":
      return { ...next, text: "", thinking: "", using: null };
    case "end":
      return { ...next, status: chunk.metadata.status, metadata: chunk.metadata, using: null };
    case "error":
      return { ...next, status: "failed", error: failure(chunk), using: null };
    default:
      // start, and what later versions add: only the place in the order counts.
      return next;
  }
}

// A whole message instead of chunks. Its text stands for everything up to the cursor.
export function fromSnapshot(message, known) {
  const reply = newReply(message.id, { text: message.content, status: message.status });
  if (!isFinished(reply) && known && known.text.length >= reply.text.length) return known;
  const thinking = message.thinking || known?.thinking || "";
  return { ...reply, thinking, error: message.error ?? null, metadata: message.metadata ?? {} };
}

function failure(chunk) {
  const { code, retryable } = chunk.metadata ?? {};
  return { code, retryable, sentence: chunk.content };
}
