"""The soak: cold starts by the hundred on a loaded machine, and deaths while a stack comes up.

`nox -s soak` plays it beside the compose tools on the same images; `--seed` repeats an order.
"""
