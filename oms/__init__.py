"""The order-management system: values (words), machines (one state each), engine, turn, journal, report."""
