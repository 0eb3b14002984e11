"""The settings, each read once from the environment (`.env.example` lists all of them)."""

import os
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

from config import catalogue, endpoints
from config.budgets import *  # noqa: F403
from config.env import (
    BASE_DIR,
    VAR_DIR,
    embedded_redis_url,
    env,
    flag,
    not_negative,
    positive,
    positive_int,
    refuse,
    secret_key,
    words,
)
from config.headers import add_headers
from config.limits import *  # noqa: F403

# -- the installation --------------------------------------------------------------------

DEBUG = flag("DEBUG", default=False)
SECRET_KEY = secret_key(debug=DEBUG)
ALLOWED_HOSTS = words("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")

# https ends at the proxy, which says so in a header that it does not take from clients.
BEHIND_TLS_PROXY = flag("BEHIND_TLS_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS_PROXY else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS_PROXY
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_TLS_PROXY else 0

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "chat",
    "streaming",
]

MIDDLEWARE = [
    # Before anything that looks at the host or the session.
    "streaming.doors.health.probes",
    # A page has some ninety small files: what only concerns pages is not sent with each of them.
    "config.static.StaticFiles",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "chat.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# -- languages ---------------------------------------------------------------------------

# The browser's wish, until a person chooses (CONTRIBUTING.md: how to add one).
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = BEHIND_TLS_PROXY
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

# -- people ------------------------------------------------------------------------------

AUTH_USER_MODEL = "chat.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name}
    for name in (
        "chat.passwords.NotLikeTheName",
        "django.contrib.auth.password_validation.MinimumLengthValidator",
        "django.contrib.auth.password_validation.CommonPasswordValidator",
        "django.contrib.auth.password_validation.NumericPasswordValidator",
    )
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
SESSION_COOKIE_SAMESITE = "Lax"

# -- what is kept ------------------------------------------------------------------------


def _database(url: str) -> dict[str, Any]:
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(url))
    except (ValueError, KeyError):
        refuse("DATABASE_URL must be sqlite:///path or postgres://user:password@host/name")
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3"):
        # Writers wait for each other at BEGIN (config/sqlite/) instead of failing in the middle;
        # readers never wait. Without a sync per commit a crash of the process still loses nothing.
        database["ENGINE"] = "config.sqlite"
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
                "PRAGMA temp_store=MEMORY;PRAGMA mmap_size=134217728;"
            ),
        }
        database["CONN_MAX_AGE"] = None
    elif database["ENGINE"].endswith("postgresql"):
        options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}
        # They would not survive PgBouncer's transaction mode; no result here is long enough
        # to need one.
        database["DISABLE_SERVER_SIDE_CURSORS"] = True
    else:
        refuse(f"DATABASE_URL: {database['ENGINE']} is not supported (sqlite or postgres)")
    return database


DATABASES = {"default": _database(env.str("DATABASE_URL", "") or f"sqlite:///{VAR_DIR}/db.sqlite3")}

# -- streams and jobs --------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", "") or embedded_redis_url()
if not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    refuse("REDIS_URL must start with redis:// or rediss://")

# Everything of one installation in Redis begins with this word.
REDIS_PREFIX = env.str("REDIS_PREFIX", "") or "rivulet"

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "streaming.delivery.layer.ReplyChannelLayer",
        # RESP2, because hiredis leaks memory with every RESP3 push message (hiredis-py 235).
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "protocol": 2}],
            "prefix": REDIS_PREFIX,
        },
    },
}

STREAM_LOG_TTL_SECONDS = positive_int("STREAM_LOG_TTL_SECONDS", 3600)
WORKER_LEASE_SECONDS = positive("WORKER_LEASE_SECONDS", 10)
WORKER_DRAIN_SECONDS = positive("WORKER_DRAIN_SECONDS", 30)
WEB_DRAIN_SECONDS = positive("WEB_DRAIN_SECONDS", 10)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# -- chat --------------------------------------------------------------------------------

CHAT_MESSAGE_MAX_CHARS = positive_int("CHAT_MESSAGE_MAX_CHARS", 32_000)
# How much fits into a model that nobody tells of, and how much of a conversation is sent at most.
CHAT_CONTEXT_TOKENS = positive_int("CHAT_CONTEXT_TOKENS", 128_000)
CHAT_HISTORY_TOKENS_MAX = positive_int("CHAT_HISTORY_TOKENS_MAX", 200_000)
CHAT_RATE_PER_MINUTE = positive_int("CHAT_RATE_PER_MINUTE", 30)
# One more, small request to a model for every new conversation.
CHAT_TITLES = flag("CHAT_TITLES", default=True)
CHAT_FIRST_TOKEN_TIMEOUT_SECONDS = positive("CHAT_FIRST_TOKEN_TIMEOUT_SECONDS", 20)
CHAT_TOKEN_GAP_TIMEOUT_SECONDS = positive("CHAT_TOKEN_GAP_TIMEOUT_SECONDS", 30)
CHAT_REPLY_TIMEOUT_SECONDS = positive("CHAT_REPLY_TIMEOUT_SECONDS", 600)
# When a model is not asked for a while (streaming/breakers.py).
CHAT_BREAKER_FAILURES = positive_int("CHAT_BREAKER_FAILURES", 5)
CHAT_BREAKER_WINDOW_SECONDS = positive("CHAT_BREAKER_WINDOW_SECONDS", 60)
CHAT_BREAKER_OPEN_SECONDS = positive("CHAT_BREAKER_OPEN_SECONDS", 30)
CHAT_BREAKER_REFUSED_SECONDS = positive("CHAT_BREAKER_REFUSED_SECONDS", 300)
# A second model is asked where the first is slower than usual: faster, and dearer.
CHAT_HEDGE = flag("CHAT_HEDGE", default=False)

# The first tier: answers without a model (docs/edge.md). 0 seconds: nothing is remembered.
CHAT_CACHE_SECONDS = not_negative("CHAT_CACHE_SECONDS", 600)
CHAT_CACHE_MEGABYTES = positive("CHAT_CACHE_MEGABYTES", 64)
CHAT_INSTANT = flag("CHAT_INSTANT", default=True)
# 0: at once.
CHAT_INSTANT_WORDS_PER_SECOND = not_negative("CHAT_INSTANT_WORDS_PER_SECOND", 0)

# -- providers ---------------------------------------------------------------------------

ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", "")
ANTHROPIC_BASE_URL = env.str("ANTHROPIC_BASE_URL", "")
OPENAI_API_KEY = env.str("OPENAI_API_KEY", "")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", "")
OPENAI_CONTINUES = flag("OPENAI_CONTINUES", default=False)
if OPENAI_CONTINUES and not OPENAI_BASE_URL:
    refuse("OPENAI_CONTINUES needs OPENAI_BASE_URL: api.openai.com does not continue an answer")
CHAT_LOCAL_MODEL_URL = env.str("CHAT_LOCAL_MODEL_URL", "") or "http://127.0.0.1:8765/v1"

try:
    CHAT_ENDPOINTS = endpoints.read(words("CHAT_ENDPOINTS"), os.environ, catalogue.PROVIDERS)
except endpoints.EndpointError as error:
    refuse(str(error))

for _list in ("CHAT_CLOUD_MODELS", "CHAT_REGIONAL_MODELS"):
    if env.str(_list, "").strip() and not words(_list):
        refuse(f"{_list} is set but names no model")
try:
    CHAT_MODELS = catalogue.read(
        cloud=words("CHAT_CLOUD_MODELS"),
        regional=words("CHAT_REGIONAL_MODELS"),
        keys={"anthropic": bool(ANTHROPIC_API_KEY), "openai": bool(OPENAI_API_KEY)},
        openai_base_url=OPENAI_BASE_URL,
        endpoints=CHAT_ENDPOINTS,
        local_model=flag("CHAT_LOCAL_MODEL", True) if env.str("CHAT_LOCAL_MODEL", "") else None,
    )
except catalogue.CatalogueError as error:
    refuse(str(error))

# -- pages -------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ADD_HEADERS_FUNCTION = add_headers
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.static.HashedStaticFilesStorage"
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

# -- logs --------------------------------------------------------------------------------

# Levels are chosen so that no line can carry what a person wrote: SDKs print requests at DEBUG.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "rivulet": {"level": "INFO"},
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
