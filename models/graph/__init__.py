"""From pronunciations and texts to the graph that Vosk searches."""
