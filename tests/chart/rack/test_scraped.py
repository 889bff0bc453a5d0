"""Alerts and panels over a shop that runs: a real Prometheus scrapes three nodes that sell."""

import json
import re
import ssl
import socket
import unittest

from shop import Shop  # first: it finds what lies beside this folder
from cases import MONITORED
from pods import until
from prometheus import Prometheus

SELECTOR = re.compile(r"(?:up|amble_\w+)\s*\{[^}]*\}")


class Scraped(Shop):
    def test_every_alert_and_every_panel_has_series_on_three_nodes_that_sell(self):
        rack, _, nodes = self.three_nodes(*MONITORED)
        prometheus = Prometheus(self.folder, rack.manifests, nodes)
        self.addCleanup(prometheus.stop)
        shopper = self.sale(rack, nodes)
        self.stranger(nodes[0])
        self.bought(shopper)

        self.wait(lambda: prometheus.series("sum(up) == 3"), 30, "three nodes are not scraped")
        asked = {f"alert {rule['name']}: {selector}": selector
                 for rule in prometheus.rules() for selector in SELECTOR.findall(rule["query"])}
        asked |= {f"panel {title}: {expression}": expression for title, expression in self.panels(rack)}
        self.assertGreater(len(asked), 60)
        missing = lambda: [name for name, expression in asked.items() if not prometheus.series(expression)]
        # Some ask by the minute: one must be over.
        try:
            until(lambda: not missing(), 90, "series are missing")
        except AssertionError as error:
            self.fail("\n".join([str(error), *missing()]))

        nodes[2].process.kill()
        pending = lambda: {rule["name"] for rule in prometheus.rules() if rule["state"] in ("pending", "firing")}
        self.wait(lambda: {"AmbleNodeDown", "AmbleNodesMissing"} <= pending(), 60, "a dead node is not noticed")
        unwell = {rule["name"]: rule["lastError"] for rule in prometheus.rules() if rule["health"] != "ok"}
        self.assertEqual(unwell, {})

    def panels(self, rack):
        """(panel, expression) with the dashboard's variables filled in."""
        dashboards = [m for m in rack.manifests if m["metadata"]["name"] == "till-amble-dashboard"]
        for text in dashboards[0]["data"].values():
            for panel in json.loads(text)["panels"]:
                for target in panel.get("targets", []):
                    yield panel["title"], target["expr"].replace("$job", "till").replace("$namespace", "shop")

    def stranger(self, node):
        """Somebody without a certificate knocks at the devices' door."""
        [port] = [p["containerPort"] for p in node.container["ports"] if p["name"] == "devices"]
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection((node.address, port), timeout=5) as connection:
            try:
                with context.wrap_socket(connection) as secured:
                    self.assertEqual(secured.recv(1), b"")
            except ssl.SSLError:
                pass


if __name__ == "__main__":
    unittest.main()
