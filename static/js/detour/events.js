// Server-sent events, and the frames of the socket that they stand for. Pure.

const CHUNK_TYPES = { complete: "end" };

export class EventParser {
  #rest = "";

  // The events that are whole with this text. Comments are none.
  take(text) {
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop();
    return blocks.map(parse).filter(Boolean);
  }
}

function parse(block) {
  let id = null;
  let data = null;
  for (const line of block.split("\n")) {
    if (line.startsWith("id: ")) id = Number(line.slice(4));
    else if (line.startsWith("data: ")) data = JSON.parse(line.slice(6));
  }
  return data && { id, data };
}

// A chunk as the socket brings it.
export function chunkOf({ id, data: { type, content, ...metadata } }, messageId, conversationId) {
  const kind = id === 0 ? "start" : CHUNK_TYPES[type] ?? type;
  return streamFrame(messageId, conversationId, { seq: id, kind, content, metadata });
}

// The acknowledgement of a send that was found in its conversation; undefined: it is not there.
export function startOf(messages, clientId) {
  const named = messages.find((each) => each.client_id === clientId);
  const isQuestion = named?.role === "user";
  const question = isQuestion ? named : messages.find(({ id }) => id === named?.parent_id);
  const reply = isQuestion ? messages.find((each) => each.parent_id === named.id) : named;
  if (!question || !reply) return undefined;
  const metadata = {
    status: "processing",
    client_id: clientId,
    user_message_id: question.id,
    user_message_parent_id: question.parent_id,
    user_message_versions: question.versions,
    parent_id: question.id,
    versions: reply.versions,
  };
  return streamFrame(reply.id, reply.conversation_id, { seq: 0, kind: "start", metadata });
}

function streamFrame(messageId, conversationId, { seq, kind, content = "", metadata }) {
  return {
    type: "stream", chunk_type: kind, message_id: messageId, conversation_id: conversationId,
    seq, content, metadata,
  };
}

// Which request a frame that starts a reply becomes.
export function requestOf({ type, stream, message_id: messageId, ...body }) {
  return { path: type === "chat" ? "chat/stream" : `messages/${messageId}/${type}`, body };
}
