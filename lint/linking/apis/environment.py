"""Values from around the program: environment, paths, uuids, clocks, formatting."""

from __future__ import annotations

import re
from typing import Final

from lint.linking import evaluating, members
from lint.linking.apis.called import Called, Handler
from lint.linking.values import (
    UNKNOWN,
    External,
    Fields,
    Items,
    Value,
    glued,
    items_of,
    join,
    known,
    only,
    texts,
)
from lint.text import Text, inside, split, text, unique, unknown


def _env(called: Called) -> Value:
    name = only(called.given.get(0, "key") or UNKNOWN) or ""
    default = called.given.get(1, "default")
    held = (unknown(name),)
    return join(held, default) if default is not None else held


def _lookup_env(called: Called) -> Value:
    name = only(called.given.get(0) or UNKNOWN) or ""
    return (Items(((unknown(name),), UNKNOWN)),)


def _which(called: Called) -> Value:
    """A path found for a program ends in the program's name."""
    return called.given.get(0, "cmd", "file") or UNKNOWN


def _look_path(called: Called) -> Value:
    return (Items((called.given.get(0) or UNKNOWN, UNKNOWN)),)


def _unique(called: Called) -> Value:
    return (unique(called.last),)


def _same(called: Called) -> Value:
    return called.given.get(0) or UNKNOWN


def _as_text(called: Called) -> Value:
    value = called.given.get(0)
    return texts(value) if value is not None else (text(""),)


def _sprintf(called: Called) -> Value:
    template = called.given.get(0)
    rest = list(called.given.positional[1:])
    found = known(template or ())
    here = called.frame.literals or called.machine.place(called.frame, called.at)
    if not found:
        return UNKNOWN
    return tuple(
        Text(shape.parts, shape.at or here) if isinstance(shape, Text) else shape
        for shape in join(*(evaluating.printf(one, rest) for one in found))
    )


def _sprint(called: Called) -> Value:
    return glued(called.given.positional)


def _join_words(called: Called) -> Value:
    pieces = items_of(called.given.get(0) or UNKNOWN)
    separator = called.given.get(1) or UNKNOWN
    made: list[Value] = []
    for at, piece in enumerate(pieces.items):
        if at:
            made.append(separator)
        made.append(piece)
    if pieces.rest:
        made.append((unknown("…"),))
    return glued(made)


def _fields(called: Called) -> Value:
    found = [split(one) for one in called.texts(0, "s")]
    return tuple(Items(tuple((word,) for word in words)) for words in found) or UNKNOWN


def _split_at(called: Called) -> Value:
    whole, separator = called.given.get(0), only(called.given.get(1) or UNKNOWN)
    told = only(whole or UNKNOWN)
    if told is None or not separator:
        return (Items((), rest=True),)
    at = called.texts(0)[0].at
    return (Items(tuple((text(one, at),) for one in told.split(separator))),)


def _path(called: Called) -> Value:
    pieces: list[Value] = []
    for piece in called.given.positional:
        if any(isinstance(shape, Text) and inside(shape) is not None for shape in piece):
            pieces.clear()  # a whole path takes the place of what stands before it
        if pieces:
            pieces.append((text("/"),))
        pieces.append(piece)
    return glued(pieces) if pieces else UNKNOWN


def _list(called: Called) -> Value:
    value = called.given.get(0)
    if value is None:
        return (Items(),)
    found = tuple(shape for shape in value if isinstance(shape, Items))
    if not found:
        found = tuple(
            Items(tuple((text(key),) for key, _ in shape.entries))
            for shape in value
            if isinstance(shape, Fields)
        )
    return found or (Items((), rest=True),)


def _dict(called: Called) -> Value:
    entries: dict[str, Value] = {}
    rest = False
    for shape in called.given.get(0) or ():
        if isinstance(shape, Fields):
            entries.update(shape.entries)
        else:
            rest = True
    entries.update(called.given.named)
    return (Fields(tuple(entries.items()), rest=rest),)


def _make(_called: Called) -> Value:
    return (Items(),)


def _enumerate(called: Called) -> Value:
    one = items_of(called.given.get(0) or UNKNOWN)
    rows: list[Value] = [(Items(((text(str(at)),), value)),) for at, value in enumerate(one.items)]
    return (Items(tuple(rows), rest=one.rest),)


def _zip(called: Called) -> Value:
    columns = [items_of(value) for value in called.given.positional]
    rows: list[Value] = [
        (Items(row),) for row in zip(*(column.items for column in columns), strict=False)
    ]
    return (Items(tuple(rows), rest=any(column.rest for column in columns)),)


def _reversed(called: Called) -> Value:
    one = items_of(called.given.get(0) or UNKNOWN)
    return (Items(tuple(reversed(one.items)), rest=one.rest),)


def _getattr(called: Called) -> Value:
    name = only(called.given.get(1) or UNKNOWN)
    if name is None:
        return UNKNOWN
    return members.member(called.machine, called.given.get(0) or UNKNOWN, name)


def _super(called: Called) -> Value:
    receiver, owner = called.frame.receiver, called.frame.owner
    if receiver is None:
        return UNKNOWN
    return (External("super()", (receiver, (owner,))),) if owner is not None else receiver


def _new(called: Called) -> Value:
    """Go's `new(T)`."""
    from lint.linking import calling

    target = called.given.get(0) or UNKNOWN
    return calling.apply(called.machine, target, called.given.__class__(), called.at, called.frame)


EXACT: Final[dict[str, Handler]] = {
    **dict.fromkeys(("os.getenv", "os.environ.get", "os.Getenv", "environ.get", "getenv"), _env),
    "os.environ.setdefault": _env,
    "os.LookupEnv": _lookup_env,
    **dict.fromkeys(("shutil.which", "distutils.spawn.find_executable"), _which),
    **dict.fromkeys(("os/exec.LookPath", "golang.org/x/sys/execabs.LookPath"), _look_path),
    **dict.fromkeys(
        ("str", "string", "strings.ToLower", "strings.ToUpper", "strings.TrimSpace", "hex",
         "strings.TrimSuffix", "strings.TrimPrefix", "strings.ReplaceAll", "strings.Replace",
         "encoding/hex.EncodeToString", "hex.EncodeToString", "strconv.Itoa", "int", "repr",
         "strconv.FormatInt", "strings.Trim", "strings.TrimRight", "strings.TrimLeft"),
        _as_text,
    ),
    **dict.fromkeys(
        ("pathlib.Path", "os.path.abspath", "os.path.realpath", "os.path.expanduser",
         "path/filepath.Abs", "sorted", "set", "path/filepath.Clean", "shlex.quote",
         "os.fspath", "copy.copy", "copy.deepcopy", "path/filepath.FromSlash", "os.path.normpath",
         "k8s.io/utils/ptr.To", "textwrap.dedent", "inspect.cleandoc", "iter",
         "strings.NewReader", "bytes.NewBufferString", "bytes.NewReader", "sync.OnceValue",
         "sync.OnceValues", "sync.OnceFunc", "pathlib.PurePath", "pathlib.PosixPath",
         "slices.Clone", "os.ExpandEnv", "typing.cast"),
        _same,
    ),
    **dict.fromkeys(("fmt.Sprintf", "fmt.Errorf"), _sprintf),
    **dict.fromkeys(("fmt.Sprint", "fmt.Sprintln"), _sprint),
    "strings.Join": _join_words,
    "shlex.join": lambda called: _join_words(
        Called(
            machine=called.machine,
            path=called.path,
            words=called.words,
            given=called.given.__class__(
                positional=(called.given.get(0) or UNKNOWN, (text(" "),))
            ),
            at=called.at,
            frame=called.frame,
        )
    ),
    **dict.fromkeys(("shlex.split", "strings.Fields"), _fields),
    "strings.Split": _split_at,
    **dict.fromkeys(("os.path.join", "path/filepath.Join", "path.Join"), _path),
    **dict.fromkeys(("list", "tuple", "frozenset"), _list),
    "dict": _dict,
    "make": _make,
    "new": _new,
    "enumerate": _enumerate,
    "zip": _zip,
    "reversed": _reversed,
    "getattr": _getattr,
    "super": _super,
    **dict.fromkeys(
        ("uuid.uuid1", "uuid.uuid4", "uuid.uuid7", "secrets.token_hex", "secrets.token_urlsafe",
         "time.time", "time.time_ns", "time.monotonic", "os.getpid", "os.Getpid", "random.randint",
         "random.randrange", "random.random", "random.choices", "random.choice", "os.urandom",
         "datetime.now", "datetime.datetime.now", "datetime.utcnow", "datetime.datetime.utcnow",
         "random.getrandbits", "time.Now", "tempfile.mkdtemp", "tempfile.mkstemp", "uuid4", "uuid1",
         "math/rand.Int", "math/rand.Intn", "math/rand.Int63", "math/rand.Uint32", "os.MkdirTemp",
         "github.com/google/uuid.New", "github.com/google/uuid.NewString",
         "github.com/google/uuid.NewUUID", "github.com/google/uuid.Must", "crypto/rand.Text",
         "github.com/google/uuid.NewRandom", "github.com/gofrs/uuid.NewV4", "nanoid.generate",
         "k8s.io/apimachinery/pkg/util/rand.String", "k8s.io/apimachinery/pkg/util/uuid.NewUUID",
         "shortuuid.uuid", "ulid.new", "github.com/rs/xid.New", "github.com/segmentio/ksuid.New",
         "crypto/rand.Int", "github.com/oklog/ulid/v2.Make"),
        _unique,
    ),
}  # fmt: skip  # lists of names read best as paragraphs

PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(r"^(?:github\.com/[\w-]+/uuid(?:/v\d+)?)\.New"), _unique),
    (re.compile(r"^math/rand(?:/v\d+)?\.\w+"), _unique),
    (re.compile(r"\.(?:Getenv|getenv)$"), _env),
)
