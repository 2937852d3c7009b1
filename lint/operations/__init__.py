"""What each command does: results on stdout, all else on stderr, the exit code returned."""
