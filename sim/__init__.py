"""An exchange in a box: it keeps its own books on purpose, so that it can judge the OMS."""
