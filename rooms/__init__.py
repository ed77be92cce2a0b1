"""The studio itself: rooms, members, documents, the board. Knows nothing of HTTP, sockets or SDP."""
