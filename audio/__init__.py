"""Sound: microphone, recogniser, speech synthesis, playback, files, and the loop of a talk."""
