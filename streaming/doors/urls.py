"""The addresses that start, stop and check replies."""

from django.urls import include, path

from streaming.doors import health, live, metrics, views

urlpatterns = [
    # No slash at its end: addresses on the page are relative to the conversation's.
    path("chat/<uuid:conversation_id>/live", live.live, name="live"),
    path("chat/send/", views.send, name="send-new"),
    path("chat/<uuid:conversation_id>/send/", views.send, name="send"),
    path(
        "chat/<uuid:conversation_id>/stop/<uuid:message_id>/",
        views.stop_reply,
        name="stop",
    ),
    path(
        "chat/<uuid:conversation_id>/regenerate/<uuid:message_id>/",
        views.regenerate,
        name="regenerate",
    ),
    path(
        "chat/<uuid:conversation_id>/continue/<uuid:message_id>/",
        views.go_on,
        name="continue",
    ),
    path(
        "chat/<uuid:conversation_id>/select/<uuid:message_id>/",
        views.select_version,
        name="select",
    ),
    # Before the others below the same address, which answer whatever is left.
    path("", include("streaming.doors.description.urls")),
    path("api/v1/", include("streaming.doors.api.urls")),
    path("v1/", include("streaming.doors.compatible.urls")),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]
