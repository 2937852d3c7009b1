"""From facts to effects: the repository is run abstractly, entry by entry."""

from lint.linking.link import link

__all__ = ["link"]
