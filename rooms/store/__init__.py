"""Store: keeps rows. `contract.py` says what a store does; `sql.py` does it in SQLAlchemy Core, on SQLite by default."""

from rooms.store.contract import Arrival, Fold, Log, LogEntry, LogRow, Named, Opening, Restored, Store, Stretch

__all__ = ["Arrival", "Fold", "Log", "LogEntry", "LogRow", "Named", "Opening", "Restored", "Store", "Stretch"]
