"""Images brought to nodes; the tools are stand-ins that note what they were asked for."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from orchestration.cluster.image_loaders import LOADERS, LoaderName, Target, target_of
from orchestration.cluster.image_loading import LoadedImage, load_images
from orchestration.errors import ConfigError, EngineError, ImageError
from tests.cluster.programs import put_on_path

KIND = Target(loader="kind", cluster="gateway")
TOOL = """
import json, os, sys
root = os.path.dirname(os.path.abspath(sys.argv[0]))
name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
there = [each for each in words if each.endswith(".tar")]
text = open(there[0]).read() if there else ""
with open(os.path.join(root, "asked"), "a") as asked:
    asked.write(json.dumps({"words": [name, *words], "archive": text}) + "\\n")
for key, (code, said) in json.load(open(os.path.join(root, "answers"))).items():
    if key in text or key in words:
        print(said, file=sys.stderr if code else sys.stdout)
        sys.exit(code)
"""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name in ("kind", "k3d", "minikube"):
        put_on_path(bin_, name, TOOL)
    (bin_ / "answers").write_text("{}")
    return bin_


def answers(tools: Path, given: Mapping[str, tuple[int, str]]) -> None:
    """What the tools say and end with, by what is in the archive or among their words."""
    (tools / "answers").write_text(json.dumps(given))


def asked(tools: Path) -> list[list[str]]:
    if not (tools / "asked").exists():
        return []
    return [json.loads(line)["words"] for line in (tools / "asked").read_text().splitlines()]


def write(image: str, path: Path) -> None:
    path.write_text(f"archive of {image}")


def load(
    tools: Path,
    images: list[str],
    target: Target = KIND,
    save: Callable[[str, Path], None] = write,
    timeout_s: float = 60.0,
) -> tuple[LoadedImage, ...]:
    archives = tools.parent / "archives"
    archives.mkdir(exist_ok=True)
    try:
        return asyncio.run(
            load_images(
                images,
                target,
                save=save,
                environ={"PATH": str(tools)},
                directory=archives,
                timeout_s=timeout_s,
            )
        )
    finally:
        assert list(archives.iterdir()) == [], "no archive is left, whatever happens"


COMMANDS: list[tuple[LoaderName, str, list[str]]] = [
    ("kind", "kind-gateway", ["kind", "load", "image-archive", "FILE", "--name", "gateway"]),
    ("k3d", "k3d-gateway", ["k3d", "image", "import", "FILE", "-c", "gateway"]),
    ("minikube", "minikube", ["minikube", "-p", "minikube", "image", "load", "FILE"]),
]


@pytest.mark.parametrize(("loader", "context", "words"), COMMANDS)
def test_each_tool_is_asked_in_its_words(
    tools: Path, loader: LoaderName, context: str, words: list[str]
) -> None:
    answers(tools, {"ls": (0, "localhost/a:1")})
    (loaded,) = load(tools, ["localhost/a:1"], target_of("auto", context))
    assert loaded.image == "localhost/a:1"
    shown = ["FILE" if each.endswith(".tar") else each for each in asked(tools)[0]]
    assert shown == words
    assert words[0] == loader


def test_every_loader_that_the_configuration_knows_is_in_the_table() -> None:
    assert set(LOADERS) == {"kind", "k3d", "minikube", "present"}


def test_nothing_is_done_where_images_are_present(tools: Path) -> None:
    def never(image: str, path: Path) -> None:
        raise AssertionError(image)

    assert load(tools, ["localhost/a:1"], target_of("present", "anything"), save=never) == ()
    assert asked(tools) == []


def test_an_unknown_context_is_refused_with_what_to_do() -> None:
    with pytest.raises(ConfigError) as caught:
        target_of("auto", "arn:aws:eks:eu:1:cluster/x")
    assert "nodes of context arn:aws:eks:eu:1:cluster/x" in caught.value.what
    assert 'load = "present"' in caught.value.fix
    assert "registry" in caught.value.fix


def test_a_renamed_context_keeps_its_name_for_the_tool_that_is_named() -> None:
    assert target_of("k3d", "mine") == Target(loader="k3d", cluster="mine")
    assert target_of("kind", "kind-mine") == Target(loader="kind", cluster="mine")
    assert target_of("minikube", "profile-2") == Target(loader="minikube", cluster="profile-2")


def test_all_images_are_on_their_way_at_once(tools: Path) -> None:
    together = threading.Barrier(3, timeout=30)

    def meet(image: str, path: Path) -> None:
        together.wait()
        write(image, path)

    loaded = load(tools, ["a:1", "b:1", "c:1"], save=meet)
    assert [each.image for each in loaded] == ["a:1", "b:1", "c:1"]
    assert len(asked(tools)) == 3


def test_an_image_that_is_named_twice_is_loaded_once(tools: Path) -> None:
    assert len(load(tools, ["a:1", "b:1", "a:1"])) == 2
    assert len(asked(tools)) == 2


def test_an_archive_takes_room_only_until_it_is_loaded(tools: Path, tmp_path: Path) -> None:
    left: list[list[Path]] = []
    loading = load_images(
        ["a:1"],
        KIND,
        save=write,
        environ={"PATH": str(tools)},
        directory=tmp_path,
        on_loaded=lambda _: left.append(list(tmp_path.rglob("*.tar"))),
    )
    asyncio.run(loading)
    assert left == [[]]


def test_all_failures_are_told_and_the_others_loaded(tools: Path) -> None:
    answers(tools, {"a:1": (1, "ERROR: no nodes found for cluster"), "c:1": (1, "ctr: bad tar")})
    with pytest.raises(ImageError) as caught:
        load(tools, ["a:1", "b:1", "c:1"])
    error = caught.value
    assert error.what == "2 of 3 images did not get to the nodes of kind cluster gateway"
    first, second = error.why.strip().splitlines()
    assert "a:1: `kind load image-archive" in first
    assert first.endswith("ERROR: no nodes found for cluster")
    assert second.strip().startswith("c:1: ")
    assert len(asked(tools)) == 3


def test_one_failure_is_told_with_its_last_lines(tools: Path) -> None:
    answers(tools, {"a:1": (1, "\n".join(f"line {each}" for each in range(50)))})
    with pytest.raises(ImageError) as caught:
        load(tools, ["a:1"])
    assert "image a:1 did not get to" in caught.value.what
    assert "line 49" in caught.value.why
    assert "line 40" not in caught.value.why


def test_a_k3d_that_fails_with_exit_code_0_is_not_believed(tools: Path) -> None:
    answers(tools, {"a:1": (0, "INFO[0000] Importing\nERRO[0001] failed to import images in node")})
    with pytest.raises(ImageError, match="a:1"):
        load(tools, ["a:1"], Target(loader="k3d", cluster="x"))


def test_a_minikube_that_loads_nothing_in_silence_is_found_out(tools: Path) -> None:
    answers(tools, {"ls": (0, "registry.k8s.io/pause:3.9\nlocalhost/a:12")})
    with pytest.raises(ImageError) as caught:
        load(tools, ["localhost/a:1"], Target(loader="minikube", cluster="minikube"))
    assert "not on the nodes" in caught.value.why


def test_a_full_disk_is_told_with_where_and_how_much_is_free(tools: Path) -> None:
    def full(image: str, path: Path) -> None:
        path.write_text("half of it")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(ImageError) as caught:
        load(tools, ["a:1"], save=full)
    assert "the disk is full" in caught.value.why
    assert str(tools.parent / "archives") in caught.value.fix
    assert "MB are free" in caught.value.fix


def test_a_disk_without_room_for_any_archive_is_told(tools: Path) -> None:
    wanted = load_images(
        ["a:1", "b:1"],
        KIND,
        save=write,
        environ={"PATH": str(tools)},
        directory=tools / "gone",
    )
    with pytest.raises(ImageError, match="2 images cannot be brought") as caught:
        asyncio.run(wanted)
    assert "No such file or directory" in caught.value.why
    assert "TMPDIR" in caught.value.fix


def test_full_nodes_are_told_apart_from_a_full_disk_here(tools: Path) -> None:
    answers(tools, {"a:1": (1, "ctr: write /var/lib/containerd: no space left on device")})
    with pytest.raises(ImageError) as caught:
        load(tools, ["a:1"])
    assert "where the nodes keep their images" in caught.value.fix


def test_what_the_engine_says_of_an_image_is_told(tools: Path) -> None:
    def refuse(image: str, path: Path) -> None:
        raise EngineError(f"there is no image {image}", fix="build it")

    with pytest.raises(ImageError) as caught:
        load(tools, ["a:1"], save=refuse)
    assert "there is no image a:1" in caught.value.why
    assert caught.value.fix == "build it"


def test_a_tool_that_is_not_installed_is_named(tools: Path) -> None:
    (tools / "kind").unlink()
    with pytest.raises(ImageError) as caught:
        load(tools, ["a:1"])
    assert "kind is not installed" in caught.value.why


def test_an_engine_that_never_saves_is_not_awaited_for_ever(tools: Path) -> None:
    over = threading.Event()

    def hang(image: str, path: Path) -> None:
        over.wait(60)

    try:
        with pytest.raises(ImageError, match="a:1"):
            load(tools, ["a:1"], save=hang, timeout_s=0.2)
    finally:
        over.set()


def test_cancelling_ends_the_tools_and_removes_the_archives(tools: Path) -> None:
    archives = tools.parent / "archives"
    archives.mkdir()
    hangs = "import sys, time\nopen(sys.argv[0] + '.begun', 'w').close()\ntime.sleep(1000)"
    put_on_path(tools, "kind", hangs)

    async def work() -> None:
        loading = asyncio.create_task(
            load_images(["a:1"], KIND, save=write, environ={"PATH": str(tools)}, directory=archives)
        )
        while not (tools / "kind.begun").exists():
            await asyncio.sleep(0.01)
        loading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loading

    asyncio.run(work())
    assert list(archives.iterdir()) == []
