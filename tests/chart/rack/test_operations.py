"""The handbook, carried out: every command of docs/OPERATIONS.md, in its order, on one rack.

helm, kubectl and amble are the real ones. What stands behind kubectl and helm is the rack (api.py, cluster.py). For
each command the end says what was really done:

- in a pod: a command or a log of a real process, in its namespaces;
- carried out: pods, volumes, machines were changed, and the processes with them;
- stored: written, and held against Kubernetes' schemas where it has one; nobody here acts upon it;
- answered: what the rack has of it was read;
- here: a program on the operator's machine.
"""

import contextlib
import json
import os
import pathlib
import shlex
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from chart import ROOT
from desk import Operator
from handbook import commands
from pods import until

# With what a command may begin.
KNOWN = {"kubectl", "helm", "amble", "cat", "tar"}
# Chapters after which the rack must be whole again.
WHOLE = {"A rack", "Upgrade", "Roll back", "A rack's ledger", "A machine", "A member of etcd", "All of etcd",
         "AmbleNodeDown"}


class Operations(unittest.TestCase):
    def setUp(self):
        if os.geteuid() != 0:
            self.fail("pods get networks and roots of their own, which needs root")
        folder = tempfile.TemporaryDirectory(prefix="amble-rack-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.operator = Operator(folder.name)
        self.rack = self.operator.rack
        self.addCleanup(self.rack.close)

    def amble(self, *words):
        """What `amble … --json` says in the first pod; {} when it can't."""
        command = shlex.join(["kubectl", "-n", "shop", "exec", "till-amble-0", "--", "amble", *words, "--json"])
        code, said, _ = self.operator.run(command, 20)
        return json.loads(said) if code == 0 else {}

    def live(self):
        return [node["name"] for node in self.amble("nodes").get("nodes", []) if node["state"] == "NODE_STATE_LIVE"]

    def whole(self):
        shards = self.amble("shards").get("shards", [])
        served = [shard for shard in shards if shard["state"] == "SHARD_STATE_SERVED"]
        return len(self.live()) == 3 and len(served) == len(shards) > 0

    def epoch(self):
        return max((int(shard["epoch"]) for shard in self.amble("shards").get("shards", [])), default=0)

    def images(self):
        """What the nodes' pods run."""
        return {pod["spec"]["containers"][0]["image"] for pod in self.rack.api.objects.list("Pod", "shop")
                if pod["metadata"]["labels"].get("app.kubernetes.io/component") == "node"}

    def kill(self, name):
        self.rack.running["shop", name].process.kill()

    def wipe(self, *names):
        """Members of etcd end, and their volumes are empty."""
        for name in names:
            volume, process = self.rack.claim("shop", f"data-{name}"), self.rack.running["shop", name]
            with process.guard:
                process.kill()
                subprocess.run(["find", volume, "-mindepth", "1", "-delete"], check=True)

    # What has happened before a block of commands, by its chapter and its place there.

    def before(self, chapter, block):
        match chapter, block:
            case "Upgrade", 1:
                self.operator.next_version()
            case "A machine", 3:
                until(self.whole, 60, "the shop is not whole before a machine is lost")
                self.rack.lose("rack-3")
                until(lambda: len(self.live()) == 2, 60, "the lost machine's node is not missed")
            case "A member of etcd", 1:
                self.wipe("till-amble-etcd-2")
            case "All of etcd", 1:
                self.epochs = self.epoch()
                self.wipe(*(f"till-amble-etcd-{at}" for at in range(3)))
            case "A rack's ledger", 2:
                self.epochs = self.epoch()
            case "AmbleNodeDown", 1:
                process = self.rack.running["shop", "till-amble-1"]
                self.kill("till-amble-1")
                until(lambda: len(process.begins) > 1, 30, "the killed node is not started again")

    # What must hold after a chapter.

    def after(self, chapter):
        if chapter in WHOLE:
            until(self.whole, 90, f"after the chapter '{chapter}' the shop is not whole")
        match chapter:
            case "Upgrade":
                self.assertEqual(self.images(), {"localhost/amble:0.1.0-next"})
            case "Roll back":
                self.assertEqual(self.images(), {"localhost/amble:0.1.0"})
            case "A kiosk's ledger":
                tables = self.rack.claim("stand", "data-stand-amble-0") / "ledger.sqlite"
                with contextlib.closing(sqlite3.connect(f"file:{tables}?mode=ro", uri=True)) as ledger:
                    [[receipts]] = ledger.execute("select count(*) from receipts")
                self.assertGreaterEqual(receipts, 1, "the receipt of the test did not come back")
            case "A rack's ledger":
                database = self.rack.databases["shop", "till-amble-ledger"]
                self.assertGreaterEqual(int(database.ask("select count(*) from receipts", "amble")), 1)
                self.assertGreater(self.epoch(), self.epochs)
            case "All of etcd":
                self.assertGreaterEqual(self.epoch(), self.epochs, "placements that the ledger must refuse")

    def test_every_command_of_the_handbook_does_what_it_says(self):
        told, last = [], None
        text = (ROOT / "docs" / "OPERATIONS.md").read_text()
        for command in commands(text):
            where = f"docs/OPERATIONS.md:{command.line}, {command.chapter}"
            self.assertIn(command.text.split()[0], KNOWN, f"{where}: this test does not know how to run it")
            if last and last.chapter != command.chapter:
                self.after(last.chapter)
            if last is None or (last.chapter, last.block) != (command.chapter, command.block):
                self.before(command.chapter, command.block)
            code, said, done = self.carry_out(command.text)
            told.append(f"{command.line:5} {done:12} {command.text.splitlines()[0]}")
            print(told[-1], file=sys.stderr, flush=True)
            self.assertEqual(code, 0, f"{where}\n{command.text}\n{said}\n{self.last_words()}")
            self.assertEqual(self.rack.api.not_understood, [], where)
            last = command
        self.after(last.chapter)

    def carry_out(self, text):
        """A command, and once more when it answers what the page says to wait for."""
        end = time.monotonic() + 60
        while True:
            code, said, done = self.operator.run(text)
            if code == 0 or "unhealthy cluster" not in said or time.monotonic() > end:
                return code, said, done
            time.sleep(1)

    def last_words(self):
        pods = sorted(self.rack.running.items())
        return "\n".join(f"== {name}\n{pod.log(False)[-1500:].decode(errors='replace')}" for (_, name), pod in pods)


if __name__ == "__main__":
    unittest.main()
