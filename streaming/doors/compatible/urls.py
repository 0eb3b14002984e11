"""All addresses below ``/v1/``: those that other vendors' clients know."""

from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from streaming.doors.anthropic import views as anthropic
from streaming.doors.openai import views as openai

urlpatterns = [
    path("chat/completions", openai.completions, name="openai-completions"),
    path("models", openai.models, name="openai-models"),
    path("models/<path:name>", openai.model, name="openai-model"),
    path("messages", anthropic.messages, name="anthropic-messages"),
    re_path(r"^(?P<rest>(?s:.*))$", csrf_exempt(openai.nothing)),
]
