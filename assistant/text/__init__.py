"""Words as people read them: how text that others wrote is shown, how errors are worded, what a log may hold."""
