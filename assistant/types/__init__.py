"""The assistant's data types: answers, citations, claims and turns. How they are found is not their concern."""
