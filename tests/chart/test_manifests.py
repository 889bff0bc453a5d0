"""Manifests: they are what Kubernetes knows, and what good policy asks for."""

import os
import tempfile
import unittest

import kubernetes_validate

from cases import RENDERED
from chart import CHART, find, manifests, run, text

# The oldest that the chart asks for, the newest, and some between.
VERSIONS = ["1.30", "1.33", "1.36", "1.37"]
# Those of others, which Kubernetes' own schemas do not have.
OF_OTHERS = {"ServiceMonitor", "PrometheusRule", "Cluster", "Certificate"}


class Manifests(unittest.TestCase):
    def test_every_manifest_is_what_kubernetes_knows(self):
        # Many cases have much in common.
        seen = []
        for case in RENDERED:
            for manifest in manifests(case):
                if manifest["kind"] in OF_OTHERS or manifest in seen:
                    continue
                seen.append(manifest)
                for version in VERSIONS:
                    # A plan as an image came with 1.31.
                    if version == "1.30" and "image.reference" in " ".join(RENDERED[case]):
                        continue
                    with self.subTest(case, kind=manifest["kind"], version=version):
                        kubernetes_validate.validate(manifest, version, strict=True)

    def test_the_schemas_refuse_what_they_should(self):
        manifest = find("kiosk", "StatefulSet", "till-amble")
        broken = {**manifest, "spec": {**manifest["spec"], "replica": 1}}
        with self.assertRaises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(broken, VERSIONS[-1], strict=True)

    def test_policy_finds_nothing_that_is_not_argued(self):
        with tempfile.TemporaryDirectory() as folder:
            for number, case in enumerate(RENDERED):
                with open(os.path.join(folder, f"{number}.yaml"), "w") as file:
                    file.write(text(case))
            done = checkov("kubernetes", folder)
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_policy_finds_nothing_in_the_chart_as_it_is(self):
        # It renders into the namespace `default`, whatever one does.
        done = checkov("helm", CHART, "--skip-check", "CKV_K8S_21")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("Passed checks", checkov("helm", CHART, "--skip-check", "CKV_K8S_21", quiet=False).stdout)

    def test_policy_finds_what_it_should(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "a.yaml"), "w") as file:
                file.write(text("kiosk").replace("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"))
            done = checkov("kubernetes", folder)
            self.assertNotEqual(done.returncode, 0, done.stdout)
            self.assertIn("read-only filesystem", done.stdout)


def checkov(framework, folder, *more, quiet=True):
    words = ["--quiet"] if quiet else []
    return run("checkov", "--skip-download", "--framework", framework, "--compact", *words, "-d", folder, *more)


if __name__ == "__main__":
    unittest.main()
