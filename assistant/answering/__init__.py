"""From a question and its hits to what may be answered."""
