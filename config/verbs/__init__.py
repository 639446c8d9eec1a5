"""What a person types: one file a verb, imported when it is chosen. Each takes the parsed words and returns the exit code."""
