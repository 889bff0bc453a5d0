"""Pods of the rendered manifests, as processes on this machine.

1. Everything comes from the manifest: command, environment, mounted files, user, working directory, how the pod
   ends. What Kubernetes adds is added here: names, addresses, DNS (as a hosts file), ConfigMaps and Secrets.
2. Each pod has its own network, its own root, and may write its volumes only.
3. What is not understood fails: a manifest that grows must be grown here.

It runs inside namespaces of its own (scripts/chart), so that all of it is gone with it.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

HUB = "10.88.0.1"
SERVICES = "10.89.0"
USER = 65532
# The user of a restricted pod, without any right.
AS_USER = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs", "--bounding-set=-all"]
# What an image has, the host has: read only, like everything outside the volumes.
SHARED = ["usr", "lib", "lib64", "bin", "dev", "proc"]


def run(*command):
    subprocess.run([str(part) for part in command], check=True)


def unplug(link):
    """Takes away a pod's link, if it is there still."""
    subprocess.run(["ip", "link", "del", link], stderr=subprocess.DEVNULL)


class Rack:
    """The network between pods, and what Kubernetes knows."""

    def __init__(self, folder, program, manifests, secrets):
        self.folder, self.program, self.manifests, self.secrets = pathlib.Path(folder), program, manifests, secrets
        self.hosts, self.services, self.last = {}, {}, 1
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "hub", "type", "bridge")
        run("ip", "addr", "add", f"{HUB}/24", "dev", "hub")
        run("ip", "link", "set", "hub", "up")
        pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")

    def close(self):
        """Takes the network away; the pods must have ended."""
        # What a killed process had not sent keeps its network for minutes, with its address: out of the way with it.
        told = subprocess.run(["ip", "-json", "link", "show", "master", "hub"], capture_output=True, text=True, check=True)
        for link in json.loads(told.stdout or "[]"):
            unplug(link["ifname"])
        run("ip", "link", "del", "hub")

    def pods(self, component):
        """Every pod that the chart makes of one component."""
        for manifest in self.manifests:
            labels = manifest["metadata"]["labels"]
            if labels["app.kubernetes.io/component"] != component:
                continue
            name = manifest["metadata"]["name"]
            if manifest["kind"] == "Pod":
                yield Pod(self, name, manifest["spec"], [])
            elif manifest["kind"] == "StatefulSet":
                spec = manifest["spec"]
                domain = f"{spec['serviceName']}.{manifest['metadata']['namespace']}.svc"
                claims = [claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])]
                for at in range(spec["replicas"]):
                    pod = Pod(self, f"{name}-{at}", spec["template"]["spec"], claims)
                    self.hosts.setdefault(f"{name}-{at}.{domain}", []).append(pod.address)
                    yield pod

    def serve(self, name, pods):
        """A Service: one address, behind which new connections go to one of these pods, as kube-proxy does it."""
        [service] = [m for m in self.manifests if (m["kind"], m["metadata"]["name"]) == ("Service", name)]
        [port] = service["spec"]["ports"]
        [target] = [p["containerPort"] for p in pods[0].container["ports"] if p["name"] == port["targetPort"]]
        address = self.services.setdefault(name, (f"{SERVICES}.{len(self.services) + 1}",))[0]
        self.services[name] = (address, port["port"], target, [pod.address for pod in pods])
        self.hosts[f"{name}.{service['metadata']['namespace']}.svc"] = [address]
        ways, targets = [], set()
        for address, outer, inner, all in self.services.values():
            choice = ", ".join(f"{at} : {pod}" for at, pod in enumerate(all))
            way = f"dnat to numgen inc mod {len(all)} map {{ {choice} }} : {inner}"
            ways.append(f"ip daddr {address} tcp dport {outer} {way}")
            targets.add(str(inner))
        rules = "\n".join([
            "table ip service", "flush table ip service", "table ip service {",
            "chain pre {", "type nat hook prerouting priority -100", *ways, "}",
            "chain post {", "type nat hook postrouting priority 100",
            f"ip saddr 10.88.0.0/24 ip daddr 10.88.0.0/24 tcp dport {{ {', '.join(sorted(targets))} }} masquerade",
            "}", "}", "",
        ])
        subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)

    def address(self):
        self.last += 1
        return f"10.88.0.{self.last}"

    def data(self, kind, name):
        """What a ConfigMap or a Secret has."""
        if kind == "Secret":
            return self.secrets[name]
        [found] = [m for m in self.manifests if (m["kind"], m["metadata"]["name"]) == (kind, name)]
        return found["data"]


class Pod:
    """One pod; `start` may be called again after it ended, as Kubernetes would."""

    def __init__(self, rack, name, spec, claims):
        self.rack, self.name, self.spec, self.address = rack, name, spec, rack.address()
        [self.container] = spec["containers"]
        self.root = rack.folder / name
        self.process, self.starts = None, 0
        self.volumes = {claim: self.own(claim) for claim in claims}
        for volume in spec.get("volumes", []):
            self.volumes[volume["name"]] = self.volume(volume)

    def own(self, name):
        """An empty volume."""
        path = self.rack.folder / f"{self.name}.{name}"
        path.mkdir()
        os.chown(path, USER, USER)
        return path, True

    def volume(self, volume):
        kinds = set(volume) - {"name"}
        if kinds == {"emptyDir"}:
            return self.own(volume["name"])
        path = self.rack.folder / f"{self.name}.{volume['name']}"
        path.mkdir()
        if kinds == {"configMap"}:
            files = self.rack.data("ConfigMap", volume["configMap"]["name"])
        elif kinds == {"secret"}:
            secret = self.rack.data("Secret", volume["secret"]["secretName"])
            files = {item["path"]: secret[item["key"]] for item in volume["secret"]["items"]}
        else:
            raise ValueError(f"{self.name}: a volume that is not understood: {volume}")
        for name, text in files.items():
            (path / name).write_text(text)
        return path, False

    def environment(self):
        env = {"PATH": "/app:/usr/bin"}
        fields = {"metadata.name": self.name, "status.podIP": self.address}
        for entry in self.container.get("env", []):
            source = entry.get("valueFrom", {})
            if "fieldRef" in source:
                value = fields[source["fieldRef"]["fieldPath"]]
            elif "secretKeyRef" in source:
                reference = source["secretKeyRef"]
                value = self.rack.data("Secret", reference["name"])[reference["key"]]
            else:
                value = re.sub(r"\$\((\w+)\)", lambda found: env[found[1]], entry["value"])
            env[entry["name"]] = value
        return env

    def start(self):
        """Starts it in a network of its own; what it says goes to a file."""
        self.starts += 1
        command = [*self.container["command"], *self.container.get("args", [])]
        go = f'exec chroot "$ROOT" {" ".join(AS_USER)} env -C "$WORK" -i "${{ENV[@]}}" "$@"'
        script = [*self.script(), "read -r go", go]
        env = [f"{key}={value}" for key, value in self.environment().items()]
        array = " ".join("'" + entry.replace("'", "'\\''") + "'" for entry in env)
        text = "\n".join([f"ENV=({array})", *script])
        env = {"PATH": os.environ["PATH"], "ROOT": str(self.root), "WORK": self.container.get("workingDir", "/")}
        with open(self.rack.folder / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--net", "bash", "-euc", text, self.name, *command],
                stdin=subprocess.PIPE, stdout=log, stderr=log, env=env,
            )
        self.connect()
        self.process.stdin.write(b"go\n")
        self.process.stdin.close()

    def begun(self):
        """Whether its root and its volumes are there: what is run in it before sees the machine's."""
        try:
            return not os.path.samestat(os.stat(f"/proc/{self.process.pid}/root/"), os.stat("/"))
        except OSError:
            return False

    def execute(self, command):
        """Runs a command in the pod, as its user and with its environment."""
        return subprocess.run(self.inside(command), capture_output=True, text=True)

    def inside(self, command):
        """The same as words for a process."""
        env = [f"{key}={value}" for key, value in self.environment().items()]
        inside = ["nsenter", "-t", str(self.process.pid), "--mount", "--net", "--root"]
        return [*inside, *AS_USER, "env", "-i", *env, *command]

    def script(self):
        """Shell that makes the root: shared folders read only, then the volumes."""
        lines = ["mount --make-rprivate /", 'mkdir -p "$ROOT"', 'mount -t tmpfs none "$ROOT"', 'cd "$ROOT"']
        lines += ["mkdir -p app etc tmp", f"cp {self.rack.program} app/amble", "cp /etc/nsswitch.conf etc/"]
        for shared in SHARED:
            lines.append(f"mkdir {shared}; mount --rbind /{shared} {shared}")
        hosts = [f"{address} {name}" for name, all in self.rack.hosts.items() for address in all]
        (self.rack.folder / f"{self.name}.hosts").write_text("\n".join([f"127.0.0.1 localhost", *hosts, ""]))
        lines.append(f"cp {self.rack.folder}/{self.name}.hosts etc/hosts")
        for mount in self.container.get("volumeMounts", []):
            path, writable = self.volumes[mount["name"]]
            target = "." + mount["mountPath"]
            lines.append(f"mkdir -p {target}; mount --bind {path} {target}")
            if not writable or mount.get("readOnly"):
                lines.append(f"mount -o remount,bind,ro {target}")
        return [*lines, 'mount -o remount,ro "$ROOT"']

    def connect(self):
        pid, links = self.process.pid, f"pod{self.address.split('.')[-1]}"
        # Or who ran here before would still answer for the address: see Rack.close.
        unplug(f"{links}.{self.starts - 1}")
        link = f"{links}.{self.starts}"
        own = os.readlink("/proc/self/ns/net")
        until(lambda: os.readlink(f"/proc/{pid}/ns/net") != own, 5, f"{self.name} has no network")
        run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", pid)
        run("ip", "link", "set", link, "master", "hub", "up")
        for words in (["addr", "add", f"{self.address}/24", "dev", "eth0"], ["link", "set", "eth0", "up"],
                      ["link", "set", "lo", "up"], ["route", "add", "default", "via", HUB]):
            run("nsenter", "-t", pid, "-n", "ip", *words)

    def keep_running(self):
        """Starts it again when it has ended, as Kubernetes does."""
        if self.process is None or self.process.poll() is not None:
            self.start()

    def probe(self, name):
        """Whether a probe of the manifest holds now."""
        probe = self.container[name]
        if "grpc" in probe:
            with grpc.insecure_channel(f"{self.address}:{probe['grpc']['port']}") as channel:
                try:
                    service = probe["grpc"].get("service", "")
                    request = health_pb2.HealthCheckRequest(service=service)
                    answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=1)
                except grpc.RpcError:
                    return False
                return answer.status == health_pb2.HealthCheckResponse.SERVING
        port = probe["httpGet"]["port"]
        [port] = [p["containerPort"] for p in self.container["ports"] if p["name"] == port]
        try:
            url = f"http://{self.address}:{port}{probe['httpGet']['path']}"
            return urllib.request.urlopen(url, timeout=1).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def terminate(self):
        """As Kubernetes ends a pod: preStop, SIGTERM, and SIGKILL when its time is up. (code, seconds).
        Whoever calls it leaves the pod out of its Service before."""
        began = time.monotonic()
        hook = self.container.get("lifecycle", {}).get("preStop", {})
        match hook:
            case _ if not hook:
                pass
            case {"sleep": {"seconds": seconds}}:
                time.sleep(seconds)
            case {"exec": {"command": command}}:
                done = self.execute(command)
                if done.returncode != 0:
                    raise AssertionError(f"{self.name}: {command}: {done.stdout}{done.stderr}")
            case _:
                raise ValueError(f"{self.name}: a preStop that is not understood: {hook}")
        self.process.send_signal(signal.SIGTERM)
        left = self.spec["terminationGracePeriodSeconds"] - (time.monotonic() - began)
        try:
            code = self.process.wait(left)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        return code, time.monotonic() - began

    def said(self):
        return (self.rack.folder / f"{self.name}.log").read_text(errors="replace")


def until(holds, seconds, what):
    """Waits until it holds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"{what}, after {seconds} s")
        time.sleep(0.1)
