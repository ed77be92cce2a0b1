"""The commands as people run them: a process each, beside a running server and without one."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from server.auth import Auth, load_secret
from server.folder import Folder, FolderError, FolderInUseError
from server.settings import load
from tests.wire.running import Running, studio, tutti


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with studio(tmp_path_factory.mktemp("cli") / "data") as running:
        yield running


def ask(url: str, path: str, body: dict[str, Any] | None = None, token: str | None = None) -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, headers)  # noqa: S310 - a server of our own
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        return json.load(response)


def join(url: str, link: str, name: str = "Ada") -> dict[str, Any]:
    """Opens a link as a page would: what follows # is the invite."""
    answer: dict[str, Any] = ask(url, "/api/join", {"invite": link.partition("#")[2], "name": name})
    return answer


def printed(*words: str, **variables: str) -> str:
    done = tutti(*words, **variables)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


# serve


def test_the_first_start_gives_the_link_that_leads_the_first_room(tmp_path: Path) -> None:
    with studio(tmp_path / "data") as first:
        found = re.fullmatch(rf"Open this link to lead its first room: ({re.escape(first.url)}/join#\S+)", first.next_line())
        assert found
        joined = join(first.url, found[1])
        assert (joined["title"], joined["member"]["role"]) == ("First room", "lead")
        with pytest.raises(urllib.error.HTTPError, match="401"):  # it lets one person in
            join(first.url, found[1])
    with studio(tmp_path / "data") as second:
        pass
    assert second.said == [f"Tutti is open at {second.url}"]


def test_serve_is_stopped_by_either_signal_and_leaves_no_announcement(tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with studio(tmp_path / "data") as running:
            announcement = json.loads((running.data / "server.json").read_bytes())
            assert announcement == {"url": running.url, "pid": running.process.pid}
            running.process.send_signal(number)
            assert running.process.wait(30) == 0
        assert not (running.data / "server.json").exists()


def test_the_public_url_is_what_people_are_told(tmp_path: Path) -> None:
    environment = {"TUTTI_PUBLIC_URL": "https://studio.example.org", "TUTTI_LOG": "json"}
    with studio(tmp_path / "data", **environment) as running:
        pass
    assert running.said[0] == "Tutti is open at https://studio.example.org"
    assert "lead its first room: https://studio.example.org/join#" in running.said[1]
    assert [json.loads(line)["event"] for line in running.logged().splitlines()]


def test_a_second_server_on_a_folder_is_refused(running: Running) -> None:
    done = tutti("serve", "--data", str(running.data), "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"tutti: {FolderInUseError.sentence}\n"


def test_an_address_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = tutti("serve", "--data", str(tmp_path), "--port", port)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"tutti: Can't listen on 127.0.0.1, port {port}: Address already in use."


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "--port", "eighty"),
        ("serve", "--log", "xml"),
        ("serve", "--database-url", "nonsense"),
        ("serve", "--database-url", "sqlite:///:memory:"),
        ("serve", "--config", "/nowhere.toml"),
        ("serve", "--secret-file", "/nowhere"),
        ("invite", "a b"),
        ("invite", "r", "--role", "king"),
        ("invite", "r", "--expires", "soon"),
        ("invite", "r", "--uses", "0"),
        ("token", "..", "--role", "lead"),
        ("token", "r", "--expires", "never"),
    ],
)
def test_a_wrong_value_ends_with_one_sentence_and_status_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = tutti(*words, TUTTI_DATA=str(tmp_path / "data"))
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"tutti: [^\n]+\.\n", done.stderr), done.stderr


def test_a_data_folder_that_can_t_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    done = tutti("serve", "--data", str(tmp_path / "file"), TUTTI_SECRET="s" * 32)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


# token


def test_token_only_signs(tmp_path: Path) -> None:
    token = printed("token", "r", "--role", "lead", "--name", "Ada", "--expires", "2h", "--create", TUTTI_DATA=str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret"]
    claims = Auth(load_secret(load({"data": tmp_path}, {})), 1).read(token)
    assert (claims.room, claims.name, claims.role, claims.create) == ("r", "Ada", "lead", True)
    assert claims.exp - claims.iat == 7200
    other = jwt.decode(printed("token", "*", TUTTI_DATA=str(tmp_path)), options={"verify_signature": False})
    assert (other["room"], other["role"], other["exp"] - other["iat"]) == ("*", "contributor", 86_400)
    assert other["sub"] != claims.sub


def test_a_token_opens_the_room_of_the_server_beside_it(running: Running) -> None:
    token = printed("token", "by-token", "--create", "--data", str(running.data))
    assert ask(running.url, "/api/rooms/by-token", token=token)["you"]["name"] == "Guest"


# invite and rooms


def test_invite_goes_through_the_running_server(running: Running) -> None:
    data = ("--data", str(running.data))
    link = printed(
        "invite", "by-cli", "--create", "--name", "By CLI", "--role", "lead", "--uses", "1", "--expires", "1h", *data
    )
    assert link.startswith(f"{running.url}/join#")
    joined = join(running.url, link)
    assert (joined["room"], joined["title"], joined["member"]["role"]) == ("by-cli", "By CLI", "lead")
    again = printed("invite", "by-cli", "--public-url", "https://a.example", *data)
    assert again.startswith("https://a.example/join#")
    assert join(running.url, again, "Bo")["member"]["role"] == "contributor"
    members = ask(running.url, "/api/rooms/by-cli/members", token=joined["token"])["members"]
    assert [member["name"] for member in members] == ["Ada", "Bo"]
    assert "by-cli\tBy CLI\t0" in printed("rooms", *data).splitlines()


def test_invite_opens_the_store_itself_where_no_server_runs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    link = tutti("invite", "alone", "--create", "--name", "Alone", "--data", str(data))
    assert link.returncode == 0, link.stderr
    assert printed("rooms", "--data", str(data)) == "alone\tAlone\t0"
    assert not (data / "server.json").exists()
    with studio(data) as running:
        joined = join(running.url, link.stdout.strip())
        assert (joined["room"], joined["member"]["role"]) == ("alone", "contributor")
    assert len(running.said) == 1  # there was a room already


def test_a_room_that_is_not_there(running: Running, tmp_path: Path) -> None:
    for data in (running.data, tmp_path / "data"):
        done = tutti("invite", "nowhere", "--data", str(data))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.splitlines()[-1] == "tutti: There is no room nowhere. Make it with --create."


def test_an_announcement_that_outlived_its_server_is_not_believed(tmp_path: Path) -> None:
    with studio(tmp_path / "data") as running:
        assert "first room" in running.next_line()
        running.process.kill()
        running.process.wait(30)
        assert (running.data / "server.json").exists()
    assert len(printed("rooms", "--data", str(running.data)).splitlines()) == 1


def test_openapi_is_printed(tmp_path: Path) -> None:
    document = json.loads(printed("openapi"))
    assert document["info"]["title"] == "Tutti"
    assert "/api/rooms/{room}/documents/{document}" in document["paths"]


def test_help_names_every_command_and_limit() -> None:
    listed = printed("--help")
    assert all(command in listed for command in ("serve", "invite", "token", "rooms", "openapi"))
    assert "TUTTI_LIMIT_MESSAGE_BYTES=16777216" in printed("serve", "--help")
    assert printed("--version").startswith("tutti, version ")


# The folder


def test_a_folder_is_locked_by_one_at_a_time(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "new")
    with folder.lock():
        with pytest.raises(FolderInUseError), Folder(tmp_path / "new").lock(wait_s=0):
            pass
        with folder.announce("http://127.0.0.1:1"):
            assert folder.announced() == "http://127.0.0.1:1"
        assert folder.announced() is None
    with folder.lock(wait_s=0):
        pass


def test_a_lock_that_is_given_up_is_waited_for(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    released = signal.signal(signal.SIGALRM, lambda *_: os.close(descriptor))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with Folder(tmp_path).lock(wait_s=20):
            pass
    finally:
        signal.signal(signal.SIGALRM, released)


def test_what_is_no_announcement(tmp_path: Path) -> None:
    for text in (b"", b"{}", b"[", b'{"url": 5, "pid": 1}'):
        (tmp_path / "server.json").write_bytes(text)
        assert Folder(tmp_path).announced() is None
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FolderError), Folder(tmp_path / "file").lock():
        pass


# export, import


def test_a_room_leaves_one_studio_and_opens_in_another(tmp_path: Path) -> None:
    here, there, bundle = str(tmp_path / "here"), str(tmp_path / "there"), str(tmp_path / "room.tutti")
    page = tmp_path / "The sea.md"
    page.write_text("# The sea\n\nIt *was* you.\n")
    assert "/join#" in printed("invite", "tide", "--create", "--data", here)
    assert "/join#" in printed("import", str(page), "--room", "tide", "--data", here)
    assert printed("export", "tide", "-o", bundle, "--data", here) == bundle
    assert "/join#" in printed("import", bundle, "--data", there)
    assert printed("rooms", "--data", there).startswith("tide\t")
    with studio(tmp_path / "there") as running:
        link = printed("import", bundle, "--data", there)
        again = ask(running.url, "/api/recover", {"recovery": link.partition("#")[2]})
        assert (again["room"] != "tide", again["member"]["role"]) == (True, "lead")
        copied = tmp_path / "copied.tutti"
        assert printed("export", again["room"], "-o", str(copied), "--data", there) == str(copied)
        documents = ask(running.url, f"/api/rooms/{again['room']}/documents", token=again["token"])["documents"]
        text = tmp_path / "sea.txt"
        words = ("--document", documents[1]["id"], "--format", "text", "-o", str(text), "--data", there)
        assert printed("export", again["room"], *words) == str(text)
        assert text.read_text() == "The sea\n\nIt was you.\n"
        made = printed("import", str(page), "--title", "New", "--data", there)
        joined = join(running.url, made)
        assert (joined["title"], joined["member"]["role"]) == ("New", "lead")


def test_files_that_are_none_end_with_a_sentence(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    broken = tmp_path / "room.tutti"
    broken.write_bytes(b"tutti")
    for words, sentence in [
        (("export", "nowhere", "--data", data), "There is no room nowhere."),
        (("export", "x", "--format", "docx", "--data", data), "--format needs --document"),
        (("import", str(broken), "--data", data), "damaged"),
        (("import", str(tmp_path), "--data", data), "Can't read"),
    ]:
        done = tutti(*words)
        assert done.returncode in {1, 2}
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob(".*.part"))
