"""Alembic's folder: `env.py` and the revisions. A new revision is written by hand and added to `tables.REVISIONS`."""
