"""Fountain and ChordPro, written and read again: any lines come back as they were, but for what these can't carry.

`TUTTI_FUZZ_SEED` and `TUTTI_FUZZ_COUNT` ask for another run or a longer one.
"""

from __future__ import annotations

import os
import random

import pytest

from rooms.render.chordpro import song_blocks, song_lines
from rooms.render.from_fountain import fountain_blocks
from rooms.render.to_fountain import to_fountain
from rooms.render.tree import Node
from tests.fuzz.render_scripts import KINDS, carried_by_chordpro, carried_by_fountain, random_script

SEED = int(os.environ.get("TUTTI_FUZZ_SEED", "0"))
COUNT = int(os.environ.get("TUTTI_FUZZ_COUNT", "3000"))
PARTS = 10


def seeds(part: int) -> range:
    return range(SEED + part, SEED + COUNT, PARTS)


@pytest.mark.parametrize("part", range(PARTS))
def test_fountain_reads_back_as_it_was_written(part: int) -> None:
    for seed in seeds(part):
        blocks = random_script(random.Random(seed), [*KINDS, "heading", "paragraph"])
        fountain = to_fountain(Node("doc", content=blocks)).decode()
        again = fountain_blocks(fountain)
        assert again == carried_by_fountain(blocks), f"seed {seed}:\n{fountain}"
        assert to_fountain(Node("doc", content=again)).decode() == fountain, f"seed {seed}"


@pytest.mark.parametrize("part", range(PARTS))
def test_songs_read_back_as_they_were_written(part: int) -> None:
    for seed in seeds(part):
        blocks = random_script(random.Random(seed), ["section", "lyric", "lyric"])
        lines = song_lines(blocks)
        again = song_blocks(lines) if lines else []
        assert again == carried_by_chordpro(blocks), f"seed {seed}:\n" + "\n".join(lines)
        assert song_lines(again) == lines, f"seed {seed}"
