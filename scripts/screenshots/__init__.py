"""Pictures of every state of the pages, for docs/pictures.md: `make screenshots`."""
