"""Fetches the browser libraries into `static/vendor`: pinned, checked against their hashes.

Run it after changing a version below; what it writes is committed:

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
from dataclasses import dataclass
from pathlib import Path

VENDOR_DIR = Path(__file__).resolve().parent.parent / "static" / "vendor"


@dataclass(frozen=True, slots=True)
class Library:
    """One npm package, and which of its files (path in the package -> our name) are kept."""

    folder: str
    package: str
    version: str
    licence: str
    integrity: str
    files: dict[str, str]


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
        # Named .js: Django rewrites and servers label that ending everywhere, .mjs not.
        files={"dist/purify.es.mjs": "dompurify.js", "LICENSE": "LICENSE"},
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
]

README_HEAD = """\
# Browser libraries

Written by `scripts/vendor.py`; do not edit by hand. Each file is as published, except that the
reference to its source map is left out. The integrity is that of the npm package it came from.

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
    folder = VENDOR_DIR / library.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        for source, name in library.files.items():
            member = tar.extractfile(f"package/{source}")
            if member is None:
                sys.exit(f"{library.package}: {source} is not a file")
            # Hashed file names need every referenced file to exist, and the maps are not kept.
            (folder / name).write_bytes(SOURCE_MAP.sub(b"", member.read()))


def main() -> None:
    for library in LIBRARIES:
        with tempfile.TemporaryDirectory() as folder:
            archive = pack(library, Path(folder))
            check(library, archive)
            unpack(library, archive)
        print(f"{library.package} {library.version}")
    rows = [
        f"| {each.package} | {each.version} | {each.licence} | `{each.integrity}` |\n"
        for each in LIBRARIES
    ]
    (VENDOR_DIR / "README.md").write_text(README_HEAD + "".join(rows))


if __name__ == "__main__":
    main()
