"""DataStorage: keeps the actions that services took, in PostgreSQL, and serves them over HTTP."""
