"""Shell words: quoting, expansion, splitting, substitution, lists."""

from __future__ import annotations

import pytest

from lint.program import Arg, Assign, Dict, Do, Entry, Expr, Index, Name, Nothing, Opaque, Stmt
from tests.lint.languages.shell_code import (
    assign,
    choice,
    glue,
    listing,
    lit,
    name,
    one,
    output,
    run,
    shell,
    split,
)


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("a", "a"),
        ("'a b'", "a b"),
        ('"a b"', "a b"),
        (r"a\ b", "a b"),
        ("a'b'\"c\"", "abc"),
        (r"$'a\n\x41\u00e9'", "a\nA\u00e9"),
        (r"$'\ud800'", "\ufffd"),
        (r'"a\"b\$c\d"', 'a"b$c\\d'),
        ('"a \\\nb"', "a b"),
        ("--flag=1", "--flag=1"),
        ("8080:80", "8080:80"),
        ("*.log", "*.log"),
        ('""', Nothing()),
        ("''", Nothing()),
        ("$X", split(name("X"))),
        ("${X}", split(name("X"))),
        ('"$X"', name("X")),
        ("$1", split(name("1"))),
        ("$?", split(name("?"))),
        ('"$@"', split(name("@"))),
        ("$*", split(name("@"))),
        ('"${@}"', split(name("@"))),
        ('"${a[@]}"', split(name("a"))),
        ('"${a[*]}"', split(name("a"))),
        ('"${a[0]}"', Index(Name("a"), lit("0"))),
        ("a$X", split(glue("a", name("X")))),
        ('"$A $B"', glue(name("A"), " ", name("B"))),
        ('"$A:${B}-c"', glue(name("A"), ":", name("B"), "-c")),
        ('"  $A  "', glue("  ", name("A"), "  ")),
        ('a"$B"', glue("a", name("B"))),
        ("${X:-d}", split(choice(name("X"), "d"))),
        ('"${X-d e}"', choice(name("X"), "d e")),
        ('"${X:-}"', choice(name("X"), Nothing())),
        ('"${X:-${Y:-z}}"', choice(name("X"), choice(name("Y"), "z"))),
        ('"${X:+-v}"', choice("-v", Nothing(), test=name("X"))),
        ('"${X:?must be set}"', name("X")),
        ('"${X,,}"', name("X")),
        ('"${X%%:*}"', name("X")),
        ('"${X/a/b}"', name("X")),
        ('"${X:0:8}"', name("X")),
        ('"${#X}"', Opaque((Name("X"),), "#")),
        ('"${!X}"', Opaque((Name("X"),), "!")),
        ('"${0%/*}"', output(run("dirname", name("0")))),
        ('"${X##*/}"', output(run("basename", name("X")))),
        ("$(date +%s)", split(output(run("date", "+%s")))),
        ('"$(date +%s)"', output(run("date", "+%s"))),
        ("`date`", split(output(run("date")))),
        ('"$(a "$(b "c d")")"', output(run("a", output(run("b", "c d"))))),
        ("<(sort f)", output(run("sort", "f"))),
        ('"$((N + 1))"', Opaque((Name("N"),), "arithmetic")),
    ],
)
def test_a_word_is_what_reaches_the_process(written: str, word: str | Expr | Arg) -> None:
    assert one(f"x {written}") == run("x", word)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{a,b}-c", ("a-c", "b-c")),
        ("x{1,2}{3,4}", ("x13", "x14", "x23", "x24")),
        ("'{a,b}'", ("{a,b}",)),
    ],
)
def test_braces_that_list_are_several_words(written: str, words: tuple[str, ...]) -> None:
    assert one(f"docker rm -f {written}") == run("docker", "rm", "-f", *words)


def test_a_command_name_may_be_a_variable() -> None:
    assert one("${ENGINE:-podman} ps") == run(split(choice(name("ENGINE"), "podman")), "ps")


@pytest.mark.parametrize(
    ("written", "statements"),
    [
        ("A=b", (assign("A", "b"),)),
        ("A=", (assign("A", Nothing()),)),
        ("A=$B", (assign("A", name("B")),)),
        ('A="$B"', (assign("A", name("B")),)),
        ("A=1 B=2", (assign("A", "1"), assign("B", "2"))),
        ("A=$(cmd x)", (assign("A", output(run("cmd", "x"))),)),
        ("export A=b", (assign("A", "b"),)),
        ("local -r A=b C=d", (assign("A", "b"), assign("C", "d"))),
        ("readonly A=b", (assign("A", "b"),)),
        ("export A", (run("export", "A"),)),
        ("unset A", (run("unset", "A"),)),
        ("declare -a A", (assign("A", listing()),)),
        ("A+=b", (Assign(Name("A"), lit("b"), augment=True),)),
        ('A=(a "$B" $C)', (assign("A", listing("a", name("B"), split(name("C")))),)),
        ("A+=(b)", (Assign(Name("A"), listing("b"), augment=True),)),
        ("A[1]=b", (Assign(Index(Name("A"), lit("1")), lit("b")),)),
        (
            'declare -A M=([a]=1 [b]="$X y")',
            (
                assign(
                    "M",
                    Dict((Entry(lit("a"), lit("1")), Entry(lit("b"), glue(name("X"), " y")))),
                ),
            ),
        ),
        (
            ': "${X:=d}"',
            (
                Assign(Name("X"), lit("d"), default=True),
                run(":", choice(name("X"), "d")),
            ),
        ),
        ("A=b C=$D cmd e", (run("cmd", "e", env={"A": lit("b"), "C": name("D")}),)),
    ],
)
def test_an_assignment_is_told_from_a_command(written: str, statements: tuple[Stmt, ...]) -> None:
    assert shell(written) == statements


@pytest.mark.parametrize(
    ("written", "statements"),
    [
        (
            "cat <<EOF\na $X\n  $(b)\nEOF",
            (run("cat", stdin=glue("a ", name("X"), "\n  ", output(run("b")), "\n")),),
        ),
        ("cat <<'EOF'\na $X\nEOF", (run("cat", stdin=lit("a $X\n")),)),
        ("cat <<\\EOF\na $X\nEOF", (run("cat", stdin=lit("a $X\n")),)),
        ("cat <<-EOF\n\ta\n\t\tb\n\tEOF", (run("cat", stdin=lit("a\nb\n")),)),
        ("cat <<EOF\n  kind: x\nEOF", (run("cat", stdin=lit("  kind: x\n")),)),
        ("cat <<EOF\n# no comment\nEOF", (run("cat", stdin=lit("# no comment\n")),)),
        ('bash <<< "a $X"', (run("bash", stdin=glue("a ", name("X"))),)),
        ("cat > f <<<b", (run("cat", stdin=lit("b")),)),
        ("cat > f <<EOF\na\nEOF", (run("cat", stdin=lit("a\n")),)),
        ("bash -s <<EOF arg\na\nEOF", (run("bash", "-s", "arg", stdin=lit("a\n")),)),
        (
            "cat <<EOF | kubectl apply -f -\na\nEOF",
            (run("cat", stdin=lit("a\n")), run("kubectl", "apply", "-f", "-", stdin=lit("a\n"))),
        ),
        (
            "cat <<EOF |\na\nEOF\nbash",
            (run("cat", stdin=lit("a\n")), run("bash", stdin=lit("a\n"))),
        ),
        ("echo 'a b' | bash", (run("echo", "a b"), run("bash", stdin=lit("a b")))),
        ("cmd > f 2>&1 < g", (run("cmd"),)),
        ("cmd < <(other)", (Do(output(run("other"))), run("cmd"))),
    ],
)
def test_what_a_command_reads_as_text_is_its_stdin(
    written: str, statements: tuple[Stmt, ...]
) -> None:
    assert shell(written) == statements
