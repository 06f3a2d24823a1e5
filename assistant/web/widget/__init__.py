"""The widget: a small chat of ours that other pages show in a frame."""
