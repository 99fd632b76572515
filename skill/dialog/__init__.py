"""The dialogue: pure handlers from a session and what was heard to a session and a reply."""
