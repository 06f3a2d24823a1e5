"""From a question and its hits to a verdict: the evidence, a short answer and a confidence."""
