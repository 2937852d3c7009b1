"""The fault matrix: every way to end a run, at every step, on every engine, and what it leaves.

`nox -s chaos` runs all of it, `python -m chaos --sample 20` a random part; `--seed` repeats one.
"""
