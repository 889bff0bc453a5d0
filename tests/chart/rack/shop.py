"""A shop on pods: what the tests of the running chart share."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import yaml

from chart import ROOT, template
from database import PASSWORD, Database
from pods import HUB, Rack, until

PROGRAM = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "amble"


class Shop(unittest.TestCase):
    """A shop made of the chart's pods; gone with its test."""

    def setUp(self):
        if os.geteuid() != 0:
            self.fail("pods get networks and roots of their own, which needs root")
        folder = tempfile.TemporaryDirectory(prefix="amble-rack-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)
        self.pods = []

    def rack(self, values, secrets):
        """The chart with a pair of keys for passes, and certificates."""
        issuer = self.folder / "issuer.pem"
        subprocess.run([PROGRAM, "pass", "keygen", issuer], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        public = issuer.with_suffix(".pub").read_text()
        secrets = {**secrets, "issuer": {"issuer.pem": issuer.read_text()}, **self.certificates()}
        done = template([*values, "test.passKeySecret.name=issuer", f"passes.publicKeys.issuer\\.pub={public}"])
        self.assertEqual(done.returncode, 0, done.stdout)
        manifests = [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]
        rack = Rack(self.folder, PROGRAM, manifests, secrets)
        self.addCleanup(rack.close)
        return rack

    def certificates(self):
        """The Secrets that the chart waits for."""
        certs = self.folder / "certs"
        hosts = [f"--host=till-amble-{who}.shop.svc" for who in ("devices", "shoppers")]
        subprocess.run([PROGRAM, "certs", "dev", certs, "--store", "kiosk", *hosts], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        secrets = {"till-amble-tls": "node", "till-amble-test-tls": "devices"}
        return {
            secret: {file.name: file.read_text() for file in (certs / folder).iterdir()}
            for secret, folder in secrets.items()
        }

    def started(self, pods):
        for pod in pods:
            self.pods.append(pod)
            self.addCleanup(self.ended, pod)
            pod.start()
        return pods

    def ended(self, pod):
        if pod.process.poll() is None:
            pod.process.kill()
            pod.process.wait()

    def last_words(self):
        return "\n".join(f"== {pod.name}\n{pod.said()[-3000:]}" for pod in self.pods)

    def wait(self, holds, seconds, what):
        try:
            until(holds, seconds, what)
        except AssertionError as error:
            self.fail(f"{error}\n{self.last_words()}")

    def up(self, nodes):
        """Whether all are ready; who has ended begins anew meanwhile."""
        for node in nodes:
            node.keep_running()
        return all(node.probe(probe) for node in nodes for probe in ("startupProbe", "livenessProbe", "readinessProbe"))

    def sale(self, rack, nodes):
        """The pod of `helm test`, begun."""
        [shopper] = rack.pods("test")
        for who in ("devices", "shoppers"):
            rack.serve(f"till-amble-{who}", nodes)
        [shopper] = self.started([shopper])
        return shopper

    def bought(self, shopper):
        """The test's pod ends well."""
        self.wait(lambda: shopper.process.poll() is not None, 120, "the shopper does not come out")
        self.assertEqual(shopper.process.returncode, 0, self.last_words())

    def three_nodes(self, *values):
        """Three nodes with etcd and PostgreSQL, ready. (rack, database, nodes)"""
        values = [
            *values, "profile=supermarket", "store.known=kiosk", "ledger.postgres.passwordSecret.name=db",
            f"ledger.postgres.url=postgres://amble@{HUB}/shop",
        ]
        rack = self.rack(values, {"db": {"password": PASSWORD}})
        database = Database(self.folder)
        self.addCleanup(database.stop)
        database.begin()
        etcd, nodes = list(rack.pods("etcd")), list(rack.pods("node"))
        self.assertEqual((len(etcd), len(nodes)), (3, 3))
        self.started(etcd + nodes)
        self.wait(lambda: self.up(nodes), 120, "the nodes are not ready")
        return rack, database, nodes
