"""What a person sees of a journal: text for a terminal, one page with pictures, JSON. Values come from oms/history.py; nothing is computed twice."""
