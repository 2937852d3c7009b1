"""How fast a stack comes up and goes down, beside the other ways to do it: `python -m bench`."""
