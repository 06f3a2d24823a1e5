"""Text for people: how untrusted text is displayed, how errors are worded, and what a log may contain."""
