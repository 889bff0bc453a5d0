"""As much of Kubernetes' API as helm and kubectl need to work on the rack: the real programs talk to it.

1. Objects are kept as they are written; what is written is held against Kubernetes' own schemas first, strictly.
2. What is asked about a process is done to that process: logs are its log, exec runs in its namespaces.
3. What is not understood is refused and noted (`not_understood`), so that no test passes by it.

Who may do what, conflicts between field managers and versions other than those of KINDS are not there.
"""

import base64
import collections
import copy
import datetime
import hashlib
import http.server
import json
import re
import struct
import subprocess
import threading
import urllib.parse
import uuid

import kubernetes_validate
import yaml

import protobuf

VERSION = "1.36"
Kind = collections.namedtuple("Kind", "group name plural namespaced short", defaults=(True, ()))
KINDS = [
    Kind("v1", "Namespace", "namespaces", False, ("ns",)),
    Kind("v1", "Node", "nodes", False, ("no",)),
    Kind("v1", "Pod", "pods", True, ("po",)),
    Kind("v1", "Service", "services", True, ("svc",)),
    Kind("v1", "ConfigMap", "configmaps", True, ("cm",)),
    Kind("v1", "Secret", "secrets"),
    Kind("v1", "ServiceAccount", "serviceaccounts", True, ("sa",)),
    Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims", True, ("pvc",)),
    Kind("v1", "Event", "events", True, ("ev",)),
    Kind("apps/v1", "StatefulSet", "statefulsets", True, ("sts",)),
    Kind("apps/v1", "DaemonSet", "daemonsets", True, ("ds",)),
    Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", True, ("pdb",)),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", True, ("netpol",)),
    Kind("networking.k8s.io/v1", "Ingress", "ingresses", True, ("ing",)),
    Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
    Kind("cert-manager.io/v1", "Certificate", "certificates", True, ("cert",)),
    Kind("cert-manager.io/v1", "CertificateRequest", "certificaterequests", True, ("cr",)),
    Kind("cert-manager.io/v1", "Issuer", "issuers"),
    Kind("postgresql.cnpg.io/v1", "Cluster", "clusters"),
    Kind("postgresql.cnpg.io/v1", "Backup", "backups"),
    Kind("monitoring.coreos.com/v1", "ServiceMonitor", "servicemonitors"),
    Kind("monitoring.coreos.com/v1", "PrometheusRule", "prometheusrules"),
    Kind("metrics.k8s.io/v1beta1", "PodMetrics", "pods"),
]
VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
SUBRESOURCES = {
    "pods": [("log", "v1", "Pod"), ("exec", "v1", "PodExecOptions"), ("eviction", "policy/v1", "Eviction")],
    "statefulsets": [("scale", "autoscaling/v1", "Scale")],
}
# Made by operators, whose schemas are theirs.
FOREIGN = ("cert-manager.io", "cnpg.io", "coreos.com", "metrics.k8s.io")
MOST_RECENT = 2000


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def merged(old, patch):
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    new = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        else:
            new[key] = merged(new.get(key), value)
    return new


def matches(labels, selector):
    """Whether labels fit a selector as it stands in a query."""
    for part in re.findall(r"[^,(]+(?:\([^)]*\))?", selector):
        listed = re.fullmatch(r"\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*", part)
        if listed:
            values = [value.strip() for value in listed[3].split(",")]
            if (labels.get(listed[1]) in values) != (listed[2] == "in"):
                return False
            continue
        key, sign, value = re.fullmatch(r"\s*([^=!\s]+)\s*(==|=|!=|)\s*(.*?)\s*", part).groups()
        holds = key in labels if not sign else (labels.get(key) == value) != (sign == "!=")
        if not holds:
            return False
    return True


def fits(thing, selector):
    """Whether an object fits a field selector."""
    for part in filter(None, selector.split(",")):
        path, sign, value = re.fullmatch(r"([^=!]+)(==|=|!=)(.*)", part).groups()
        found = thing
        for key in path.split("."):
            found = found.get(key, {}) if isinstance(found, dict) else {}
        if ((found or "") == value) == (sign == "!="):
            return False
    return True


class Refused(Exception):
    def __init__(self, code, reason, message):
        super().__init__(message)
        self.code, self.reason = code, reason


def missing(kind, name):
    return Refused(404, "NotFound", f'{kind.plural} "{name}" not found')


class Objects:
    """What is written, and what changed, in order."""

    def __init__(self):
        self.lock = threading.Condition(threading.RLock())
        self.all, self.changes, self.revision = {}, [], 1

    def list(self, kind, namespace=None):
        kind = kind if isinstance(kind, Kind) else next(k for k in KINDS if k.name == kind)
        with self.lock:
            return [
                thing for (plural, group, ns, _), thing in sorted(self.all.items())
                if (plural, group) == (kind.plural, kind.group) and namespace in (None, ns)
            ]

    def get(self, kind, namespace, name):
        kind = kind if isinstance(kind, Kind) else next(k for k in KINDS if k.name == kind)
        thing = self.all.get((kind.plural, kind.group, namespace if kind.namespaced else "", name))
        if thing is None:
            raise missing(kind, name)
        return thing

    def put(self, thing, checked=False):
        """Writes an object, new or not."""
        kind = next((k for k in KINDS if (k.group, k.name) == (thing["apiVersion"], thing["kind"])), None)
        if kind is None:
            raise Refused(404, "NotFound", f"no kind {thing['kind']} of {thing['apiVersion']}")
        if not checked and not kind.group.split("/")[0].endswith(FOREIGN):
            try:
                kubernetes_validate.validate(thing, VERSION, strict=True)
            except kubernetes_validate.ValidationError as error:
                raise Refused(422, "Invalid", f"{kind.name} {error.path}: {error.message}") from error
        with self.lock:
            thing = copy.deepcopy(thing)
            meta = thing["metadata"]
            if kind.name == "Pod":
                thing["spec"].setdefault("terminationGracePeriodSeconds", 30)
            if "name" not in meta:
                meta["name"] = meta["generateName"] + uuid.uuid4().hex[:5]
            key = (kind.plural, kind.group, meta.get("namespace", "") if kind.namespaced else "", meta["name"])
            old = self.all.get(key)
            if kind.name == "Secret":
                texts = thing.pop("stringData", {})
                coded = {name: base64.b64encode(text.encode()).decode() for name, text in texts.items()}
                thing["data"] = {**thing.get("data", {}), **coded}
            self.revision += 1
            before = old["metadata"] if old else {"uid": str(uuid.uuid4()), "creationTimestamp": now(), "generation": 0}
            meta.update({k: before[k] for k in ("uid", "creationTimestamp", "generation")})
            if old is None or old.get("spec") != thing.get("spec"):
                meta["generation"] += 1
            meta["resourceVersion"] = str(self.revision)
            self.all[key] = thing
            self.note("ADDED" if old is None else "MODIFIED", key, thing)
            return thing

    def status(self, kind, namespace, name, status, **others):
        """Writes what the rack has to say of an object, if it is news."""
        with self.lock:
            try:
                old = self.get(kind, namespace, name)
            except Refused:
                return
            new = {**old, "status": status}
            new["metadata"] = {**old["metadata"], **others}
            if new != old:
                self.put(new, checked=True)

    def drop(self, kind, namespace, name):
        with self.lock:
            thing = self.get(kind, namespace, name)
            kind = next(k for k in KINDS if (k.group, k.name) == (thing["apiVersion"], thing["kind"]))
            key = (kind.plural, kind.group, namespace if kind.namespaced else "", name)
            self.revision += 1
            thing = copy.deepcopy(self.all.pop(key))
            thing["metadata"]["resourceVersion"] = str(self.revision)
            self.note("DELETED", key, thing)
            return thing

    def note(self, what, key, thing):
        self.changes = [*self.changes[-MOST_RECENT:], (self.revision, what, key, thing)]
        self.lock.notify_all()


class Api:
    """The server. `rack` carries out what concerns processes: delete, evict, execute, log, measure."""

    def __init__(self, address, rack):
        self.objects, self.rack, self.done, self.not_understood = Objects(), rack, [], []
        api = self

        class Handler(Calls):
            pass

        Handler.api = api
        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://{address}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Calls(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api = None

    def log_message(self, *_):
        pass

    def answer(self, thing, code=200, kind="application/json"):
        body = thing if isinstance(thing, bytes) else json.dumps(thing).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do(self):
        path = urllib.parse.urlsplit(self.path)
        self.query = {key: all[-1] for key, all in urllib.parse.parse_qs(path.query, keep_blank_values=True).items()}
        self.queries = urllib.parse.parse_qs(path.query)
        try:
            self.dispatch([urllib.parse.unquote(part) for part in path.path.strip("/").split("/")])
        except Refused as refused:
            if refused.code == 501:
                self.api.not_understood.append(f"{self.command} {self.path}")
            self.answer({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": str(refused),
                         "reason": refused.reason, "code": refused.code}, refused.code)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do

    def dispatch(self, path):
        match path:
            case ["version"]:
                major, minor = VERSION.split(".")
                return self.answer({"major": major, "minor": minor, "gitVersion": f"v{VERSION}.0"})
            case ["api"]:
                return self.answer({"kind": "APIVersions", "versions": ["v1"]})
            case ["apis"]:
                return self.answer({"kind": "APIGroupList", "apiVersion": "v1", "groups": list(groups())})
            case ["api", "v1"]:
                return self.answer(resources("v1"))
            case ["apis", group, version]:
                return self.answer(resources(f"{group}/{version}"))
            case ["openapi", "v3"]:
                paths = {place(group): {"serverRelativeURL": f"/openapi/v3/{place(group)}?hash=0"}
                         for group in dict.fromkeys(kind.group for kind in KINDS)}
                return self.answer({"paths": paths})
            case ["openapi", "v3", *rest]:
                return self.answer(schema("/".join(rest).removeprefix("apis/").removeprefix("api/")))
            case ["api", "v1", *rest]:
                group = "v1"
            case ["apis", first, version, *rest]:
                group = f"{first}/{version}"
            case _:
                raise Refused(404, "NotFound", "the rack has no such path")
        namespace = None
        if rest[0] == "namespaces" and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        plural, name, *below = [*rest, None][: max(2, len(rest))]
        kind = next((kind for kind in KINDS if (kind.group, kind.plural) == (group, plural)), None)
        if kind is None:
            raise Refused(404, "NotFound", f"the rack has no {plural} of {group}")
        self.on(kind, namespace, name, below)

    def body(self):
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if text.startswith(protobuf.MAGIC):
            return protobuf.read(text)
        return yaml.safe_load(text) if text else {}

    def on(self, kind, namespace, name, below):
        objects, rack = self.api.objects, self.api.rack
        if self.command != "GET":
            self.api.done.append((self.command, kind.name, name, "/".join(below)))
        if kind.name == "PodMetrics":
            items = list(rack.measured(namespace))
            return self.answer({"kind": "PodMetricsList", "apiVersion": kind.group, "metadata": {}, "items": items})
        match self.command, below:
            case "GET", ["log"]:
                objects.get(kind, namespace, name)
                self.api.done.append(("LOG", kind.name, name, ""))
                return self.answer(rack.log(namespace, name, self.query), kind="text/plain")
            case "GET" | "POST", ["exec"]:
                objects.get(kind, namespace, name)
                self.api.done.append(("EXEC", kind.name, name, ""))
                return self.execute(namespace, name)
            case "POST", ["eviction"]:
                self.body()
                rack.evict(namespace, name)
                return self.answer({"kind": "Status", "apiVersion": "v1", "status": "Success"}, 201)
            case "GET", ["scale"]:
                return self.answer(scale(objects.get(kind, namespace, name)))
            case "PATCH" | "PUT", ["scale"]:
                body = self.body()
                with objects.lock:
                    old = objects.get(kind, namespace, name)
                    new = objects.put(merged(old, {"spec": {"replicas": body["spec"]["replicas"]}}))
                return self.answer(scale(new))
            case "GET", [] if name is None:
                if self.query.get("watch") in ("true", "1"):
                    return self.watch(kind, namespace)
                with objects.lock:
                    items = [thing for thing in objects.list(kind, namespace) if self.wanted(thing)]
                    revision = str(objects.revision)
                return self.answer({"kind": f"{kind.name}List", "apiVersion": kind.group,
                                    "metadata": {"resourceVersion": revision}, "items": items})
            case "GET", []:
                return self.answer(objects.get(kind, namespace, name))
            case "POST", [] if name is None:
                return self.answer(self.write(kind, namespace, None, self.body(), new=True), 201)
            case "PUT", []:
                return self.answer(self.write(kind, namespace, name, self.body(), new=False))
            case "PATCH", []:
                return self.answer(self.patch(kind, namespace, name))
            case "DELETE", [] if name is not None:
                options = self.body() or {}
                grace = self.query.get("gracePeriodSeconds", options.get("gracePeriodSeconds"))
                if kind.name == "Pod":
                    gone = objects.get(kind, namespace, name)
                    rack.delete(namespace, name, None if grace is None else int(grace))
                    return self.answer(gone)
                return self.answer(objects.drop(kind, namespace, name))
        raise Refused(501, "NotImplemented", f"the rack does not know {self.command} {self.path}")

    def wanted(self, thing):
        labels = thing["metadata"].get("labels", {})
        return matches(labels, self.query.get("labelSelector", "")) and fits(thing, self.query.get("fieldSelector", ""))

    def write(self, kind, namespace, name, thing, new):
        objects = self.api.objects
        thing.setdefault("apiVersion", kind.group)
        thing.setdefault("kind", kind.name)
        if kind.namespaced:
            thing["metadata"].setdefault("namespace", namespace)
            objects.get("Namespace", "", namespace)
        name = name or thing["metadata"].get("name")
        with objects.lock:
            there = any(o["metadata"]["name"] == name for o in objects.list(kind, namespace if kind.namespaced else None))
            if new and there:
                raise Refused(409, "AlreadyExists", f'{kind.plural} "{name}" already exists')
            if not new and not there:
                raise missing(kind, name)
            if self.query.get("dryRun"):
                return thing
            return objects.put(thing)

    def patch(self, kind, namespace, name):
        objects, how = self.api.objects, self.headers["Content-Type"]
        body = self.body()
        with objects.lock:
            try:
                old = objects.get(kind, namespace, name)
            except Refused:
                if "apply-patch" not in how:
                    raise
                return self.write(kind, namespace, None, body, new=True)
            if "apply-patch" in how:
                # Who applies is the only one who owns fields here: what it leaves out goes.
                body["metadata"] = merged(old["metadata"], body["metadata"])
                new = {**body, **({"status": old["status"]} if "status" in old else {})}
            elif "strategic-merge" in how and lists(body) or "json-patch+" in how:
                raise Refused(501, "NotImplemented", f"the rack does not know this patch: {body}")
            else:
                new = merged(old, body)
            return self.write(kind, namespace, name, new, new=False)

    def watch(self, kind, namespace):
        objects = self.api.objects
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

        def tell(what, thing):
            line = json.dumps({"type": what, "object": thing}).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.flush()

        seen = int(self.query.get("resourceVersion") or 0)
        if self.query.get("sendInitialEvents") == "true" or not seen:
            with objects.lock:
                things, seen = objects.list(kind, namespace), objects.revision
            for thing in filter(self.wanted, things):
                tell("ADDED", thing)
            meta = {"resourceVersion": str(seen), "annotations": {"k8s.io/initial-events-end": "true"}}
            if self.query.get("sendInitialEvents") == "true":
                tell("BOOKMARK", {"kind": kind.name, "apiVersion": kind.group, "metadata": meta})
        while not self.api.rack.closed:
            with objects.lock:
                if objects.revision == seen:
                    objects.lock.wait(1)
                changes = [change for change in objects.changes if change[0] > seen]
                seen = objects.revision
            for _, what, (plural, group, ns, _), thing in changes:
                if (plural, group) == (kind.plural, kind.group) and namespace in (None, ns) and self.wanted(thing):
                    tell(what, thing)

    def execute(self, namespace, name):
        """A command in a pod, over a WebSocket: https://kubernetes.io/blog/2024/08/20/websockets-transition/"""
        protocols = [p.strip() for p in self.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        if "v5.channel.k8s.io" not in protocols:
            raise Refused(501, "NotImplemented", f"the rack speaks v5.channel.k8s.io only, not {protocols}")
        accept = hashlib.sha1((self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode())
        self.send_response(101)
        for key, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Protocol", "v5.channel.k8s.io"),
                           ("Sec-WebSocket-Accept", base64.b64encode(accept.digest()).decode())):
            self.send_header(key, value)
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True
        process = subprocess.Popen(self.api.rack.inside(namespace, name, self.queries["command"]),
                                   stdin=subprocess.PIPE if "stdin" in self.query else subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        lock = threading.Lock()

        def send(opcode, data):
            size = len(data)
            head = bytes([0x80 | opcode]) + (bytes([size]) if size < 126 else struct.pack(">BH", 126, size)
                                             if size < 65536 else struct.pack(">BQ", 127, size))
            with lock:
                self.wfile.write(head + data)
                self.wfile.flush()

        def pump(channel, stream):
            while data := stream.read1(32768):
                send(2, bytes([channel]) + data)

        pumps = [threading.Thread(target=pump, args=pair) for pair in ((1, process.stdout), (2, process.stderr))]
        for thread in pumps:
            thread.start()
        threading.Thread(target=self.listen, args=(process, send), daemon=True).start()
        for thread in pumps:
            thread.join()
        process.stdout.close()
        process.stderr.close()
        code = process.wait()
        status = {"metadata": {}, "status": "Success"}
        if code != 0:
            status = {"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode", "message": f"exit code {code}",
                      "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]}}
        send(2, b"\x03" + json.dumps(status).encode())
        send(8, struct.pack(">H", 1000))

    def listen(self, process, send):
        """What the client says: standard input, and that it ends."""
        try:
            while True:
                first, second = self.rfile.read(2)
                size = second & 127
                if size == 126:
                    [size] = struct.unpack(">H", self.rfile.read(2))
                elif size == 127:
                    [size] = struct.unpack(">Q", self.rfile.read(8))
                mask = self.rfile.read(4)
                data = bytearray(self.rfile.read(size))
                for at in range(size):
                    data[at] ^= mask[at % 4]
                match first & 15:
                    case 9:
                        send(10, bytes(data))
                    case 8:
                        return
                    case _ if process.stdin and data[:1] == b"\0":
                        process.stdin.write(data[1:])
                        process.stdin.flush()
                    case _ if process.stdin and data[:2] == b"\xff\0":
                        process.stdin.close()
        except (ValueError, OSError, struct.error):
            pass


def lists(patch):
    """Whether a patch has a list somewhere."""
    if isinstance(patch, dict):
        return any(lists(value) for value in patch.values())
    return isinstance(patch, list)


def place(group):
    return f"api/{group}" if "/" not in group else f"apis/{group}"


def groups():
    for group in dict.fromkeys(kind.group for kind in KINDS if "/" in kind.group):
        version = {"groupVersion": group, "version": group.split("/")[1]}
        yield {"name": group.split("/")[0], "versions": [version], "preferredVersion": version}


def resources(group):
    found = []
    for kind in KINDS:
        if kind.group == group:
            found.append({"name": kind.plural, "singularName": kind.name.lower(), "namespaced": kind.namespaced,
                          "kind": kind.name, "verbs": VERBS, "shortNames": list(kind.short)})
            for name, version, other in SUBRESOURCES.get(kind.plural, []) if kind.name != "PodMetrics" else []:
                of = dict(zip(("version", "group"), reversed(version.split("/")), strict=False))
                found.append({"name": f"{kind.plural}/{name}", "singularName": "", "namespaced": True, "kind": other,
                              "verbs": ["create", "get", "patch", "update"], **of})
    if not found:
        raise Refused(404, "NotFound", f"the rack has no group {group}")
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group, "resources": found}


def schema(group):
    """That fields are checked where they are written: helm and kubectl then leave it to the server."""
    paths = {}
    for kind in KINDS:
        if kind.group == group:
            *first, version = group.split("/")
            gvk = {"group": "".join(first), "version": version, "kind": kind.name}
            call = {"parameters": [{"name": "fieldValidation", "in": "query"}], "responses": {},
                    "x-kubernetes-group-version-kind": gvk}
            paths[f"/{place(group)}/{kind.plural}/{{name}}"] = {"patch": call}
    return {"openapi": "3.0.0", "info": {"title": "rack", "version": VERSION}, "paths": paths}


def scale(thing):
    meta = {key: thing["metadata"][key] for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta,
            "spec": {"replicas": thing["spec"]["replicas"]},
            "status": {"replicas": thing.get("status", {}).get("replicas", 0)}}
