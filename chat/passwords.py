"""What a password may not be, in the words of the forms."""

from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.utils.translation import gettext as _


class NotLikeTheName(UserAttributeSimilarityValidator):
    """Refuses what is nearly the person's name."""

    def get_error_message(self) -> str:
        """The word that stands above the box; Django's own is "username"."""
        return _("The password is too much like the name.")
