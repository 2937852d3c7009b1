"""What a cluster does by itself: pods for workloads, status, endpoints, claims, garbage."""
