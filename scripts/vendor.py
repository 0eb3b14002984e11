"""Fetches the browser libraries: pinned, checked against their hashes.

Run it after changing a version below; what it writes, into `static/vendor` and `tests/vendor`, is
committed:

    python scripts/vendor.py

Needs `npm`. A new version's integrity is what `npm view <name>@<version> dist.integrity` prints.
"""

import base64
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
VENDOR_DIR = BASE_DIR / "static" / "vendor"
# Only the tests load these: they need no network.
TEST_VENDOR_DIR = BASE_DIR / "tests" / "vendor"


@dataclass(frozen=True, slots=True)
class Library:
    """One npm package, and which of its files (path in the package -> our name) are kept."""

    folder: str
    package: str
    version: str
    licence: str
    integrity: str
    files: dict[str, str]
    # Files that put a name on the page are made modules that export it.
    modules: dict[str, str] = field(default_factory=dict)
    place: Path = VENDOR_DIR


LIBRARIES = [
    Library(
        folder="marked",
        package="marked",
        version="18.2.1",
        licence="MIT",
        integrity=(
            "sha512-ii4bxCTCqqwpT86XZWgJNs+ZnAIZksmLGYMViWA7PDIXYIeNo1x6cDdX3JOip9NM"
            "/cI6p8z57FxliACboTruMA=="
        ),
        files={"lib/marked.esm.js": "marked.js", "LICENSE": "LICENSE"},
    ),
    Library(
        folder="dompurify",
        package="dompurify",
        version="3.4.18",
        licence="MPL-2.0 OR Apache-2.0",
        integrity=(
            "sha512-ofe3wI/uNm68HInABYFJYqQxRw1EaKAjNdrFVKqjUY+UZurvNd2L"
            "/HuQe097s/4RivWiZyP6tT7aoT8atjfhwg=="
        ),
        # Its module is published with all comments only, twice as large.
        files={"dist/purify.min.js": "dompurify.js", "LICENSE": "LICENSE"},
        modules={"dompurify.js": "globalThis.DOMPurify"},
    ),
    Library(
        folder="highlight",
        package="@highlightjs/cdn-assets",
        version="11.12.0",
        licence="BSD-3-Clause",
        integrity=(
            "sha512-KvOKXODaiFmId9xaq3xc5xCL66wVLUuOngDbO9B"
            "/kewbFTqdGbn2nJxNhN3H5R1cgDTVj6R8vH0zgiNDEGjpDw=="
        ),
        files={"es/highlight.min.js": "highlight.js", "LICENSE": "LICENSE"},
    ),
    Library(
        folder="temml",
        package="temml",
        version="0.13.5",
        licence="MIT",
        integrity=(
            "sha512-aPkDDgunanpLNL0ql32HbolqLep+w8DRcVXRql7rWrMt"
            "/PhczdLgL4UBYYVU3BYjCNjkGq4EqwIicu/zWr1iOg=="
        ),
        files={
            "dist/temml.min.js": "temml.js",
            "dist/Temml-Local.css": "temml.css",
            "dist/Temml.woff2": "Temml.woff2",
            "LICENSE": "LICENSE",
        },
        modules={"temml.js": "temml"},
    ),
    Library(
        folder="axe",
        package="axe-core",
        version="4.14.1",
        licence="MPL-2.0",
        integrity=(
            "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NP"
            "jCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
        ),
        files={"axe.min.js": "axe.js", "LICENSE": "LICENSE"},
        place=TEST_VENDOR_DIR,
    ),
    Library(
        folder="asyncapi",
        package="@asyncapi/specs",
        version="6.11.1",
        licence="Apache-2.0",
        integrity=(
            "sha512-A3WBLqAKGoJ2+6FWFtpjBlCQ1oFCcs4GxF7zsIGvNqp"
            "/klGUHjlA3aAcZ9XMMpLGE8zPeYDz2x9FmO6DSuKraQ=="
        ),
        files={"schemas/3.0.0-without-$id.json": "3.0.0.json", "LICENSE": "LICENSE"},
        place=TEST_VENDOR_DIR,
    ),
]

README_HEAD = """\
# Browser libraries

Written by `scripts/vendor.py`; do not edit by hand. Each file is as published, except that the
reference to its source map is left out and that DOMPurify and Temml end with an `export`. The
integrity is that of the npm package it came from.

| library | version | licence | integrity |
| --- | --- | --- | --- |
"""

SOURCE_MAP = re.compile(rb"^//# sourceMappingURL=.*\n?", re.MULTILINE)


def pack(library: Library, folder: Path) -> Path:
    """Download the package's archive with npm."""
    subprocess.run(
        ["npm", "pack", "--silent", f"{library.package}@{library.version}"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (archive,) = folder.glob("*.tgz")
    return archive


def check(library: Library, archive: Path) -> None:
    """Stop unless the archive is, byte for byte, the one that was pinned."""
    digest = hashlib.sha512(archive.read_bytes()).digest()
    found = f"sha512-{base64.b64encode(digest).decode()}"
    if found != library.integrity:
        sys.exit(f"{library.package}: integrity is {found}, pinned is {library.integrity}")


def unpack(library: Library, archive: Path) -> None:
    """Put the wanted files into the library's folder, which is emptied first."""
    folder = library.place / library.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        for source, name in library.files.items():
            member = tar.extractfile(f"package/{source}")
            if member is None:
                sys.exit(f"{library.package}: {source} is not a file")
            # Hashed file names need every referenced file to exist, and the maps are not kept.
            content = SOURCE_MAP.sub(b"", member.read())
            if name in library.modules:
                content += f"\nexport default {library.modules[name]};\n".encode()
            (folder / name).write_bytes(content)


def main() -> None:
    for library in LIBRARIES:
        with tempfile.TemporaryDirectory() as folder:
            archive = pack(library, Path(folder))
            check(library, archive)
            unpack(library, archive)
        print(f"{library.package} {library.version}")
    for place in (VENDOR_DIR, TEST_VENDOR_DIR):
        rows = [
            f"| {each.package} | {each.version} | {each.licence} | `{each.integrity}` |\n"
            for each in LIBRARIES
            if each.place == place
        ]
        (place / "README.md").write_text(README_HEAD + "".join(rows))


if __name__ == "__main__":
    main()
