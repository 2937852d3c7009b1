"""What a container printed: all of it, the end of it, or as it comes."""

from __future__ import annotations

from collections.abc import Iterator

from docker import APIClient
from requests import Response
from urllib3.exceptions import ProtocolError

from orchestration.engines.docker_client import CALL_SECONDS, checked, endpoint
from orchestration.engines.docker_stream import Frames, Stream, pieces
from orchestration.ports import Cancel


def logs(api: APIClient, instance: str, tail: int | None) -> str:
    """Both streams in the engine's order; "" for a container that is gone.

    One request: the SDK's own call asks for the container's terminal too, and ours have none.
    """
    response = _get(api, instance, {"tail": "all" if tail is None else str(tail)})
    if response is None:
        return ""
    frames = Frames().feed(response.content)
    return b"".join(payload for _, payload in frames).decode(errors="replace")


def follow(api: APIClient, instance: str, cancel: Cancel) -> Iterator[str]:
    """Lines from now on, without their ends, until the container stops or `cancel`."""

    def produce() -> Iterator[bytes]:
        response = _get(api, instance, {"follow": "1", "tail": "0"}, stream=True)
        if response is not None:
            yield from pieces(response)

    frames = Frames()
    partial: dict[int, bytes] = {}
    with Stream(produce, until=lambda: cancel.requested() is not None) as stream:
        try:
            for piece in stream:
                for channel, payload in frames.feed(piece):
                    *lines, rest = (partial.get(channel, b"") + payload).split(b"\n")
                    partial[channel] = rest
                    yield from (line.decode(errors="replace") for line in lines)
        except ProtocolError:
            # Engines cut the stream of a container that is removed while it is followed.
            pass
    yield from (rest.decode(errors="replace") for rest in partial.values() if rest)


def _get(
    api: APIClient, instance: str, params: dict[str, str], *, stream: bool = False
) -> Response | None:
    response = api.get(
        endpoint(api, f"/containers/{instance}/logs"),
        params={"stdout": "1", "stderr": "1", **params},
        stream=stream,
        timeout=(CALL_SECONDS, None if stream else CALL_SECONDS),
    )
    if response.status_code == 404:
        response.close()
        return None
    return checked(response)
