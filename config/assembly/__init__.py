"""One builder a verb, imported when the verb is chosen: Settings → the four sockets and the loop joined."""
