"""Backup and restore: database, recordings, prompts and keys, checked by hashes."""
