"""What people asked and were answered, what they thought of it, and how it is erased."""
