"""Static files under names that carry their content's hash, so that browsers may keep them."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.files.base import ContentFile
from django.http import HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

from config.sheets import joined

# By these a browser asks whether what it has is still right. What carries its content's hash in
# its name is, for ever.
VALIDATORS = ("ETag", "Last-Modified")


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise, with short headers for files whose names are hashed.

    It is asynchronous where what is below it is. WhiteNoise itself is not: each request would hold
    a thread for as long as it takes, and one that waits for a reply takes minutes.
    """

    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        answer = super().__call__(request)
        return _awaited(answer) if self._is_async else answer

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> Any:
        """Called once for each file."""
        found = super().get_static_file(path, url, stat_cache=stat_cache)
        if self.immutable_file_test(path, url):
            found.alternatives = [
                (encodings, where, [each for each in headers if each[0] not in VALIDATORS])
                for encodings, where, headers in found.alternatives
            ]
        return found


async def _awaited(answer: Any) -> Any:
    # A file that was found is an answer already; its content is read in a thread.
    return await answer if inspect.isawaitable(answer) else answer


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
