"""What a reply costs in time, processor and memory, next to the bare SDKs in the same run."""
