"""What the libraries that test suites use do: one file a topic, all listed in `table.py`."""
