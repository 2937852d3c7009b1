"""The embedding service: turns a text into a vector, the same one every time."""
