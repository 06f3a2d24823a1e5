"""The widget: a small chat that other sites' pages show in a frame."""
