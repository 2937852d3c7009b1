"""The dynamic linker's cache (`/etc/ld.so.cache`), written without running `ldconfig`.

`ldconfig -r` needs the right to chroot, which a build must not. The linker finds the libraries
without the cache; Python's `ctypes.util.find_library` asks `ldconfig -p`, which only prints it, and
psycopg finds libpq that way. The format is glibc's "1.1" (`sysdeps/generic/dl-cache.h`).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_MAGIC: Final = b"glibc-ld.so.cache1.1"
_HEADER: Final = struct.Struct("=20sIIB3xI12x")
_ENTRY: Final = struct.Struct("=iIIIQ")
_LITTLE_ENDIAN: Final = 2

# The ABI marks of `ldconfig.h`, each with the bit for "an ELF library of libc 6".
_ABIS: Final = {"x86_64-linux-gnu": 0x0303, "aarch64-linux-gnu": 0x0A03}

_LIBRARY: Final = re.compile(r"(lib|ld-).*\.so(\.|$)")


def library_cache(root: Path) -> bytes | None:
    """The cache for the libraries below `root`, or None on a machine whose mark is not known."""
    for triplet, abi in _ABIS.items():
        directory = root / "usr/lib" / triplet
        if directory.is_dir():
            names = [path.name for path in directory.iterdir() if _LIBRARY.match(path.name)]
            return _encode(f"/usr/lib/{triplet}", names, abi)
    return None


def _encode(directory: str, names: Iterable[str], abi: int) -> bytes:
    # The linker searches by bisection and wants the order of its own comparison, descending.
    ordered = sorted(names, key=_sort_key, reverse=True)
    start = _HEADER.size + _ENTRY.size * len(ordered)
    entries, strings = bytearray(), bytearray()
    for name in ordered:
        path = f"{directory}/{name}\0".encode()
        value = start + len(strings)
        key = value + len(directory) + 1
        entries += _ENTRY.pack(abi, key, value, 0, 0)
        strings += path
    header = _HEADER.pack(_MAGIC, len(ordered), len(strings), _LITTLE_ENDIAN, 0)
    return header + bytes(entries) + bytes(strings)


def _sort_key(name: str) -> tuple[tuple[int, int], ...]:
    """glibc compares runs of digits as numbers, and puts a digit after any other character."""
    parts = re.findall(r"\d+|\D", name)
    return tuple((1, int(part)) if part.isdecimal() else (0, ord(part)) for part in parts)
