"""Labels in every stage, and nothing of them in what the user sees."""

from __future__ import annotations

import pytest

from orchestration.engines.build_progress import BuildProgress
from orchestration.engines.labelled_stages import LabelledStages

LABELS = {"io.stackwright.run": "0a1b", "io.stackwright.stack": 'a "quoted" one'}
LABEL = 'LABEL io.stackwright.run="0a1b" io.stackwright.stack="a \\"quoted\\" one"'


@pytest.mark.parametrize(
    ("given", "labelled"),
    [
        ("FROM a\nRUN b\n", f"FROM a\n{LABEL}\nRUN b\n"),
        ("from a as x\nFROM b\n", f"from a as x\n{LABEL}\nFROM b\n{LABEL}\n"),
        ("ARG V=1\n# FROM c\nFROM a:${V}", f"ARG V=1\n# FROM c\nFROM a:${{V}}\n{LABEL}\n"),
        ("FROM \\\n# why\n  a AS x\nRUN b", f"FROM \\\n# why\n  a AS x\n{LABEL}\nRUN b\n"),
        ("FROM a\nRUN b \\\n FROM c\n", f"FROM a\n{LABEL}\nRUN b \\\n FROM c\n"),
        ("# escape=`\nFROM `\n a\nRUN b\\", f"# escape=`\nFROM `\n a\n{LABEL}\nRUN b\\\n"),
        ("RUN FROM\n", "RUN FROM\n"),
        ("", "\n"),
    ],
)
def test_a_label_follows_every_from(given: str, labelled: str) -> None:
    assert LabelledStages.of(given, LABELS).text == labelled


def test_only_the_steps_up_to_the_target_are_counted() -> None:
    text = "FROM a AS one\nFROM b AS Two\nFROM c\n"
    assert [LabelledStages.of(text, LABELS, at).steps for at in ("one", "two", None)] == [1, 2, 3]


def test_the_engine_numbers_lines_as_the_user_does() -> None:
    labelled = LabelledStages.of("FROM a\nRUN b\nFROM c\nNONSENSE\n", LABELS)
    said = "dockerfile parse error line 6: unknown instruction: NONSENSE"
    assert labelled.original(said).startswith("dockerfile parse error line 4: unknown")


def test_the_output_reads_as_if_there_were_no_labels() -> None:
    labelled = LabelledStages.of("FROM a AS x\nRUN b\nFROM c\nCOPY --from=x d e\n", LABELS)
    progress = BuildProgress((), labelled)
    told: list[str] = []
    for line in (
        "Step 1/6 : FROM a AS x",
        " ---> 0000000000a1",
        f"Step 2/6 : {LABEL}",
        " ---> Running in 1111111111b1",
        " ---> 2222222222c1",
        "Step 3/6 : RUN b",
        "b said this",
        " ---> 3333333333d1",
        "Step 4/6 : FROM c",
        " ---> 0000000000e1",
        f"Step 5/6 : {LABEL}",
        " ---> 4444444444f1",
        "Step 6/6 : COPY --from=x d e",
        " ---> 5555555555a2",
    ):
        told += progress.read({"stream": f"{line}\n"})
    assert [line for line in told if line.startswith("Step")] == [
        "Step 1/4 : FROM a AS x",
        "Step 2/4 : RUN b",
        "Step 3/4 : FROM c",
        "Step 4/4 : COPY --from=x d e",
    ]
    assert "b said this" in told
    assert not any("LABEL" in line for line in told)
    # What the labels made is removed with the rest.
    assert progress.layers == ["2222222222c1", "3333333333d1", "4444444444f1", "5555555555a2"]
