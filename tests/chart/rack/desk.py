"""An operator's desk: the real helm, kubectl and amble, with the rack before them."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import yaml

from chart import ROOT
from cluster import Cluster

PROGRAM = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / "release" / "amble"
# Kinds upon which the rack does not act.
ONLY_STORED = {"Issuer", "NetworkPolicy", "Ingress", "ServiceMonitor", "PrometheusRule", "Backup"}
ISSUER = """
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: shop-ca}
spec: {ca: {secretName: shop-ca}}
"""


class Operator:
    """Somebody at a machine with the real programs, and the rack before them."""

    def __init__(self, folder):
        self.desk = pathlib.Path(folder) / "desk"
        (self.desk / "bin").mkdir(parents=True)
        (self.desk / "bin" / "amble").symlink_to(PROGRAM)
        shutil.copytree(ROOT / "helm", self.desk / "helm")
        (self.desk / "issuer.yaml").write_text(ISSUER)
        rack = pathlib.Path(folder) / "rack"
        rack.mkdir()
        pathlib.Path(folder).chmod(0o755)
        rack.chmod(0o755)
        self.rack = Cluster(rack, PROGRAM)
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "rack", "users": [{"name": "operator", "user": {}}],
            "clusters": [{"name": "rack", "cluster": {"server": self.rack.api.url}}],
            "contexts": [{"name": "rack", "context": {"cluster": "rack", "user": "operator"}}],
        }
        (self.desk / "kubeconfig").write_text(yaml.safe_dump(config))
        self.env = {"PATH": f"{self.desk}/bin:{os.environ['PATH']}", "HOME": str(self.desk),
                    "KUBECONFIG": str(self.desk / "kubeconfig"), "LANG": "C.UTF-8"}

    def run(self, text, seconds=300):
        """(exit code, None when there was none in time; what it said; what was really done)."""
        api = self.rack.api
        before = len(api.done)
        said = self.desk / "said"
        with open(said, "wb") as file:
            process = subprocess.Popen(["bash", "-o", "pipefail", "-ec", text], cwd=self.desk, env=self.env,
                                       stdout=file, stderr=file, stdin=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + seconds
        while (code := process.poll()) is None and time.monotonic() < end and not self.rack.broken:
            time.sleep(0.05)
        if code is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        said = said.read_text(errors="replace")
        self.rack.alive()
        return code, said, what(api.done[before:], text)

    def next_version(self):
        """The chart on the desk is that of another version, so that all pods change."""
        chart = self.desk / "helm" / "amble" / "Chart.yaml"
        facts = yaml.safe_load(chart.read_text())
        facts["version"] = facts["appVersion"] = facts["version"] + "-next"
        chart.write_text(yaml.safe_dump(facts))


def what(done, text):
    if any(verb in ("EXEC", "LOG") for verb, *_ in done):
        return "in a pod"
    if any(kind not in ONLY_STORED for _, kind, *_ in done):
        return "carried out"
    if done:
        return "stored"
    asks = re.search(r"\b(kubectl|helm (?!template))", text)
    return "answered" if asks else "here"
