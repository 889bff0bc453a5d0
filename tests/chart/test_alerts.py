"""Alerts and dashboard: they work, speak of metrics that exist, and lead to what helps."""

import json
import os
import re
import tempfile
import unittest

import yaml

from alarms import ALARMS, HOURS
from chart import ROOT, find, run

CASE = "supermarket, all switches"
SHOP = 'job="till",namespace="shop",pod="till-amble-0"'
# Made by Prometheus itself.
OF_PROMETHEUS = {"up"}


def groups(case=CASE):
    return find(case, "PrometheusRule", "till-amble")["spec"]["groups"]


def alerts():
    return [rule for group in groups() for rule in group["rules"]]


def panels():
    """(panel, expression) with the dashboard's variables filled in."""
    dashboard = json.loads(find(CASE, "ConfigMap", "till-amble-dashboard")["data"]["amble.json"])
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$job", "till").replace("$namespace", "shop")


def exported():
    """Metrics as the code names them, and what a histogram has of its own."""
    names = set()
    for folder in ("services", "cluster", "trust"):
        for path in (ROOT / folder).rglob("*.rs"):
            names |= set(re.findall(r'const \w+: &str = "(amble_\w+)";', path.read_text()))
    parts = {name + part for name in names if name.endswith("_seconds") for part in ("_bucket", "_sum")}
    return names | parts | OF_PROMETHEUS


def asked(expression):
    return set(re.findall(r"\b(up|amble_\w+)\b(?=\s*\{)", expression))


def promtool(documents, *command):
    """promtool with files of these names and contents."""
    with tempfile.TemporaryDirectory() as folder:
        for name, document in documents.items():
            with open(os.path.join(folder, name), "w") as file:
                yaml.safe_dump(document, file)
        return run("promtool", *command, cwd=folder)


def story(name, series, fires):
    """A test of promtool: whether the alert fires in the end."""
    return {
        "name": f"{name} {'fires' if fires else 'is quiet'}",
        "interval": "1m",
        "input_series": [{"series": labels.replace("@", SHOP), "values": values} for labels, values in series],
        "promql_expr_test": [{
            "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}} > 0) > bool 0 or vector(0)',
            "eval_time": f"{HOURS}h",
            "exp_samples": [{"labels": "{}", "value": int(fires)}],
        }],
    }


class Alerts(unittest.TestCase):
    def test_rules_can_be_read(self):
        done = promtool({"rules.yaml": {"groups": groups()}}, "check", "rules", "rules.yaml")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn(f"{len(alerts())} rules found", done.stdout)

    def test_every_alert_fires_when_it_must_and_is_quiet_when_it_may(self):
        self.assertEqual({rule["alert"] for rule in alerts()}, set(ALARMS))
        tests = []
        for name, (bad, harmless) in ALARMS.items():
            tests += [story(name, bad, True), story(name, harmless, False)]
        documents = {
            "rules.yaml": {"groups": groups()},
            "tests.yaml": {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": tests},
        }
        done = promtool(documents, "test", "rules", "tests.yaml")
        self.assertEqual(done.returncode, 0, done.stdout[-5000:])

    def test_another_shops_trouble_is_not_this_ones(self):
        for rule in alerts():
            with self.subTest(rule["alert"]):
                selectors = re.findall(r"\{([^}]*)\}", rule["expr"])
                self.assertTrue(selectors)
                for selector in selectors:
                    self.assertIn('job="till",namespace="shop"', selector)

    def test_alerts_and_panels_ask_for_metrics_that_exist(self):
        there = exported()
        for name, expression in [(r["alert"], r["expr"]) for r in alerts()] + list(panels()):
            with self.subTest(name):
                self.assertTrue(asked(expression))
                self.assertEqual(asked(expression) - there, set())

    def test_every_alert_leads_to_a_chapter_that_says_what_to_do(self):
        operations = (ROOT / "docs" / "OPERATIONS.md").read_text()
        for rule in alerts():
            with self.subTest(rule["alert"]):
                self.assertTrue(rule["annotations"]["runbook_url"].endswith("#" + rule["alert"].lower()))
                _, _, chapter = operations.partition(f"\n### {rule['alert']}\n")
                chapter = re.split(r"\n##", chapter)[0]
                commands = re.findall(r"^(kubectl|helm|amble|etcdctl) ", chapter, re.M)
                self.assertGreaterEqual(len(commands), 3, "three commands")

    def test_a_shop_on_one_node_has_no_alerts_about_others(self):
        names = [group["name"] for group in groups("kiosk, all switches")]
        self.assertEqual(names, ["amble-shop", "amble-devices", "amble-money", "amble-trust"])

    def test_every_panel_has_an_expression_that_can_be_read(self):
        rules = [{"record": f"panel:{at}", "expr": expression} for at, (_, expression) in enumerate(panels())]
        document = {"groups": [{"name": "panels", "rules": rules}]}
        done = promtool({"panels.yaml": document}, "check", "rules", "panels.yaml")
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
