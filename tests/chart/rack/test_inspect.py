"""docs/INSPECT.md shows what there is: every call of it is made again, with grpcurl and reflection alone, and answers
with the fields that are shown there.

With AMBLE_WRITE_DOCS=1 the answers are written into it instead.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from chart import ROOT
from desk import PROGRAM, Operator
from handbook import commands
from pods import until

PAGE = ROOT / "docs" / "INSPECT.md"
# Fields that come and go from one moment to the next.
FLEETING = re.compile(r"actor\.waits\b.*|shards\.unwritten|actor\.unwritten|.*\.lag|actor\.zone\.un\w+Rounds|"
                      r"actor\.zone\.movingShelves|actor\.device\.(unacked|waitingFrames|recentScans|movingSince)|"
                      r"actor\.shopper\.(people\.unseen|openLines|cartLines|came|expected)|actor\.bookkeeper\.(interactions|open\w+|left\b.*|movingShelves)|"
                      r"nodes\.coordinator|actor\.bucket\.(guests|parties\.(people\.unseen|units|openLines|total\.minor))|event\..*|events\..*")


def shape(text):
    """The fields of every message in it, as paths; lists have no numbers."""
    found, at, decoder = set(), 0, json.JSONDecoder()

    def walk(value, path):
        if isinstance(value, dict):
            for key, inner in value.items():
                found.add(".".join([*path, key]))
                walk(inner, [*path, key])
        elif isinstance(value, list):
            for inner in value:
                walk(inner, path)

    while (at := text.find("{", at)) >= 0:
        value, at = decoder.raw_decode(text, at)
        walk(value, [])
    return found


def fleeting(call, path):
    # A node may have none left when it is asked to drain.
    return FLEETING.fullmatch(path) or "/DrainNode" in call and path == "shards"


class Inspect(unittest.TestCase):
    def setUp(self):
        if os.geteuid() != 0:
            self.fail("pods get networks and roots of their own, which needs root")
        folder = tempfile.TemporaryDirectory(prefix="amble-rack-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.operator = Operator(folder.name)
        self.rack = self.operator.rack
        self.addCleanup(self.rack.close)
        for command in commands((ROOT / "docs" / "OPERATIONS.md").read_text()):
            if command.chapter == "A rack" and not command.text.startswith("helm test"):
                self.done(command.text)

    def done(self, text):
        code, said, _ = self.operator.run(text)
        self.assertEqual(code, 0, f"{text}\n{said}")
        return said

    def people(self):
        """Shoppers, until the test is over."""
        certs = self.operator.desk / "certs"
        self.done("mkdir -p certs && for file in tls.crt tls.key ca.crt; do kubectl -n shop get secret till-amble-test-tls "
                  "-o go-template=\"{{index .data \\\"$file\\\"}}\" | base64 -d > certs/$file; done")
        log = open(self.operator.desk / "people", "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            [*self.inside(), PROGRAM, "simulate", "--connect", "https://127.0.0.1:7402", "--tls", certs, "--store", "kiosk",
             "--pass-key", self.operator.desk / "issuer.pem", "--people", "3", "--seconds", "3000"],
            stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

    def inside(self):
        """Where 127.0.0.1 is the first pod, as behind `kubectl port-forward`, which the rack does not know."""
        return ["nsenter", "-t", str(self.rack.running["shop", "till-amble-0"].process.pid), "--net"]

    def ask(self, call):
        """One call of the page, as its reader would make it; what it says on its standard output."""
        script = f"{self.helper}\n{call}"
        done = subprocess.run([*self.inside(), "bash", "-c", script], capture_output=True, text=True, timeout=60,
                              cwd=self.operator.desk, env={**self.operator.env, **self.keys})
        # Ended by -max-time, as the page says.
        if "-max-time" not in call:
            self.assertEqual(done.returncode, 0, f"{call}\n{done.stdout}{done.stderr}")
        return done.stdout

    def actor(self, kind):
        """The key of one actor of this kind: of somebody inside, with a visit."""
        found = json.loads(self.ask(f"""ask -d '{{"kind": "{kind}"}}' 127.0.0.1:7400 amble.v1.InspectService/FindActors"""))
        for actor in found.get("actors", []):
            told = self.ask(f"""ask -d '{{"actor_key": "{actor['actorKey']}"}}' 127.0.0.1:7400 """
                            "amble.v1.InspectService/DescribeActor || true")
            if told:
                state = json.loads(told)["actor"]
                if state.get("shopper", {}).get("visitId") and state["shopper"].get("people"):
                    return actor
        return None

    def somebody(self):
        shopper = self.actor("ACTOR_KIND_SHOPPER")
        if shopper:
            self.keys = {"SHOPPER": shopper["actorKey"], "BUCKET": shopper["shardKey"]}
        return shopper

    def answer(self, call):
        """What a call says now; of one inside, of whoever is inside now."""
        if "$SHOPPER" in call or "$BUCKET" in call:
            until(self.somebody, 120, "nobody comes in")
        if "WatchEvents" in call:
            move = ("sleep 1; ask -d '{\"shard_key\": \"bookkeeper\"}' 127.0.0.1:7400 "
                    "amble.v1.InspectService/MoveShard >/dev/null")
            return self.ask(f"({move}) & {call}")
        return self.ask(call)

    def test_every_call_answers_with_the_fields_that_are_shown(self):
        page = PAGE.read_text()
        blocks = re.findall(r"^```console\n\$ (.*)\n((?:.*\n)*?)```$", page, re.M)
        service = (ROOT / "proto/amble/v1/inspect.proto").read_text().split("service InspectService")[1].split("\n}")[0]
        for rpc in re.findall(r"rpc (\w+)\(", service):
            self.assertTrue(any(f"InspectService/{rpc}" in call for call, _ in blocks), f"{rpc} is not on the page")
        self.keys, self.helper = {}, ""
        [preparations] = re.findall(r"^```sh\n((?:.*\n)*?)```$", page, re.M)
        *files, self.helper = preparations.strip().split("\n")
        for line in files:
            self.done(line)
        self.people()
        until(self.somebody, 120, "nobody comes in")
        for call, shown in blocks:
            with self.subTest(call):
                if os.environ.get("AMBLE_WRITE_DOCS"):
                    page = page.replace(f"$ {call}\n{shown}```", f"$ {call}\n{self.answer(call)}```")
                elif not shown.startswith("{"):
                    self.assertEqual(self.answer(call), shown)
                else:
                    self.holds(call, shape(shown))
        if os.environ.get("AMBLE_WRITE_DOCS"):
            PAGE.write_text(page)

    def holds(self, call, shown):
        """Nothing is there that is not shown, and all that is shown is there, within half a minute."""
        seen, end = set(), time.monotonic() + 30
        while True:
            seen |= shape(self.answer(call))
            strange = {path for path in seen - shown if not fleeting(call, path)}
            lacking = {path for path in shown - seen if not fleeting(call, path)}
            self.assertEqual(strange, set(), "the page does not show these")
            if not lacking:
                return
            self.assertLess(time.monotonic(), end, f"the page shows what is not there: {lacking}")
            time.sleep(0.2)


if __name__ == "__main__":
    unittest.main()
