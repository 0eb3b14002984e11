"""The addresses of the pages."""

from django.urls import path
from django.views.i18n import set_language

from chat.views import (
    accounts,
    actions,
    conversations,
    exports,
    feedback,
    icons,
    keys,
    lists,
    offline,
    shares,
    versions,
)

urlpatterns = [
    path("", conversations.home, name="home"),
    path("chat/", conversations.new, name="chat-new"),
    path("chat/<uuid:conversation_id>/", conversations.show, name="conversation"),
    path("chat/<uuid:conversation_id>/earlier/", conversations.earlier, name="earlier"),
    path("chat/<uuid:conversation_id>/path/", versions.path, name="path"),
    path("chat/<uuid:conversation_id>/edit/<uuid:message_id>/", versions.edit, name="edit"),
    path(
        "chat/<uuid:conversation_id>/feedback/<uuid:message_id>/",
        feedback.feedback,
        name="feedback",
    ),
    path("chat/<uuid:conversation_id>/rename/", actions.rename, name="conversation-rename"),
    path("chat/<uuid:conversation_id>/pin/", actions.pin, name="conversation-pin"),
    path("chat/<uuid:conversation_id>/archive/", actions.archive, name="conversation-archive"),
    path("chat/<uuid:conversation_id>/delete/", actions.delete, name="conversation-delete"),
    path("chat/<uuid:conversation_id>/restore/", actions.restore, name="conversation-restore"),
    path("chat/<uuid:conversation_id>/share/", shares.share, name="share"),
    path("chat/<uuid:conversation_id>/export.md", exports.markdown, name="export-markdown"),
    path("chat/<uuid:conversation_id>/export.json", exports.as_json, name="export-json"),
    path("chat/list/", lists.by_date, name="conversation-list"),
    path("chat/search/", lists.found, name="search"),
    path("chat/archive/", lists.archived, name="archive"),
    path("share/<str:token>/", shares.read, name="shared"),
    path("settings/shared/", shares.listed, name="shares"),
    path("settings/shared/<uuid:share_id>/revoke/", shares.revoke, name="share-revoke"),
    path("settings/keys/", keys.listed, name="keys"),
    path("settings/keys/<uuid:key_id>/revoke/", keys.revoke, name="key-revoke"),
    path("sw.js", offline.service_worker, name="service-worker"),
    path("manifest.webmanifest", offline.manifest, name="manifest"),
    path("offline/", offline.offline, name="offline"),
    path("offline/kept/", offline.kept, name="offline-kept"),
    path("favicon.ico", icons.favicon),
    path("sign-up/", accounts.SignUp.as_view(), name="sign-up"),
    path("sign-in/", accounts.SignInPage.as_view(), name="sign-in"),
    path("sign-out/", accounts.SignOut.as_view(), name="sign-out"),
    path("language/", set_language, name="language"),
    path("settings/", accounts.settings, name="settings"),
    path("settings/password/", accounts.PasswordChange.as_view(), name="password-change"),
]
