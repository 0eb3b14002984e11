"""How much one person, key or address may do (docs/limits.md), read from the environment."""

from config.env import networks, positive_int

# Only proxies that are named here are believed when they say whom they speak for.
TRUSTED_PROXIES = networks("TRUSTED_PROXIES")

# Messages per address and minute; those per person: CHAT_RATE_PER_MINUTE.
CHAT_RATE_PER_ADDRESS = positive_int("CHAT_RATE_PER_ADDRESS", 300)
# Answers that are being written for one person.
CHAT_REPLIES_PER_PERSON = positive_int("CHAT_REPLIES_PER_PERSON", 10)
# Sockets, event streams and answers that are waited for, all together.
CHAT_CONNECTIONS_PER_PERSON = positive_int("CHAT_CONNECTIONS_PER_PERSON", 50)
CHAT_CONNECTIONS_PER_ADDRESS = positive_int("CHAT_CONNECTIONS_PER_ADDRESS", 1000)
# Requests and handshakes per minute, without static files.
CHAT_REQUESTS_PER_PERSON = positive_int("CHAT_REQUESTS_PER_PERSON", 600)
CHAT_REQUESTS_PER_ADDRESS = positive_int("CHAT_REQUESTS_PER_ADDRESS", 1200)
# Tries to sign in per minute, and new accounts per hour.
CHAT_SIGN_INS_PER_ADDRESS = positive_int("CHAT_SIGN_INS_PER_ADDRESS", 20)
CHAT_SIGN_UPS_PER_ADDRESS = positive_int("CHAT_SIGN_UPS_PER_ADDRESS", 60)

# What one request may bring: room for the longest conversation that a program sends (`/v1/`).
CHAT_BODY_MAX_BYTES = positive_int("CHAT_BODY_MAX_BYTES", 4_194_304)
DATA_UPLOAD_MAX_MEMORY_SIZE = CHAT_BODY_MAX_BYTES
