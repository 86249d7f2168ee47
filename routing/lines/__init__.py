"""Telephones outside that are called once and kept up between an agent's calls."""
