"""Tutti's benchmarks: `python -m tests.bench [names…] [--peer hocuspocus] [--runs N] [--quick] [--json FILE]`.

Each starts the real server, drives it with the load generator (`tests/node/load.mjs`, one Node process on bare sockets) and
gives its verdict as a ratio: to the peer measured in the same sitting, or to our own quiet value. Absolute times say as much
about the machine as about the server, and are shown but never judged. The exception is what must never be lost: that is exact,
and a loss makes the program exit with status 1.

How far to trust a row: CPU is read from /proc for the server's whole process tree (its worker too); latency is taken at the
receiver, so the generator's own reading is in it; and a row is marked where the generator was the bottleneck or other programs
took a part of the machine.
"""
