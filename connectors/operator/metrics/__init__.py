"""The daemon's figures for Prometheus, and /health."""
