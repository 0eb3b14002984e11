"""Everything on one machine: `make run` installs, starts and stops what is in this package."""
