"""The application: HTTP to Django, WebSockets to the consumers."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application

# Django must be set up before anything imports a model.
http = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

from config.urls import websocket_urlpatterns
from streaming.doors.floods import Floods
from streaming.doors.threads import with_few_threads
from streaming.doors.whose import OfItsPage
from streaming.doors.writing import OnTheWayIn

application = Floods(
    ProtocolTypeRouter(
        {
            "http": with_few_threads(http),
            # Browsers send cookies with WebSocket handshakes from any page and there is no CSRF
            # token: only pages of our own hosts may open one.
            "websocket": OnTheWayIn(
                lambda inside: AllowedHostsOriginValidator(AuthMiddlewareStack(inside)),
                OfItsPage(URLRouter(websocket_urlpatterns)),
            ),
        }
    )
)
