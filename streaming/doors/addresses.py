"""Who is at the other end (streaming/addresses.py), for the doors."""

from streaming.addresses import address_of, client_of, counted

__all__ = ["address_of", "client_of", "counted"]
