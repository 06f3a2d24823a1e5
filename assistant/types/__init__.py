"""What an answer is made of: answers, citations, claims, turns. Knows nothing of how they are found."""
