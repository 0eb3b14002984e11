"""Static files under names that carry their content's hash, so that browsers may keep them."""

from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from config.sheets import joined


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Also rewrites the `import` statements of ES modules to the hashed names.

    A style sheet that consists of others (`@import`) becomes one file: each request that a page
    waits for before it shows anything costs a slow line a round trip.
    """

    support_js_module_import_aggregation = True

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str | None, Any]]:
        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                content: bytes = file.read()
            return content.decode()

        whole = {
            name: (_Joined(storage, name, read), path) if name.endswith(".css") else (storage, path)
            for name, (storage, path) in paths.items()
        }
        # What is in `url()` becomes a hashed name there, in the joined sheet too.
        yield from super().post_process(whole, dry_run, **options)


class _Joined:
    """Stands in for the storage of one style sheet."""

    def __init__(self, storage: Any, name: str, read: Any) -> None:
        self._storage, self._name, self._read = storage, name, read

    def open(self, path: str) -> Any:
        text = joined(self._name, self._read)
        return self._storage.open(path) if text is None else ContentFile(text.encode())
