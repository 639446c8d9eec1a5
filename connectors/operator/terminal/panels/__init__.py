"""One panel, one file: pictures in, messages out."""
