"""The rules: one file, one state and its transitions; pure."""
