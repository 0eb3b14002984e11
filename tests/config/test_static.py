"""What static files are sent with."""

from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import RequestFactory

from config.static import StaticFiles

# A response that is closed gives the database back.
pytestmark = pytest.mark.django_db

HASHED = "app.0123456789ab.js"


@pytest.fixture
def static(tmp_path: Path, settings: Any) -> StaticFiles:
    for name in (HASHED, "app.js"):
        (tmp_path / name).write_text("export {};")
        (tmp_path / f"{name}.br").write_bytes(b"compressed")
    settings.STATIC_ROOT = str(tmp_path)
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = False
    settings.WHITENOISE_IMMUTABLE_FILE_TEST = r"\.[0-9a-f]{12}\."
    return StaticFiles(lambda request: HttpResponseBase(status=404))


def asked(static: StaticFiles, name: str, **headers: str) -> Any:
    return static(RequestFactory().get(f"/static/{name}", headers=headers))


@pytest.mark.parametrize("encoding", ["br", "identity"])
def test_a_hashed_name_needs_nothing_to_ask_again_with(static: StaticFiles, encoding: str) -> None:
    response = asked(static, HASHED, accept_encoding=encoding)
    assert response.status_code == 200
    assert "immutable" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Vary"] == "Accept-Encoding"
    assert not response.has_header("ETag")
    assert not response.has_header("Last-Modified")
    response.close()


def test_any_other_name_can_be_asked_for_again(static: StaticFiles) -> None:
    first = asked(static, "app.js")
    assert "immutable" not in first["Cache-Control"]
    again = asked(static, "app.js", if_none_match=first["ETag"])
    assert again.status_code == 304
    first.close()
