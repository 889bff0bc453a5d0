"""Values: those that are right render, those that are wrong are refused in words that help."""

import json
import os
import pathlib
import re
import tempfile
import unittest

import yaml

from cases import REFUSED, RENDERED
from chart import CHART, ROOT, given, manifests, run, template, text

BUILT = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "amble"
# Settings come from files here, not from the environment of whoever runs the tests.
BARE = {"PATH": os.environ["PATH"]}


class Values(unittest.TestCase):
    def test_the_chart_lints_strictly_with_every_case(self):
        for case, sets in RENDERED.items():
            with self.subTest(case):
                done = run("helm", "lint", "--strict", "--namespace", "shop", CHART, *given(sets))
                self.assertEqual(done.returncode, 0, done.stdout)

    def test_every_case_renders(self):
        for case in RENDERED:
            with self.subTest(case):
                self.assertIn("kind: StatefulSet", text(case))

    def test_the_chart_can_be_packed_and_the_package_renders(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("helm", "package", CHART, "--destination", folder)
            self.assertEqual(done.returncode, 0, done.stdout)
            [package] = os.listdir(folder)
            done = run("helm", "template", "till", os.path.join(folder, package))
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_what_is_wrong_is_refused_and_the_message_names_it(self):
        for values, words in REFUSED.items():
            with self.subTest(values):
                done = template([values])
                self.assertNotEqual(done.returncode, 0, "it was taken")
                for word in words:
                    self.assertIn(word, done.stdout)

    def test_every_value_is_explained_and_none_that_does_not_exist(self):
        values = yaml.safe_load((CHART / "values.yaml").read_text())
        schema = json.loads((CHART / "values.schema.json").read_text())
        _, _, readme = (CHART / "README.md").read_text().partition("\n## Values\n")
        tops = set(re.findall(r"^\| `(\w+)", readme, re.M))
        self.assertEqual(set(values), set(schema["properties"]) - {"global"})
        self.assertEqual(set(values), tops)

    def test_the_settings_are_those_of_the_program(self):
        shown = run(BUILT, "config", "--json", env=BARE)
        self.assertEqual(shown.returncode, 0, shown.stdout)
        schema = json.loads((CHART / "values.schema.json").read_text())
        offered = schema["properties"]["settings"]["properties"]
        config = json.loads(shown.stdout)
        for section in ("waiting", "limits", "checkout", "telemetry"):
            with self.subTest(section):
                # The chart says itself where receipts go, and has values of its own for who charges and sends.
                own = set(config[section]) - {"receipts", "payment", "smtp"}
                self.assertEqual(own, set(offered[section]["properties"]))

    def test_the_program_takes_the_settings_that_are_rendered(self):
        for case in RENDERED:
            [config] = [m["data"] for m in manifests(case) if "amble.toml" in m.get("data", {})]
            with self.subTest(case), tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
                file.write(config["amble.toml"])
                file.flush()
                done = run(BUILT, "--config", file.name, "config", "--json", env=BARE)
                self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
