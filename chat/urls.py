"""The addresses of the pages."""

from django.urls import path

from chat.views import accounts, conversations, icons

urlpatterns = [
    path("", conversations.home, name="home"),
    path("chat/", conversations.new, name="chat-new"),
    path("chat/<uuid:conversation_id>/", conversations.show, name="conversation"),
    path("chat/<uuid:conversation_id>/rename/", conversations.rename, name="conversation-rename"),
    path("chat/<uuid:conversation_id>/delete/", conversations.delete, name="conversation-delete"),
    path("favicon.ico", icons.favicon),
    path("sign-up/", accounts.SignUp.as_view(), name="sign-up"),
    path("sign-in/", accounts.SignInPage.as_view(), name="sign-in"),
    path("sign-out/", accounts.SignOut.as_view(), name="sign-out"),
    path("settings/", accounts.settings, name="settings"),
    path("settings/password/", accounts.PasswordChange.as_view(), name="password-change"),
]
