"""What tests and fault trials share."""
