"""The daemon's own socket: a versioned protocol of JSON lines, the server in the daemon, the client in whoever looks."""
