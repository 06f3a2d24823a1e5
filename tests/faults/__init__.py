"""The faults On Record is put through, and what becomes of it. Run on demand: make faults."""
