"""Parties outside the process: each folder turns one party's bytes into facts, and our commands into its bytes."""
