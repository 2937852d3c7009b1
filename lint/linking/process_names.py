"""The functions of libraries that start a process, by what they take."""

from __future__ import annotations

from typing import Final

SUBPROCESS: Final = tuple(
    f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")
)
"""A list, or a text with `shell=True`."""

STRINGS: Final = (
    "os.system",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "asyncio.create_subprocess_shell",
    "asyncio.subprocess.create_subprocess_shell",
    "commands.getoutput",
    "pexpect.run",
    "pexpect.spawn",
)
"""A text that goes through a shell."""

WORDS: Final = (
    "asyncio.create_subprocess_exec",
    "asyncio.subprocess.create_subprocess_exec",
    "os/exec.Command",
    "anyio.run_process",
    "trio.run_process",
    "github.com/magefile/mage/sh.Run",
    "github.com/magefile/mage/sh.RunV",
    "github.com/magefile/mage/sh.Output",
    "golang.org/x/sys/execabs.Command",
)
"""Every argument is a word."""

LATER_WORDS: Final = (
    "os/exec.CommandContext",
    "golang.org/x/sys/execabs.CommandContext",
    "github.com/magefile/mage/sh.RunWith",
    "github.com/magefile/mage/sh.RunWithV",
    "os.execlp",
    "os.execl",
    "os.spawnlp",
)
"""Every argument behind the first is a word."""

EXEC: Final = ("os.execvp", "os.execv", "os.execvpe", "os.execve")
"""The second argument is the list of words."""

SPAWN: Final = ("os.spawnvp", "os.spawnv")
"""The third argument is the list of words."""

ALL: Final = frozenset((*SUBPROCESS, *STRINGS, *WORDS, *LATER_WORDS, *EXEC, *SPAWN))
