"""How fast a platform is on a cluster, beside the least it can take and beside kubectl."""
