"""Judgement: facts in, a disposition or the next question out. No words, no session, no I/O."""
