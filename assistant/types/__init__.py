"""The assistant's data types: answers, citations, claims, turns. No logic for finding them."""
