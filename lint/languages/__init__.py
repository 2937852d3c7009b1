"""Front ends: one a language, each a function from bytes to facts."""
