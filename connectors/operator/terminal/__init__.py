"""The dashboard on a terminal: a client of the daemon, which sees frozen pictures and sends instructions. Ending it changes nothing."""
