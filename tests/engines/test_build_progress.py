"""The output of builds, as engines give it."""

from __future__ import annotations

import pytest

from orchestration.engines.build_progress import BuildProgress

DOCKER = [
    "Step 1/5 : FROM localhost/base:1",
    "\n",
    " ---> af6bf92696ef\n",
    "Step 2/5 : RUN echo one",
    "\n",
    " ---> Using cache\n",
    " ---> 3f04c945d760\n",
    "Step 3/5 : RUN echo two",
    "\n",
    " ---> Running in 7a90c60b0269\n",
    "two\n",
    "\x1b[91mto error\n\x1b[0m",
    "Removing intermediate container 7a90c60b0269\n",
    " ---> 92bdbbd91982\n",
    "Step 4/5 : FROM 7d149a4efe20\n ---> 7d149a4efe20\n",
    "Step 5/5 : LABEL swx=1",
    "\n",
    " ---> 3c61ebe10185\n",
    "Successfully built 3c61ebe10185\n",
]
PODMAN = [
    "[1/2] STEP 1/3: FROM localhost/base:1 AS a\n",
    "[1/2] STEP 2/3: RUN echo one\n",
    "--> Using cache 3f04c945d760ff71d1f5e6a8ef353b89df7125aeb17801a83f49413d906e02a9\n",
    "--> 3f04c945d76\n",
    "[1/2] STEP 3/3: RUN echo two\n",
    "two\nto error\n",
    "--> 92bdbbd9198\n",
    "[2/2] STEP 1/2: FROM localhost/base:1\n",
    "[2/2] STEP 2/2: RUN echo three\n",
    "[2/2] COMMIT localhost/thing:1\n",
    "--> 3c61ebe1018\n",
    "3c61ebe101859b9b5da2dced3aa5fdf6e714e7314ff796e530c64e1ee336fab9\n",
]


def read(fragments: list[str], *secrets: str) -> tuple[BuildProgress, list[str]]:
    progress = BuildProgress(secrets)
    lines = [line for each in fragments for line in progress.read({"stream": each})]
    return progress, [*lines, *progress.finish()]


@pytest.mark.parametrize(
    ("fragments", "layers", "base"),
    [
        (DOCKER, ["92bdbbd91982", "3c61ebe10185"], "7d149a4efe20"),
        (PODMAN, ["92bdbbd9198", "3c61ebe1018"], "localhost/base:1"),
    ],
)
def test_only_layers_that_this_build_made_are_its_own(
    fragments: list[str], layers: list[str], base: str
) -> None:
    progress, _ = read(fragments)
    assert progress.layers == layers
    assert progress.base == base


def test_podman_tells_when_no_other_stage_follows() -> None:
    seen: list[bool] = []
    progress = BuildProgress(())
    for each in PODMAN:
        progress.read({"stream": each})
        seen.append(progress.last_stage)
    assert seen.index(True) == PODMAN.index("[2/2] STEP 1/2: FROM localhost/base:1\n")
    assert all(seen[seen.index(True) :])
    single, _ = read(["STEP 1/2: FROM localhost/base:1\n"])
    assert single.last_stage
    assert not BuildProgress(()).last_stage


@pytest.mark.parametrize("fragments", [DOCKER, PODMAN])
def test_lines_are_whole_and_without_colours(fragments: list[str]) -> None:
    _, lines = read(fragments)
    assert {"two", "to error"} <= set(lines)
    assert all(line and "\x1b" not in line and "\n" not in line for line in lines)


@pytest.mark.parametrize("fragments", [DOCKER, PODMAN])
def test_pieces_may_be_cut_anywhere(fragments: list[str]) -> None:
    letters, lines = read(list("".join(fragments)))
    whole, expected = read(fragments)
    assert lines == expected
    assert letters.layers == whole.layers


def test_what_a_command_prints_like_a_layer_id_is_looked_at_again_before_it_is_removed() -> None:
    """`discard_images` leaves alone whatever has a name; a layer has none."""
    progress, _ = read(["Step 1/2 : FROM x\n ---> aaaaaaaaaaaa\n", " ---> bbbbbbbbbbbb\n"])
    assert progress.layers == ["bbbbbbbbbbbb"]


def test_secrets_are_masked_wherever_they_stand() -> None:
    progress, lines = read(["it is planted-", "secret!\n"], "planted-secret", "")
    assert lines == ["it is ***!"]
    progress.read({"error": "exit 1: echo planted-secret\n"})
    assert progress.error == "exit 1: echo ***"


def test_the_progress_of_a_pull_is_told_without_its_bars() -> None:
    progress = BuildProgress(())
    assert progress.read({"status": "Pulling from library/x", "id": "latest"}) == [
        "Pulling from library/x"
    ]
    assert progress.read({"status": "Downloading", "progress": "[=>  ]"}) == []


def test_a_last_line_without_an_end_is_told_too() -> None:
    _, lines = read(["one\ntwo"])
    assert lines == ["one", "two"]
