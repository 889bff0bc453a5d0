"""Pods: what must hold for every one of them, whatever the values."""

import tomllib
import unittest

from cases import RENDERED
from chart import find, manifests, text

RESTRICTED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "runAsNonRoot": True}


def pods(case):
    """(the manifest that makes it, labels, spec) of every kind of pod."""
    for manifest in manifests(case):
        if manifest["kind"] == "Pod":
            yield manifest, manifest["metadata"]["labels"], manifest["spec"]
        if manifest["kind"] == "StatefulSet":
            template = manifest["spec"]["template"]
            yield manifest, template["metadata"]["labels"], template["spec"]


def of_kind(case, kind):
    return [manifest for manifest in manifests(case) if manifest["kind"] == kind]


def nodes(case):
    """The StatefulSet of the nodes."""
    [found] = [
        found for found in of_kind(case, "StatefulSet")
        if found["metadata"]["labels"]["app.kubernetes.io/component"] == "node"
    ]
    return found


class Pods(unittest.TestCase):
    def test_pods_keep_to_the_restricted_standard(self):
        for case in RENDERED:
            for manifest, _, spec in pods(case):
                with self.subTest(case, pod=manifest["metadata"]["name"]):
                    self.assertIs(spec["automountServiceAccountToken"], False)
                    self.assertIs(spec["enableServiceLinks"], False)
                    self.assertEqual(spec["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
                    self.assertNotEqual(spec["securityContext"]["runAsUser"], 0)
                    for container in spec["containers"]:
                        security = container["securityContext"]
                        self.assertEqual(security["capabilities"], {"drop": ["ALL"]})
                        self.assertEqual({key: security.get(key) for key in RESTRICTED}, RESTRICTED)

    def test_no_pod_needs_a_shell(self):
        for case in RENDERED:
            for manifest, _, spec in pods(case):
                with self.subTest(case, pod=manifest["metadata"]["name"]):
                    for container in spec["containers"]:
                        self.assertIn(container["command"], (["amble"], ["etcd"]))
                        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                            self.assertNotIn("exec", container.get(probe, {}))

    def test_labels_of_pods_stay_when_the_version_changes(self):
        # Or every upgrade of the chart would start everything anew, etcd included.
        for case in RENDERED:
            for manifest, labels, _ in pods(case):
                if manifest["kind"] == "StatefulSet":
                    with self.subTest(case, pod=manifest["metadata"]["name"]):
                        self.assertNotIn("helm.sh/chart", labels)
                        self.assertNotIn("app.kubernetes.io/version", labels)

    def test_every_pod_has_a_network_policy_for_both_directions(self):
        for case, sets in RENDERED.items():
            if "networkPolicy.enabled=false" in sets:
                self.assertEqual(of_kind(case, "NetworkPolicy"), [])
                continue
            policies = [policy["spec"] for policy in of_kind(case, "NetworkPolicy")]
            for manifest, labels, _ in pods(case):
                with self.subTest(case, pod=manifest["metadata"]["name"]):
                    [own] = [p for p in policies if p["podSelector"]["matchLabels"].items() <= labels.items()]
                    self.assertEqual(own["policyTypes"], ["Ingress", "Egress"])

    def test_nobody_reaches_the_nodes_unless_named(self):
        [policy] = [p for p in of_kind("kiosk", "NetworkPolicy")]
        for rule in policy["spec"]["ingress"]:
            self.assertTrue(rule["from"])
        [phones] = [rule for rule in policy["spec"]["ingress"] if rule["ports"] == [{"port": "grpc"}]]
        [test] = [peer["podSelector"]["matchLabels"] for peer in phones["from"]]
        self.assertEqual(test["app.kubernetes.io/component"], "test")
        [devices] = [rule for rule in policy["spec"]["ingress"] if rule["ports"] == [{"port": "devices"}]]
        component = devices["from"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        self.assertEqual((len(devices["from"]), component), (1, "test"))

    def test_more_than_one_pod_has_a_disruption_budget_of_one(self):
        for case in RENDERED:
            budgets = of_kind(case, "PodDisruptionBudget")
            for manifest, labels, _ in pods(case):
                with self.subTest(case, pod=manifest["metadata"]["name"]):
                    own = [b for b in budgets if b["spec"]["selector"]["matchLabels"].items() <= labels.items()]
                    several = manifest["kind"] == "StatefulSet" and manifest["spec"]["replicas"] > 1
                    self.assertEqual([b["spec"]["maxUnavailable"] for b in own], [1] if several else [])

    def test_there_is_time_for_the_drain(self):
        # 1 s for open calls, two rests of 0.2 s and 20 s for the shards, 30 s for the last of the lease.
        drain = 1 + 0.4 + 20 + 30
        for case in RENDERED:
            spec = nodes(case)["spec"]["template"]["spec"]
            with self.subTest(case):
                hook = spec["containers"][0]["lifecycle"]["preStop"]
                if "sleep" in hook:
                    wait = hook["sleep"]["seconds"]
                else:
                    command = hook["exec"]["command"]
                    self.assertEqual(command[:3], ["amble", "nodes", "drain"])
                    wait = int(command[command.index("--wait") + 1].removesuffix("s"))
                self.assertGreaterEqual(spec["terminationGracePeriodSeconds"], wait + drain)

    def test_devices_shoppers_and_pages_are_kept_apart(self):
        case = "supermarket, all switches"
        for who, service in (
            ("devices", "amble.v1.DeviceService"), ("shoppers", "amble.v1.ShopperService"), ("pages", ""),
        ):
            ingress = find(case, "Ingress", f"till-amble-{who}")
            [rule] = ingress["spec"]["rules"]
            [path] = rule["http"]["paths"]
            self.assertEqual((path["path"], path["pathType"]), (f"/{service}", "Prefix"))
            self.assertEqual(path["backend"]["service"]["name"], f"till-amble-{who}")

    def test_devices_and_pages_have_ports_of_their_own(self):
        for who, port in (("devices", "devices"), ("shoppers", "grpc"), ("pages", "pages")):
            [found] = find("kiosk", "Service", f"till-amble-{who}")["spec"]["ports"]
            self.assertEqual(found["targetPort"], port)

    def test_keys_of_certificates_are_mounted_for_reading_only_and_not_for_everybody(self):
        for case, sets in RENDERED.items():
            for manifest, _, spec in pods(case):
                if spec["containers"][0]["command"] != ["amble"]:
                    continue
                with self.subTest(case, pod=manifest["metadata"]["name"]):
                    own = [volume for volume in spec["volumes"] if volume["name"] == "tls"]
                    mounts = [m for m in spec["containers"][0]["volumeMounts"] if m["name"] == "tls"]
                    if "tls.kind=none" in sets:
                        self.assertEqual((own, mounts), ([], []))
                        continue
                    [volume], [mount] = own, mounts
                    self.assertIs(mount["readOnly"], True)
                    self.assertEqual(volume["secret"]["defaultMode"], 0o440)

    def test_a_node_finds_the_certificates_for_an_etcd_with_tls_where_its_settings_say(self):
        case = "etcd of one's own with TLS"
        cluster = tomllib.loads(find(case, "ConfigMap", "till-amble")["data"]["amble.toml"])["cluster"]
        self.assertEqual(cluster["etcd"], ["https://etcd-1:2379"])
        spec = nodes(case)["spec"]["template"]["spec"]
        mounts = spec["containers"][0]["volumeMounts"]
        [mount] = [m for m in mounts if m["mountPath"] == cluster["etcd_tls"]]
        self.assertIs(mount["readOnly"], True)
        [volume] = [volume["secret"] for volume in spec["volumes"] if volume["name"] == mount["name"]]
        self.assertEqual((volume["secretName"], volume["defaultMode"]), ("etcd-client", 0o440))
        files = {item["path"] for item in volume["items"]}
        self.assertEqual(files, {"ca.crt", "tls.crt", "tls.key"})

    def test_each_node_has_its_own_endpoint_for_edges_when_wanted(self):
        for at in range(5):
            service = find("supermarket, all switches", "Service", f"till-amble-devices-{at}")
            self.assertEqual(
                service["spec"]["selector"]["statefulset.kubernetes.io/pod-name"], f"till-amble-{at}"
            )

    def test_a_kiosk_is_one_process_with_one_volume(self):
        kinds = sorted(manifest["kind"] for manifest in manifests("kiosk"))
        wanted = ["ConfigMap", "NetworkPolicy", *["Service"] * 4, "ServiceAccount", "StatefulSet"]
        self.assertEqual(kinds, wanted)
        self.assertEqual(nodes("kiosk")["spec"]["replicas"], 1)
        self.assertEqual(len(nodes("kiosk")["spec"]["volumeClaimTemplates"]), 1)

    def test_secrets_come_by_reference_only(self):
        for case in RENDERED:
            with self.subTest(case):
                self.assertEqual(of_kind(case, "Secret"), [])
                self.assertNotIn("PRIVATE KEY", text(case))

    def test_members_of_etcd_know_each_other_by_names_that_stay(self):
        etcd = find("supermarket", "StatefulSet", "till-amble-etcd")
        env = {e["name"]: e.get("value") for e in etcd["spec"]["template"]["spec"]["containers"][0]["env"]}
        names = [f"till-amble-etcd-{at}.till-amble-etcd.shop.svc" for at in range(3)]
        members = [f"till-amble-etcd-{at}=http://{name}:2380" for at, name in enumerate(names)]
        self.assertEqual(env["ETCD_INITIAL_CLUSTER"].split(","), members)
        config = find("supermarket", "ConfigMap", "till-amble")["data"]["amble.toml"]
        for name in names:
            self.assertIn(f"http://{name}:2379", config)
        self.assertEqual(etcd["spec"]["serviceName"], "till-amble-etcd")


if __name__ == "__main__":
    unittest.main()
