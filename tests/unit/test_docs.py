"""What the documents say is so: every command in their code blocks is one that the program understands (its name, its options,
its arguments), every file they lead to is there, and the plan of the house names every file and folder.

Commands are parsed by click's own parser and not run (what they do is tested elsewhere).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import dropwhile, groupby
from pathlib import Path

import click
import pytest

from server.cli import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
VARIABLE = re.compile(r"[A-Z_]+=.*")
BETWEEN = {"|", ">", ">>", "&&", "&", ";"}
"""Here a command ends."""
IN_PYTEST = re.compile(r"tests/[\w/.-]*")


def is_tutti(program: str) -> bool:
    return program.rpartition("/")[2] == "tutti"


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command of ours in the fenced blocks, without prompt, variables and comment."""
    for block in FENCE.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            said = shlex.split(line.removeprefix("$ "), comments=True)
            for between, group in groupby(said, BETWEEN.__contains__):
                words = list(dropwhile(VARIABLE.fullmatch, group))
                if words and not between and (is_tutti(words[0]) or words[0].startswith("script/")):
                    yield words


def understand(words: list[str]) -> None:
    """Raises click.UsageError or AssertionError where a command says what there isn't."""
    program, *rest = words
    if is_tutti(program):
        parse(main, rest)
        return
    assert (ROOT / program).stat().st_mode & 0o111, f"{program} can't be run"
    if program == "script/server":
        parse(main, ["serve", *rest])
    elif program == "script/run" and rest:
        if is_tutti(rest[0]) or rest[0].startswith("script/"):
            understand(rest)
    elif program == "script/test":
        for path in filter(IN_PYTEST.fullmatch, rest):
            assert (ROOT / path).exists(), f"{path} isn't there"


def parse(group: click.Group, words: list[str]) -> None:
    """Checks words as click would, short of running anything."""
    context = click.Context(group, info_name="tutti")
    _, rest, _ = group.make_parser(context).parse_args(list(words))
    name, command, rest = group.resolve_command(context, rest)
    assert command is not None
    inner = click.Context(command, info_name=name, parent=context)
    said, left, _ = command.make_parser(inner).parse_args(rest)
    if said.get("help"):
        return
    if left:
        raise click.UsageError(f"{name} takes no {left}")
    for parameter in command.params:
        parameter.process_value(inner, said.get(parameter.name or ""))


FOUND = [
    pytest.param(words, id=f"{document.name}: {' '.join(words)}")
    for document in DOCUMENTS
    for words in commands(document.read_text())
]


@pytest.mark.parametrize("words", FOUND)
def test_a_command_in_a_document_is_understood(words: list[str]) -> None:
    understand(words)


def test_the_readme_begins_with_the_two_commands() -> None:
    said = [words[0] for words in commands((ROOT / "README.md").read_text())]
    assert said[:2] == ["script/server", "script/test"]


@pytest.mark.parametrize(
    "line",
    [
        "tutti serve --prot 8000",
        "tutti serv",
        "studio/bin/tutti serve --prot 8000",
        "tutti rooms | sort && tutti serv",
        "tutti invite --role lead",
        "tutti token one two",
        "script/server --prot 8000",
        "script/run tutti serve --prot 8000",
        "script/deploy",
        "script/test tests/none",
    ],
)
def test_a_command_that_is_wrong_is_found(line: str) -> None:
    *_, words = commands(f"```sh\n$ NAME=x {line}  # why\n```\n")
    with pytest.raises((click.UsageError, AssertionError, FileNotFoundError)):
        understand(words)


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "CHANGELOG.md"], ids=lambda path: path.name)
def test_a_document_links_to_what_is_there(document: Path) -> None:
    links = [link for link in LINK.findall(document.read_text()) if not re.match(r"\w+:", link)]
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_plan_of_the_house_names_every_file_and_folder() -> None:
    plan = (ROOT / "docs/architecture.md").read_text()
    listed = set(re.findall(r"[\w*]+\.py|[\w*]+(?=/)", plan))
    there = [
        path
        for folder in ("rooms", "rooms/render", "rooms/store", "server", "static/src")
        for path in (ROOT / folder).iterdir()
        if not path.name.startswith("_") and (path.is_dir() or path.suffix == ".py")
    ]
    assert len(there) > 100
    assert [str(p.relative_to(ROOT)) for p in there if not any(fnmatch(p.name, name) for name in listed)] == []
