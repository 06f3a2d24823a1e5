"""The sandboxed process that runs the loaders."""
