"""A Prometheus that scrapes pods as the chart's ServiceMonitor says, with the chart's alerts."""

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import yaml

URL = "http://127.0.0.1:9090"
# More often than in a shop: what is asked over minutes is there sooner.
INTERVAL = "2s"


class Prometheus:
    def __init__(self, folder, manifests, pods):
        kinds = {manifest["kind"]: manifest for manifest in manifests}
        self.folder = folder / "prometheus"
        self.folder.mkdir()
        (self.folder / "rules.yaml").write_text(yaml.safe_dump(kinds["PrometheusRule"]["spec"]))
        config = {
            "global": {"scrape_interval": INTERVAL, "evaluation_interval": INTERVAL},
            "rule_files": ["rules.yaml"],
            "scrape_configs": list(self.jobs(kinds["ServiceMonitor"], pods)),
        }
        (self.folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                 f"--web.listen-address={URL.removeprefix('http://')}"],
                cwd=self.folder, stdout=log, stderr=log,
            )

    @staticmethod
    def jobs(monitor, pods):
        """What the operator makes of a ServiceMonitor: a target for each pod, with its labels."""
        job = monitor["metadata"]["labels"][monitor["spec"]["jobLabel"]]
        for endpoint in monitor["spec"]["endpoints"]:
            targets = []
            for pod in pods:
                [port] = [p["containerPort"] for p in pod.container["ports"] if p["name"] == endpoint["port"]]
                labels = {"job": job, "namespace": monitor["metadata"]["namespace"], "pod": pod.name}
                targets.append({"targets": [f"{pod.address}:{port}"], "labels": labels})
            yield {"job_name": job, "metrics_path": endpoint["path"], "static_configs": targets}

    def get(self, path, **words):
        """What its HTTP API answers; None while it is not up."""
        try:
            with urllib.request.urlopen(f"{URL}/api/v1/{path}?{urllib.parse.urlencode(words)}", timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} {words}: {error.read().decode()}") from error
        except OSError:
            return None

    def series(self, expression):
        """The series that an expression has now."""
        answer = self.get("query", query=expression)
        return answer["result"] if answer else []

    def rules(self):
        """Every rule, as it was last evaluated."""
        answer = self.get("rules") or {"groups": []}
        return [rule for group in answer["groups"] for rule in group["rules"]]

    def stop(self):
        self.process.terminate()
        self.process.wait()
