"""The addresses of the descriptions."""

from django.urls import path

from streaming.doors.description import views

urlpatterns = [
    path("api/v1/docs", views.readable, name="api-docs"),
    path("api/v1/openapi.json", views.http, name="openapi"),
    path("api/v1/asyncapi.json", views.socket, name="asyncapi"),
]
