"""How good is the search? Asks a set of questions, measures what is found, and reports it. Changes no index."""
