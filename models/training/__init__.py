"""Make the bundled speech model: speech, features, training, export and graph in one pipeline."""
