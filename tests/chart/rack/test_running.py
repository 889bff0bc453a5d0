"""The chart, run: its pods' commands as processes, with what its manifests say and nothing else."""

import unittest

from shop import Shop


class Running(Shop):
    def test_a_kiosk_sells_and_keeps_its_receipts(self):
        rack = self.rack([], {})
        [node] = nodes = self.started(list(rack.pods("node")))
        self.wait(lambda: self.up(nodes), 60, "the kiosk is not ready")
        shopper = self.sale(rack, nodes)
        self.bought(shopper)
        receipts = node.volumes["data"][0] / "receipts"
        self.wait(lambda: list(receipts.glob("*.json")), 20, "there is no receipt")
        code, seconds = node.terminate()
        self.assertEqual(code, 0, self.last_words())
        before = sorted(path.name for path in receipts.iterdir())
        node.start()
        self.wait(lambda: self.up(nodes), 60, "the kiosk does not come back")
        self.assertEqual(sorted(path.name for path in receipts.iterdir()), before)

    def test_three_nodes_sell_while_one_is_drained(self):
        rack, database, nodes = self.three_nodes()
        shopper = self.sale(rack, nodes)
        self.wait(lambda: database.ask("select count(*) > 0 from interactions") == "t", 60, "nobody takes anything")
        [first, *others] = nodes
        for who in ("devices", "shoppers"):
            rack.serve(f"till-amble-{who}", others)
        code, seconds = first.terminate()
        self.assertEqual(code, 0, self.last_words())
        self.assertLess(seconds, 30, "the drain was not waited for, or waited in vain")
        self.bought(shopper)
        self.wait(lambda: database.ask("select count(*) > 0 from receipts") == "t", 20, "there is no receipt")
        first.start()
        self.wait(lambda: self.up(nodes), 60, "the drained node does not come back")


if __name__ == "__main__":
    unittest.main()
