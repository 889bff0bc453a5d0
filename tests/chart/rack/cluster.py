"""A rack of three machines under the API: what Kubernetes' controllers and kubelets do, done to processes.

1. A StatefulSet's pods are started from its template as processes (pods.py); one that changed is rolled out as
   Kubernetes does it: from the last pod on, one at a time, each only when the others stand.
2. A pod's name keeps its address, so a headless Service's names hold; a Service leads to pods that are ready.
3. What ends is started again, what is deleted ends as its manifest says, what is evicted goes elsewhere.
4. Three operators' parts are played with real things: certificates (cert-manager's) come from `amble certs dev`; a
   database (CloudNativePG's) is a PostgreSQL of one instance; its backups are nobody's, so they are only stored.
"""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request

from api import Api, Refused, now
from database import AS, PASSWORD, Database
from pods import HUB, USER, Pod, Rack

MACHINES = ["rack-1", "rack-2", "rack-3"]


class Place:
    """What a pod sees of the rack: a folder of its own, the address of its name."""

    def __init__(self, cluster, pod):
        meta = pod["metadata"]
        self.cluster, self.namespace, self.name = cluster, meta["namespace"], meta["name"]
        self.program, self.hosts = cluster.program, cluster.hosts
        self.folder = cluster.folder / meta["uid"][:8]
        self.folder.mkdir()
        self.folder.chmod(0o755)

    def address(self):
        return self.cluster.address_of(self.name)

    def data(self, kind, name):
        thing = self.cluster.api.objects.get(kind, self.namespace, name)
        if kind == "Secret":
            return {key: base64.b64decode(text).decode() for key, text in thing["data"].items()}
        return thing["data"]


class Process(Pod):
    """A pod that was asked for through the API."""

    def __init__(self, cluster, pod):
        self.place, self.pod, self.begins, self.since = Place(cluster, pod), pod, [], None
        self.key = (pod["metadata"]["namespace"], pod["metadata"]["name"])
        # Held by whoever begins or ends it: nothing is begun that was told to end.
        self.guard, self.ending, self.retry = threading.Lock(), None, 0
        super().__init__(self.place, pod["metadata"]["name"], pod["spec"], [])
        # The network's links are named by it.
        self.starts = self.born = cluster.starts.get(self.key, 0)

    def volume(self, volume):
        match {key: value for key, value in volume.items() if key != "name"}:
            case {"persistentVolumeClaim": {"claimName": claim}}:
                return self.place.cluster.claim(self.key[0], claim), True
            case {"secret": {"secretName": name, **rest}} if "items" not in rest:
                items = [{"key": key, "path": key} for key in self.place.data("Secret", name)]
                return super().volume({**volume, "secret": {"secretName": name, "items": items}})
        return super().volume(volume)

    def script(self):
        # Names may change while it runs.
        lines, hosts = super().script(), self.place.cluster.hosts_file
        at = next(at for at, line in enumerate(lines) if line.endswith("etc/hosts"))
        lines[at] = f"touch etc/hosts; mount --bind {hosts} etc/hosts"
        return lines

    def path(self):
        return self.place.folder / f"{self.name}.log"

    def start(self):
        self.begins.append(self.path().stat().st_size if self.path().exists() else 0)
        super().start()
        self.place.cluster.starts[self.key] = self.starts
        self.since = now()

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def log(self, previous):
        data = self.path().read_bytes() if self.path().exists() else b""
        if not previous:
            return data[self.begins[-1]:] if self.begins else b""
        if len(self.begins) < 2:
            raise Refused(400, "BadRequest", f"previous terminated container in pod {self.name} not found")
        return data[self.begins[-2]:self.begins[-1]]

    def probe(self, name):
        if self.container["command"] == ["etcd"]:
            # Debian's etcd is 3.4, which has one page for what 3.6 has three.
            try:
                return urllib.request.urlopen(f"http://{self.address}:2381/health", timeout=1).status == 200
            except (urllib.error.URLError, OSError):
                return False
        return super().probe(name)

    def ready(self):
        if not self.runs() or self.ending or not self.begun():
            return False
        return all(self.probe(probe) for probe in ("startupProbe", "readinessProbe") if probe in self.container)

    def end(self, grace):
        """Ends it in order, within so many seconds if given; 0: at once."""
        if grace == 0 or not self.runs():
            self.kill()
            return
        if grace is not None:
            self.spec = {**self.spec, "terminationGracePeriodSeconds": grace}
        try:
            self.terminate()
        except AssertionError as failed:
            # Kubernetes notes that a preStop failed, and goes on.
            self.place.cluster.event(self.pod, "FailedPreStopHook", str(failed))
            self.process.terminate()
            try:
                self.process.wait(self.spec["terminationGracePeriodSeconds"])
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        if self.runs():
            self.process.kill()
        if self.process:
            self.process.wait()


class DatabasePod:
    """The primary of a database, as a pod to run commands in."""

    starts, born, ending, retry, guard = 1, 0, None, 0, threading.Lock()

    def __init__(self, cluster, pod, database):
        self.pod, self.database, self.address = pod, database, HUB
        self.process, self.since = database.process, now()

    def inside(self, command):
        programs = f"PATH={self.database.programs}:/usr/bin"
        env = [programs, f"PGHOST={self.database.folder}", "PGUSER=amble", f"PGPASSWORD={PASSWORD}"]
        return ["setpriv", *AS, "env", "-i", *env, *command]

    def log(self, _):
        return (self.database.folder / "log").read_bytes()

    def runs(self):
        return self.process.poll() is None

    ready = runs

    def end(self, _):
        """It lives as long as its Cluster."""

    def kill(self):
        """See `end`."""


class Cluster(Rack):
    def __init__(self, folder, program):
        self.starts, self.running, self.addresses = {}, {}, {}
        self.closed, self.broken, self.databases, self.last_ready, self.lost = False, None, {}, None, set()
        super().__init__(folder, program, [], {})
        self.hosts_file = self.folder / "hosts"
        self.resolve()
        self.api = Api(HUB, self)
        for machine in MACHINES:
            ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": now(),
                     "lastTransitionTime": now(), "message": ""}
            self.api.objects.put({"apiVersion": "v1", "kind": "Node", "metadata": {
                "name": machine, "labels": {"kubernetes.io/hostname": machine}}, "spec": {},
                "status": {"conditions": [ready], "capacity": {"cpu": "2"}, "allocatable": {"cpu": "2"}}})
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    @property
    def manifests(self):
        return self.api.objects.list("Service")

    @manifests.setter
    def manifests(self, _):
        pass

    def close(self):
        self.closed = True
        self.thread.join()
        self.api.close()
        for pod in self.running.values():
            pod.kill()
        for database in self.databases.values():
            database.stop()
        super().close()

    def work(self):
        while not self.closed:
            try:
                self.round()
            except Refused as refused:
                # Something was deleted since it was listed: the next round sees it.
                if refused.code != 404:
                    self.broken = refused
                    return
            except Exception as error:
                # The test's thread raises it: see `alive`.
                self.broken = error
                return
            time.sleep(0.1)

    def alive(self):
        if self.broken:
            raise self.broken

    def round(self):
        objects = self.api.objects
        for certificate in objects.list("Certificate"):
            self.certify(certificate)
        for cluster in objects.list("Cluster"):
            self.found(cluster)
        for wanted in objects.list("StatefulSet"):
            self.place_pods(wanted)
        for pod in objects.list("Pod"):
            self.tend(pod)
        self.lead()

    # Pods

    def place_pods(self, wanted):
        """The pods of a StatefulSet: as many as it says, of the template that it has."""
        objects, meta, spec = self.api.objects, wanted["metadata"], wanted["spec"]
        namespace, name = meta["namespace"], meta["name"]
        template = json.dumps(spec["template"], sort_keys=True)
        revision = hashlib.sha256(template.encode()).hexdigest()[:10]
        domain = f"{spec['serviceName']}.{namespace}.svc"
        pods = {}
        for pod in objects.list("Pod", namespace):
            [owner] = pod["metadata"].get("ownerReferences") or [{}]
            if owner.get("uid") == meta["uid"]:
                pods[pod["metadata"]["name"]] = pod
        names = [f"{name}-{at}" for at in range(spec["replicas"])]
        for pod in names:
            self.hosts[f"{pod}.{domain}"] = [self.address_of(pod)]
        self.resolve()
        for at in names:
            if at not in pods:
                pods[at] = self.make(wanted, at, revision)
        for gone in set(pods) - set(names):
            self.delete(namespace, gone)
        for at in reversed(names):
            here = pods[at]["metadata"]
            if "deletionTimestamp" in here or not available(pods[at], spec.get("minReadySeconds", 0)):
                if here["labels"]["controller-revision-hash"] == revision or "deletionTimestamp" in here:
                    break
            if here["labels"]["controller-revision-hash"] != revision:
                self.delete(namespace, at)
                break
        kept = [pods[at] for at in names]
        fresh = [pod for pod in kept if pod["metadata"]["labels"]["controller-revision-hash"] == revision]
        ready = [pod for pod in kept if available(pod, 0)]
        settled = [pod for pod in kept if available(pod, spec.get("minReadySeconds", 0))]
        status = wanted.get("status", {})
        current = revision if len(fresh) == len(kept) == len(settled) else status.get("currentRevision", revision)
        objects.status("StatefulSet", namespace, name, {
            "observedGeneration": meta["generation"], "replicas": len(pods), "readyReplicas": len(ready),
            "availableReplicas": len(settled), "updatedReplicas": len(fresh), "currentReplicas": len(fresh),
            "currentRevision": current, "updateRevision": revision, "collisionCount": 0})

    def make(self, wanted, name, revision):
        objects, meta, template = self.api.objects, wanted["metadata"], wanted["spec"]["template"]
        volumes = list(template["spec"].get("volumes", []))
        for claim in wanted["spec"].get("volumeClaimTemplates", []):
            full = f"{claim['metadata']['name']}-{name}"
            volumes.append({"name": claim["metadata"]["name"], "persistentVolumeClaim": {"claimName": full}})
            if full not in [pvc["metadata"]["name"] for pvc in objects.list("PersistentVolumeClaim", meta["namespace"])]:
                objects.put({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": claim["spec"], "metadata": {
                    **claim["metadata"], "name": full, "namespace": meta["namespace"]}, "status": {"phase": "Bound"}})
        owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": meta["name"], "uid": meta["uid"],
                 "controller": True}
        labels = {**template["metadata"]["labels"], "controller-revision-hash": revision,
                  "statefulset.kubernetes.io/pod-name": name}
        return objects.put({"apiVersion": "v1", "kind": "Pod", "spec": {**template["spec"], "volumes": volumes},
                            "metadata": {**template["metadata"], "name": name, "namespace": meta["namespace"],
                                         "labels": labels, "ownerReferences": [owner]}, "status": {"phase": "Pending"}})

    def tend(self, pod):
        """One pod: begun, kept running, looked at."""
        objects, meta = self.api.objects, pod["metadata"]
        namespace, name = key = meta["namespace"], meta["name"]
        process = self.running.get(key)
        owners = [owner["uid"] for owner in meta.get("ownerReferences", [])]
        if owners and owners[0] not in [s["metadata"]["uid"] for s in objects.list("StatefulSet", namespace)]:
            self.delete(namespace, name)
            return
        machine = pod["spec"].get("nodeName")
        if machine and machine not in [node["metadata"]["name"] for node in objects.list("Node")]:
            if "deletionTimestamp" not in meta:
                self.delete(namespace, name, 0)
            return
        if process is None:
            process = self.admit(namespace, name, meta["uid"])
            if process is None:
                return
            with process.guard:
                if process.ending is None:
                    process.start()
            self.event(pod, "Started", "Started container")
        if process.ending is not None or machine in self.lost:
            return
        once = pod["spec"].get("restartPolicy") == "Never"
        if not process.runs() and not once and time.monotonic() > process.retry:
            code = process.process.returncode
            self.event(pod, "BackOff", f"container ended with {code}, is started again")
            process.retry = time.monotonic() + 2
            with process.guard:
                if process.ending is None and machine not in self.lost:
                    process.start()
        phase = "Running" if process.runs() or not once else ["Failed", "Succeeded"][process.process.returncode == 0]
        ready = "True" if process.ready() else "False"
        [before] = pod.get("status", {}).get("conditions") or [{}]
        since = before.get("lastTransitionTime") if before.get("status") == ready else now()
        state = {"running": {"startedAt": process.since}}
        if phase != "Running":
            state = {"terminated": {"exitCode": process.process.returncode, "reason": phase}}
        container = {"name": pod["spec"]["containers"][0]["name"], "ready": ready == "True", "state": state,
                     "restartCount": process.starts - process.born - 1, "started": True,
                     "image": pod["spec"]["containers"][0]["image"], "imageID": ""}
        condition = {"type": "Ready", "status": ready, "lastTransitionTime": since}
        objects.status("Pod", namespace, name, {"phase": phase, "podIP": process.address, "conditions": [condition],
                                                "containerStatuses": [container]})

    def admit(self, namespace, name, uid):
        """A pod that has no process gets one, if it is still the same, and has all that it needs."""
        objects = self.api.objects
        with objects.lock:
            pod = objects.get("Pod", namespace, name)
            if pod["metadata"]["uid"] != uid or (namespace, name) in self.running:
                return None
            if "deletionTimestamp" in pod["metadata"]:
                objects.drop("Pod", namespace, name)
                return None
            machine = self.machine(pod)
            if machine is None:
                return None
            try:
                process = Process(self, pod)
                process.environment()
            except Refused as lacks:
                shutil.rmtree(self.folder / uid[:8])
                if not any(e["involvedObject"].get("uid") == uid for e in objects.list("Event", namespace)):
                    self.event(pod, "FailedMount", str(lacks))
                return None
            self.running[namespace, name] = process
            objects.put({**pod, "spec": {**pod["spec"], "nodeName": machine}}, checked=True)
            return process

    def machine(self, pod):
        """The machine for a pod: one that is open, with fewest of its kind."""
        objects, kind = self.api.objects, pod["metadata"].get("labels", {}).get("app.kubernetes.io/component")
        open_ones = [node["metadata"]["name"] for node in objects.list("Node")
                     if not node["spec"].get("unschedulable") and node["metadata"]["name"] not in self.lost]
        alike = [other["spec"].get("nodeName") for other in objects.list("Pod", pod["metadata"]["namespace"])
                 if other["metadata"].get("labels", {}).get("app.kubernetes.io/component") == kind]
        return min(open_ones, key=lambda machine: (alike.count(machine), machine), default=None)

    def lose(self, machine):
        """A machine is dead: its processes with it, and nothing on it is begun again."""
        self.lost.add(machine)
        for pod in self.api.objects.list("Pod"):
            meta = pod["metadata"]
            process = self.running.get((meta["namespace"], meta["name"]))
            if pod["spec"].get("nodeName") == machine and process:
                with process.guard:
                    process.kill()
                down = {"type": "Ready", "status": "False", "lastTransitionTime": now()}
                self.api.objects.status("Pod", meta["namespace"], meta["name"], {**pod["status"], "conditions": [down]})

    def delete(self, namespace, name, grace=None):
        process = self.running.get((namespace, name))
        pod = self.api.objects.get("Pod", namespace, name)
        if process and process.ending and grace != 0:
            return
        self.api.objects.status("Pod", namespace, name, pod.get("status"), deletionTimestamp=now())
        if process is None:
            return

        def end():
            try:
                process.end(grace)
            except Exception as error:
                self.broken = error
                raise
            with self.api.objects.lock:
                if self.running.get((namespace, name)) is process:
                    del self.running[namespace, name]
                    self.api.objects.drop("Pod", namespace, name)

        self.event(pod, "Killing", "Stopping container")
        with process.guard:
            process.ending = threading.Thread(target=end)
        self.lead()
        process.ending.start()

    def evict(self, namespace, name):
        """As far as the budgets allow."""
        pod = self.api.objects.get("Pod", namespace, name)
        labels = pod["metadata"]["labels"]
        for budget in self.api.objects.list("PodDisruptionBudget", namespace):
            chosen = budget["spec"]["selector"]["matchLabels"].items()
            if chosen <= labels.items():
                alike = [p for p in self.api.objects.list("Pod", namespace) if chosen <= p["metadata"]["labels"].items()]
                away = [p for p in alike if not available(p, 0)]
                if len(away) >= budget["spec"]["maxUnavailable"]:
                    raise Refused(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.")
        self.delete(namespace, name)

    def process(self, namespace, name):
        process = self.running.get((namespace, name))
        if process is None or not process.runs():
            raise Refused(409, "Conflict", f"pod {name} does not run")
        return process

    def inside(self, namespace, name, command):
        return self.process(namespace, name).inside(command)

    def log(self, namespace, name, query):
        process = self.running.get((namespace, name))
        if process is None:
            return b""
        lines = process.log(query.get("previous") == "true").splitlines(keepends=True)
        if "sinceSeconds" in query:
            begin = time.time() - int(query["sinceSeconds"])
            from_then = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(begin))
            lines = [line for line in lines if said_at(line) >= from_then]
        return b"".join(lines[-int(query.get("tailLines", len(lines))):] if lines else [])

    def measured(self, namespace):
        """What pods take, as the kernel counts it."""
        for (ns, name), process in sorted(self.running.items()):
            if ns != namespace or not process.runs():
                continue
            fields = pathlib.Path(f"/proc/{process.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks = os.sysconf("SC_CLK_TCK")
            lived = float(pathlib.Path("/proc/uptime").read_text().split()[0]) - int(fields[19]) / ticks
            cores = (int(fields[11]) + int(fields[12])) / ticks / max(lived, 1)
            memory = int(fields[21]) * os.sysconf("SC_PAGE_SIZE") // 1024
            container = {"name": process.pod["spec"]["containers"][0]["name"],
                         "usage": {"cpu": f"{int(cores * 1000)}m", "memory": f"{memory}Ki"}}
            yield {"metadata": {"name": name, "namespace": ns}, "timestamp": now(), "window": "60s",
                   "containers": [container]}

    def event(self, pod, reason, message):
        meta = pod["metadata"]
        self.api.objects.put({"apiVersion": "v1", "kind": "Event", "reason": reason, "message": message, "type": "Normal",
                              "metadata": {"generateName": f"{meta['name']}.", "namespace": meta["namespace"]},
                              "lastTimestamp": now(), "involvedObject": {
                                  "kind": "Pod", "name": meta["name"], "namespace": meta["namespace"],
                                  "uid": meta["uid"]}}, checked=True)

    # Network and volumes

    def address_of(self, name):
        if name not in self.addresses:
            self.addresses[name] = self.address()
        return self.addresses[name]

    def resolve(self):
        """Names, for all pods at once."""
        lines = ["127.0.0.1 localhost", *(f"{a} {name}" for name, all in sorted(self.hosts.items()) for a in all), ""]
        text = "\n".join(lines)
        if not self.hosts_file.exists() or self.hosts_file.read_text() != text:
            self.hosts_file.write_text(text)
            self.hosts_file.chmod(0o644)

    def lead(self):
        """Services lead to who is ready."""
        ways = []
        for service in self.api.objects.list("Service"):
            if service["spec"].get("clusterIP") == "None":
                continue
            chosen, namespace = service["spec"]["selector"].items(), service["metadata"]["namespace"]
            pods = [
                self.running[namespace, pod["metadata"]["name"]] for pod in self.api.objects.list("Pod", namespace)
                if chosen <= pod["metadata"]["labels"].items() and available(pod, 0)
                and (namespace, pod["metadata"]["name"]) in self.running
                and not self.running[namespace, pod["metadata"]["name"]].ending
            ]
            if pods:
                ways.append((service["metadata"]["name"], pods))
        ready = [(name, [pod.address for pod in pods]) for name, pods in ways]
        if ready != self.last_ready:
            self.last_ready = ready
            for name, pods in ways:
                self.serve(name, pods)
            self.resolve()

    def claim(self, namespace, name):
        claim = self.api.objects.get("PersistentVolumeClaim", namespace, name)
        path = self.folder / f"volume-{claim['metadata']['uid']}"
        if not path.exists():
            path.mkdir()
            os.chown(path, USER, USER)
        return path

    # Operators

    def certify(self, certificate):
        """cert-manager's part."""
        namespace, spec = certificate["metadata"]["namespace"], certificate["spec"]
        if certificate.get("status"):
            return
        store, kind = spec["uris"][0].removeprefix("amble://").split("/")[:2]
        folder = self.folder / f"authority-{namespace}"
        hosts = [f"--host={name}" for name in spec.get("dnsNames", []) + spec.get("ipAddresses", [])]
        subprocess.run([self.program, "certs", "dev", folder, "--store", store, *hosts], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        files = (folder / ("node" if kind == "node" else "devices")).iterdir()
        self.api.objects.put({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": {
            "name": spec["secretName"], "namespace": namespace}, "stringData": {f.name: f.read_text() for f in files}})
        ready = {"type": "Ready", "status": "True", "reason": "Ready", "message": "", "lastTransitionTime": now()}
        self.api.objects.status("Certificate", namespace, certificate["metadata"]["name"], {
            "conditions": [ready]})

    def found(self, cluster):
        """CloudNativePG's part."""
        namespace, name = key = cluster["metadata"]["namespace"], cluster["metadata"]["name"]
        if key in self.databases:
            return
        names = cluster["spec"]["bootstrap"]["initdb"]
        database = self.databases[key] = Database(self.folder)
        database.begin(names["database"])
        self.hosts[f"{name}-rw.{namespace}.svc"] = [HUB]
        uri = f"postgresql://amble:{PASSWORD}@{name}-rw.{namespace}.svc:5432/{names['database']}"
        objects = self.api.objects
        objects.put({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"{name}-app", "namespace": namespace},
                     "stringData": {"uri": uri}})
        labels = {"cnpg.io/cluster": name, "cnpg.io/instanceRole": "primary", "role": "primary"}
        container = {"name": "postgres", "image": "ghcr.io/cloudnative-pg/postgresql"}
        pod = objects.put({"apiVersion": "v1", "kind": "Pod", "metadata": {
            "name": f"{name}-1", "namespace": namespace, "labels": labels}, "spec": {"containers": [container]},
            "status": {"phase": "Running"}}, checked=True)
        self.running[namespace, f"{name}-1"] = DatabasePod(self, pod, database)
        objects.status("Cluster", namespace, name, {"phase": "Cluster in healthy state", "readyInstances": 1})


def available(pod, seconds):
    """Whether a pod has been ready for so long."""
    if "deletionTimestamp" in pod["metadata"]:
        return False
    for condition in pod.get("status", {}).get("conditions", []):
        if (condition["type"], condition["status"]) == ("Ready", "True"):
            until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))
            return condition["lastTransitionTime"] <= until
    return False


def said_at(line):
    """When a line was said, as far as it says so; a line that does not is kept."""
    try:
        return json.loads(line)["timestamp"]
    except (ValueError, KeyError, TypeError):
        return "9"
