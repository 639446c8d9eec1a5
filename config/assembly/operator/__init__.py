"""The trading side of what a person sees and says: pictures out, instructions in. The talking side is connectors/operator."""
