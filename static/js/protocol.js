// The vocabulary of the socket. A test compares it with the server's.

export const CHUNK_TYPES = [
  "start", "token", "tool_call", "tool_result", "metadata", "reset", "end", "error",
];

export const ERROR_CODES = [
  "bad_frame", "unknown_type", "empty_message", "message_too_long", "not_found",
  "rate_limited", "busy", "provider_unavailable", "provider_rejected", "provider_timeout",
  "budget_exceeded", "blocked", "internal", "unfinished",
  "unauthenticated", "forbidden", "method_not_allowed", "unsupported_media_type", "timeout",
];

// A send refused with one of these is tried again by itself.
export const PASSING_CODES = ["rate_limited", "busy"];

export const CLOSE = { sessionEnded: 4003, flood: 4008, goingAway: [1001, 1012, 4012] };

export const frames = {
  // With a parent (null: the beginning) it is another version of what was said after it.
  // Without a model it is as with "auto", and the conversation's choice stays.
  chat: ({ clientId, message, conversationId, parentId, model, assistantId }) => ({
    type: "chat", message, conversation_id: conversationId, client_id: clientId, stream: true,
    parent_id: parentId, model, assistant_id: assistantId,
  }),
  regenerate: ({ clientId, messageId, model }) => ({
    type: "regenerate", message_id: messageId, client_id: clientId, model,
  }),
  continue: ({ clientId, messageId }) => ({
    type: "continue", message_id: messageId, client_id: clientId,
  }),
  select: (messageId) => ({ type: "select", message_id: messageId }),
  open: (conversationId, after) => ({ type: "open", conversation_id: conversationId, after }),
  resume: (messageId, after) => ({ type: "resume", message_id: messageId, after }),
  stop: (messageId) => ({ type: "stop", message_id: messageId }),
  ping: () => ({ type: "ping" }),
};
