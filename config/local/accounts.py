"""The first staff account, so that `/admin/` can be opened on a new machine."""

from django.contrib.auth import get_user_model

from config.env import VAR_DIR, kept_secret

NAME = "admin"
PASSWORD_FILE = VAR_DIR / "admin_password"


def first_admin() -> str | None:
    """Make the account where there is no superuser yet; returns its first password if kept."""
    users = get_user_model().objects
    if not users.filter(is_superuser=True).exists():
        if users.filter(username=NAME).exists():
            return None
        users.create_superuser(NAME, password=kept_secret(PASSWORD_FILE.name))
    ours = users.filter(username=NAME, is_superuser=True, is_active=True).exists()
    return kept_secret(PASSWORD_FILE.name) if ours and PASSWORD_FILE.exists() else None
