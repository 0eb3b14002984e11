"""The environment of every test: nothing of the developer's own settings, nothing outside.

Loaded as a pytest plugin before Django reads its settings.
"""

import os
import tempfile
from pathlib import Path

for name in list(os.environ):
    if name.startswith(("ANTHROPIC_", "OPENAI_", "CHAT_", "STREAM_", "WORKER_", "WEB_", "REDIS_")):
        del os.environ[name]

folder = Path(tempfile.mkdtemp(prefix="rivulet-tests-"))
(folder / "static").mkdir()
os.environ |= {
    "SECRET_KEY": "only for tests",
    "DEBUG": "0",
    "VAR_DIR": str(folder),
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", f"sqlite:///{folder}/db.sqlite3"),
    "REDIS_URL": f"unix://{folder}/valkey.sock",
    "CHAT_LOCAL_MODEL": "1",
}
