"""Spoken conversations from recordings: the whole chain on real sound, with no device."""
