"""The local cloud: everything AWS does for Tanggap, in one process on loopback. Never deployed."""
