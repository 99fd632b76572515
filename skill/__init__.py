"""What the coach knows, asks, decides and says, and the ways to reach it."""
