"""The sets that `benchmarks/asr.py` measures a speech model on, and how a model is measured."""
