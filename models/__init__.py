"""Speech models: the bundled English one, the catalogue of others, installing and checking them."""
