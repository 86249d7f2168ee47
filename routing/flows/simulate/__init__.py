"""A flow tried without a telephone: a script of what happens, and the transcript of what came of it."""
