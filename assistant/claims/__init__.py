"""Who said what: claims, each with its speaker and stance, extracted from the articles' sentences."""
