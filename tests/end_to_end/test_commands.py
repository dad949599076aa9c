"""The command line as its users meet it: help, refusals with a remedy, figures as JSON."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import orjson
import pytest
from filelock import FileLock

from core.settings import CryptoSuite
from governance.keys import load_or_create_key
from services.app import App
from tests.end_to_end.town import WEINAO, Town
from tests.forks import forks

HEAVY = ("polars", "splink", "duckdb", "spacy", "neo4j", "neomodel", "deltalake", "strawberry", "uvicorn", "networkx")


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    script = f"import sys, cli.main; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_teaches_in_chinese(delivered: Town) -> None:
    text = delivered.run("--help").stdout
    assert "第一次使用" in text
    for command in ("demo", "load", "resolve", "project", "serve", "ask", "quarantine", "evaluate", "export", "db"):
        assert command in text
        assert "--help" in delivered.run(command, "--help").stdout


@pytest.mark.parametrize(
    ("environment", "arguments", "code"),
    [
        ({"WEINAO_PORT": "many"}, ("status",), "WN-CF-001"),
        ({"WEINAO_LOG_LEVEL": "LOUD"}, ("status",), "WN-CF-001"),
        ({"WEINAO_GRAPH_URL": "bolt://127.0.0.1:1"}, ("project",), "WN-CF-001"),
        ({}, ("load", "/nowhere"), "WN-LD-001"),
        ({}, ("resolve", "--kind", "../person"), "WN-CF-001"),
        ({}, ("train", "nobody"), "WN-CF-001"),
        ({}, ("export", "assignments", "--kind", "event", "--out", "a.csv"), "WN-CF-001"),
        ({}, ("load", "no_such_feed", "file.csv"), "WN-LD-006"),
        ({}, ("evaluate", "resolution"), "WN-ER-003"),
        ({}, ("quarantine", "show", "qua_none"), "WN-LD-007"),
        ({}, ("serve", "--host", "0.0.0.0"), "WN-AC-002"),
        ({}, ("ask", "/nowhere.graphql"), "WN-AP-002"),
    ],
)
def test_a_refusal_names_its_code_and_a_remedy(
    tmp_path: Path, environment: dict[str, str], arguments: tuple[str, ...], code: str
) -> None:
    done = forks().run(arguments, {**os.environ, "WEINAO_HOME": str(tmp_path / "home"), **environment})
    assert done.returncode == 1
    assert code in done.stderr
    assert "办法：" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "home"
    blocked.write_text("a file")
    environment = Town(blocked).environment()
    done = subprocess.run([*WEINAO, "status"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "WN-CF-002" in done.stderr


def test_a_second_writer_is_told_to_wait(delivered: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEINAO_WRITE_WAIT", "0.2")
    with FileLock(delivered.home / ".writing.lock"):
        done = delivered.run("load", str(delivered.home / "town"), check=False)
    assert done.returncode == 1
    assert "WN-CF-003" in done.stderr


def test_a_taken_port_is_found_before_anything_is_done(delivered: Town) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = delivered.run("demo", "--port", str(taken.getsockname()[1]), check=False)
    assert done.returncode == 1
    assert "WN-CF-006" in done.stderr
    assert not (delivered.home / "lake").exists()


def test_the_demo_does_not_mix_into_other_data(copied: Town) -> None:
    (copied.home / "town" / "truth" / "town.json").unlink()
    done = copied.run("demo", "--no-serve", check=False)
    assert done.returncode == 1
    assert "WN-CF-001" in done.stderr


def test_figures_come_as_one_json_object(copied: Town) -> None:
    assert copied.json("status", "--json")["tables"]
    assert len(copied.json("feeds", "--json")["feeds"]) == 14
    assert copied.json("resolve", "--json")["runs"][0]["skipped"]
    assert copied.json("quarantine", "list", "--json")["total"] > 0
    assert set(copied.json("evaluate", "resolution", "--json")["resolution"]) >= {"person", "dwelling"}
    assert copied.json("audit", "verify", "--json")["intact"]


def test_a_quarantined_row_is_masked_until_a_purpose_is_stated(copied: Town) -> None:
    entries = copied.json("quarantine", "list", "--json", "--limit", "500")["entries"]
    entry = next(one for one in entries if one["reason"] == "citizen_id.length")
    masked = copied.json("quarantine", "show", entry["entry_id"], "--json")["cells"]
    clear = copied.json("quarantine", "show", entry["entry_id"], "--json", "--purpose", "核对")["cells"]
    assert masked != clear
    assert all("*" in text for text in masked.values() if len(text) > 1)


def test_the_server_answers_on_loopback_and_ends_with_its_database(copied: Town) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = copied.start("serve", "--port", str(port))
    try:
        _await(f"http://127.0.0.1:{port}/readyz", server)
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/graphql",
            orjson.dumps({"query": "{ disputeGroups(limit: 1) { label } }"}),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            assert orjson.loads(answer.read())["data"]["disputeGroups"]
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=60) in {0, 130}
        server.communicate()
    assert copied.run("db", "status", check=False).returncode == 3


def _await(url: str, server: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended early"
        try:
            with urllib.request.urlopen(url) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)


def test_ask_reads_a_query_and_answers_in_json(finished: App) -> None:
    town = Town(finished.settings.home)
    answer = town.json("ask", "-", stdin="{ disputeGroups(limit: 2) { label score eventIds } }")
    assert answer["data"]["disputeGroups"]
    refused = town.run("ask", "-", stdin="{ nothing }", check=False)
    assert refused.returncode == 1
    assert orjson.loads(refused.stdout)["errors"][0]["extensions"]["code"] == "WN-AP-002"


def test_a_key_of_another_home_is_refused_before_anything_is_written(copied: Town) -> None:
    key = copied.home / "keys" / "master.key"
    key.unlink()
    load_or_create_key(key, CryptoSuite.SM, sealed_data_exists=False)
    before = copied.json("status", "--json")["tables"]
    for arguments in (("load", str(copied.home / "town")), ("update",)):
        refused = copied.run(*arguments, check=False)
        assert refused.returncode == 1
        assert "WN-CF-005" in refused.stderr
    assert copied.json("status", "--json")["tables"] == before


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE (:Intruder)",
        "MATCH (t:Tag) DETACH DELETE t",
        "MATCH (t:Tag) CALL { WITH t DETACH DELETE t } IN TRANSACTIONS OF 1 ROW RETURN count(*) AS c",
        "UNWIND [1, 2] AS x CALL (x) { CREATE (:Intruder) } IN 2 CONCURRENT TRANSACTIONS RETURN x",
    ],
)
def test_the_shell_only_reads(finished: App, statement: str) -> None:
    count = "MATCH (n) RETURN count(n) AS nodes"
    before = finished.store.read(count)
    refused = Town(finished.settings.home).run("db", "shell", statement, check=False)
    assert refused.returncode == 1
    assert "WN-GR-007" in refused.stderr
    assert finished.store.read(count) == before


def test_ctrl_c_ends_a_long_command_with_130_and_its_database(copied: Town) -> None:
    process = copied.start("project", "--rebuild")
    deadline = time.monotonic() + 120
    while copied.run("db", "status", check=False).returncode != 0 and time.monotonic() < deadline:
        assert process.poll() is None, "the projection ended before it could be interrupted"
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=120)[1]
    assert process.returncode == 130
    assert "Traceback" not in output
    assert copied.run("db", "status", check=False).returncode == 3
