"""The locked-in process that runs the loaders."""
