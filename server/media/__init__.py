"""The relay: people's sound, forwarded encrypted and never decoded. A process of its own; `keeper.py` starts and watches it."""
