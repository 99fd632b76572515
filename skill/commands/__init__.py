"""The command line, a module a command; heavy imports wait inside the functions."""
