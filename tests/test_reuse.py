"""One stack for many: who may share it, who takes it down, and what must be the same."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.product import APP, Finished, Product, leftovers

ENGINES = [
    "embedded",
    pytest.param("podman", marks=pytest.mark.engine),
    pytest.param("docker", marks=pytest.mark.engine),
]
QUIETLY = ("--progress", "plain")

LOCAL = 'embedded = { command = ["python", "serve.py"] }'

HOLDS = """\
import sys
from orchestration import stack_up

with stack_up() as running:
    print(running.run, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    made = Product.at(tmp_path)
    yield made
    made.run("stack", "down", "--force")


def up(product: Product, engine: str, *words: str, apart: bool = False) -> Finished:
    return product.run("stack", "up", "--engine", engine, *QUIETLY, *words, apart=apart)


def tables(ended: Finished) -> set[str]:
    """The tables of the database whose endpoint `up` printed."""
    line = next(each for each in ended.out.splitlines() if each.startswith("postgres"))
    host, port = line.split()[-1].removeprefix("postgresql://").split(":")
    with psycopg.connect(
        host=host, port=int(port), user="shop", password="planted-secret-1", dbname="shop"
    ) as database:
        rows = database.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        return {str(row[0]) for row in rows}


def test_a_second_up_is_told_who_holds_the_stack(product: Product) -> None:
    assert up(product, "embedded").code == 0
    second = up(product, "embedded")
    assert second.code == 4
    assert "stack store is already up (run " in second.err
    assert "--reuse" in second.err


@pytest.mark.parametrize("engine", ENGINES)
def test_the_last_of_those_who_share_a_stack_takes_it_down(product: Product, engine: str) -> None:
    first = up(product, engine, "--reuse")
    assert first.code == 0, first.err
    other = up(product, engine, "--reuse", apart=True)
    assert other.code == 0, other.err
    assert other.out == first.out
    # From here once more: that is the same use.
    assert up(product, engine, "--reuse").code == 0
    stays = product.run("stack", "down")
    assert stays.code == 0, stays.err
    assert "the last one out takes it down" in stays.err
    assert product.run("stack", "status").code == 0
    assert product.run("stack", "down").code == 0
    assert leftovers(engine, product) == []
    assert product.records() == []


def test_down_with_force_does_not_ask_who_else_uses_it(product: Product) -> None:
    assert up(product, "embedded", "--reuse").code == 0
    assert up(product, "embedded", "--reuse", apart=True).code == 0
    assert product.run("stack", "down", "--force").code == 0
    assert leftovers("embedded", product) == []
    assert product.records() == []


def test_those_who_share_may_come_at_the_same_time(product: Product) -> None:
    begun = [
        product.begin("stack", "up", "--engine", "embedded", "--reuse", *QUIETLY, apart=True)
        for _ in range(3)
    ]
    ended = [each.communicate(timeout=60) for each in begun]
    assert [each.returncode for each in begun] == [0, 0, 0], ended
    assert len({out for out, _ in ended}) == 1
    assert len(product.records()) == 1


def test_a_session_that_uses_a_kept_stack_outlives_its_down(product: Product) -> None:
    """`stack down` under a running test session must not pull the database away from it."""
    assert up(product, "embedded").code == 0
    holder = product.begin_python(HOLDS)
    assert holder.stdout is not None
    assert holder.stdin is not None
    run = holder.stdout.readline().strip()
    assert [each.stem for each in product.records()] == [run]
    down = product.run("stack", "down")
    assert down.code == 0, down.err
    assert f"stays up for process {holder.pid}" in down.err
    assert product.run("stack", "status").code == 0
    holder.communicate("\n", timeout=30)
    assert holder.returncode == 0
    assert leftovers("embedded", product) == []
    assert product.records() == []


def test_a_killed_session_does_not_keep_a_given_back_stack_up(product: Product) -> None:
    assert up(product, "embedded").code == 0
    holder = product.begin_python(HOLDS)
    assert holder.stdout is not None
    holder.stdout.readline()
    assert product.run("stack", "down").code == 0
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    for _ in range(150):
        if not product.records():
            break
        time.sleep(0.1)
    assert product.records() == []
    assert leftovers("embedded", product) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_migrations_run_again_only_when_they_changed(product: Product, engine: str) -> None:
    first = up(product, engine)
    assert first.code == 0, first.err
    assert tables(first) == {"orders"}
    same = up(product, engine, "--reuse")
    assert same.code == 0, same.err
    assert "migrations" not in same.err
    (product.project / "migrations" / "001.sql").write_text(
        "CREATE TABLE IF NOT EXISTS orders (id int);\nCREATE TABLE refunds (id int);\n"
    )
    changed = up(product, engine, "--reuse")
    assert changed.code == 0, changed.err
    assert "migrations runs again: migrations." in changed.err
    assert tables(changed) == {"orders", "refunds"}
    again = up(product, engine, "--reuse")
    assert again.code == 0, again.err
    assert "runs again" not in again.err


def test_a_changed_migration_runs_once_for_all_who_come_at_the_same_time(product: Product) -> None:
    """It is slow, and fails when it runs twice: nobody removes it half way, or runs it again."""
    assert up(product, "embedded").code == 0
    (product.project / "migrations" / "001.sql").write_text(
        "CREATE TABLE refunds (id int);\nSELECT pg_sleep(1);\n"
    )
    begun = [
        product.begin("stack", "up", "--engine", "embedded", "--reuse", *QUIETLY, apart=True)
        for _ in range(3)
    ]
    ended = [each.communicate(timeout=60) for each in begun]
    assert [each.returncode for each in begun] == [0, 0, 0], ended
    assert sum("migrations runs again" in err for _, err in ended) == 1


def test_a_changed_migration_that_fails_is_no_reuse_and_is_not_forgotten(product: Product) -> None:
    assert up(product, "embedded").code == 0
    (product.project / "migrations" / "001.sql").write_text("CREATE TABLE orders (id int);\n--\n")
    for _ in range(2):
        failed = up(product, "embedded", "--reuse")
        assert failed.code == 12
        assert "migrations changed and failed when it ran again" in failed.err
        assert 'relation "orders" already exists' in failed.err
    status = product.run("stack", "status")
    assert status.code == 8
    assert "migrations  exited, exit code 3" in status.out


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('POSTGRES_USER = "shop"', 'POSTGRES_USER = "shop", EXTRA = "1"', "postgres.env"),
        ('path = "/health"', 'path = "/other"', "app.gate"),
        ("ports.redis = 6379", "ports.redis = 6380", "redis.ports"),
    ],
)
def test_a_difference_forbids_reuse_and_is_named(
    product: Product, old: str, new: str, named: str
) -> None:
    assert up(product, "embedded").code == 0
    product.edit(old, new)
    refused = up(product, "embedded", "--reuse")
    assert refused.code == 12
    assert named in refused.err
    assert "stack down" in refused.err


def test_a_local_process_whose_program_was_edited_is_not_handed_out(product: Product) -> None:
    product.edit('embedded = { command = ["python", "/app/app.py"] }', LOCAL)
    (product.project / "serve.py").write_text(APP)
    assert up(product, "embedded").code == 0
    assert up(product, "embedded", "--reuse").code == 0
    with (product.project / "serve.py").open("a") as program:
        program.write("# edited\n")
    refused = up(product, "embedded", "--reuse")
    assert refused.code == 12
    assert "changed since it was started: app.program serve.py" in refused.err


def test_two_stacks_that_pin_one_port_are_told_before_anything_starts(
    product: Product, tmp_path: Path
) -> None:
    product.edit("ports.redis = 6379", "ports.redis = { container = 6379, host = 16399 }")
    assert up(product, "embedded").code == 0
    other = Product.at(tmp_path / "other", (product.project / "stackwright.toml").read_text())
    neighbour = Product(project=other.project, state=product.state)
    refused = up(neighbour, "embedded")
    assert refused.code == 5
    assert "port 127.0.0.1:16399 is taken by stack store (run " in refused.err
    assert len(product.records()) == 1
