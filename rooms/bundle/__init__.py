"""The bundle: a whole room as one file, which another Tutti can open. `docs/bundle.md` describes it completely."""
