"""The words of the house: frozen, integer, without clock or I/O."""
