"""Who said what: claims with their speaker and stance, out of the articles' own sentences."""
