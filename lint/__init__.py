"""The compliance linter: reads a repository, judges it against the guidance, says where it stands.

Languages extract facts; linking runs the program abstractly and yields effects; rules judge
effects and facts; compliance adds them up. `lint.audit.audit()` is the whole of it.
"""
