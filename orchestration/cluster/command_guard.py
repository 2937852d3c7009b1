"""Runs a command for as long as somebody holds the other end of our standard input.

Run as a script in a session of its own, with the words of the command: however the process that
started it dies, SIGKILL included, the pipe ends, and so does all that runs in this session's group.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

GRACE_S = 2.0
"""Between the request to end and SIGKILL."""


def main(words: list[str]) -> int:
    """Run it to its end, or until standard input ends; its exit code as a shell gives it."""
    if os.getpgrp() != os.getpid():
        # What is ended below must be ours alone.
        os.setpgid(0, 0)
    # Whoever ends the group waits for us: we are gone when the command is, and not before.
    signal.signal(signal.SIGTERM, lambda *_: None)
    # No `subprocess`: to import that takes half of the time until the command runs.
    nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    try:
        pid = os.posix_spawn(words[0], words, os.environ, file_actions=[nothing])
    except OSError as error:
        print(f"{words[0]}: {error.strerror}", file=sys.stderr)
        return 126
    ended = os.pidfd_open(pid)
    ready, _, _ = select.select([sys.stdin.fileno(), ended], [], [])
    if ended not in ready:
        os.killpg(0, signal.SIGTERM)
        select.select([ended], [], [], GRACE_S)
        # What the command has started may live on when it is gone: this ends all, and us.
        time.sleep(0.05)
        os.killpg(0, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
