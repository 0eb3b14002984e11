"""Every address, HTTP and WebSocket."""

from django.contrib import admin
from django.urls import include, path

from chat.attempts import counted
from chat.views.costs import costs
from streaming.doors import staff
from streaming.doors.dialects import by_dialect

urlpatterns = [
    path("admin/providers/", staff.providers, name="providers"),
    path("admin/costs/", costs, name="costs"),
    path("admin/login/", counted("sign-in")(admin.site.login)),
    path("admin/", admin.site.urls),
    path("", include("streaming.doors.urls")),
    path("", include("chat.urls")),
]

websocket_urlpatterns = [
    path("ws/chat/", by_dialect),
]
