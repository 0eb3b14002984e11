"""The addresses that start, stop and check replies."""

from django.urls import path

from streaming.doors import health, views

urlpatterns = [
    path("chat/send/", views.send, name="send-new"),
    path("chat/<uuid:conversation_id>/send/", views.send, name="send"),
    path(
        "chat/<uuid:conversation_id>/stop/<uuid:message_id>/",
        views.stop_reply,
        name="stop",
    ),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
