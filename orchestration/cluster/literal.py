"""Texts that Kubernetes is to pass on as they are."""

from __future__ import annotations

import re
from typing import Final

_EXPANDED: Final = re.compile(r"\$(?=[$(])")


def literal(text: str) -> str:
    """`text` so that a kubelet gives it back unchanged.

    In the values of variables, in arguments and in the commands of probes it replaces `$(NAME)`,
    and `$$` by `$` (third_party/forked/golang/expansion of Kubernetes).
    """
    return _EXPANDED.sub("$$", text)
