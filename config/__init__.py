"""What the user may set, and how the parts are joined."""
