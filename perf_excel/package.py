"""Make an Office package depend on its content alone: entry times and the dates in its properties are fixed."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

_TIME = (1980, 1, 1, 0, 0, 0)
_PROPERTIES = "docProps/core.xml"
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def normalise(package: bytes) -> bytes:
    """Return the package with fixed times, so that equal content gives equal bytes."""
    with zipfile.ZipFile(io.BytesIO(package)) as source:
        return pack({entry.filename: source.read(entry) for entry in source.infolist()})


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Return a package of these parts, by name, with fixed times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            if name == _PROPERTIES:
                data = _STAMP.sub(rb"\g<1>2020-01-01T00:00:00Z\g<2>", data)
            fixed = zipfile.ZipInfo(name, _TIME)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fixed, data)
    return out.getvalue()
