"""What the chart is rendered with.

RENDERED: each profile and each switch at least once. A case is a name and the values that differ from the
defaults, as `--set` takes them, or `--set-json` where they begin with `json:`.

REFUSED: what a person may get wrong, with words that the message must have: which value, and what to do.
"""

KEY = "passes.publicKeys.issuer\\.pub=-----BEGIN PUBLIC KEY-----"
DATABASE = "ledger.postgres.urlSecret.name=ledger"
MONITORED = [
    "monitoring.serviceMonitor.enabled=true",
    "monitoring.rules.enabled=true",
    "monitoring.dashboard.enabled=true",
]

RENDERED = {
    # The profiles as they are.
    "kiosk": [],
    "convenience": ["profile=convenience"],
    "stadium": ["profile=stadium", DATABASE],
    "supermarket": ["profile=supermarket", DATABASE],
    # Everything at once, large and small.
    "kiosk, all switches": [
        KEY, "test.passKeySecret.name=issuer", "persistence.storageClass=fast", "persistence.size=4Gi",
        "services.devices.type=NodePort", "store.configMap=plan", *MONITORED,
    ],
    "supermarket, all switches": [
        "profile=supermarket", "ledger.kind=cloudnativepg", "replicas=5", KEY, "test.passKeySecret.name=issuer",
        "services.devices.type=LoadBalancer", "services.devices.perNode=true",
        "services.devices.loadBalancerSourceRanges={10.0.0.0/8}",
        "ingress.shoppers.enabled=true", "ingress.shoppers.host=cart.example.com",
        "ingress.shoppers.tlsSecret=cart", "ingress.pages.enabled=true", "ingress.pages.host=shop.example.com",
        "networkPolicy.pages[0].ipBlock.cidr=10.30.0.0/16", "ingress.devices.enabled=true",
        "ingress.devices.host=devices.example.com", "ingress.devices.className=nginx",
        "networkPolicy.devices[0].ipBlock.cidr=10.20.0.0/16",
        "networkPolicy.shoppers[0].namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name=ingress",
        "store.volume.image.reference=registry.example.com/plan:7", "store.volume.image.pullPolicy=IfNotPresent",
        "topologySpread.whenUnsatisfiable=DoNotSchedule", *MONITORED,
    ],
    # Where the ledger is.
    "ledger by URL, password and authority": [
        "profile=stadium", "ledger.postgres.url=postgres://amble@db/shop?sslmode=verify-full",
        "ledger.postgres.passwordSecret.name=db", "ledger.postgres.caSecret.name=db-ca",
    ],
    "ledger made by CloudNativePG, one instance": [
        "profile=stadium", "ledger.kind=cloudnativepg", "ledger.cloudnativepg.instances=1",
    ],
    "one node on PostgreSQL": ["profile=convenience", "ledger.kind=postgres", DATABASE],
    # Where etcd is.
    "a member of etcd that joins the others": ["profile=supermarket", DATABASE, "etcd.chart.clusterState=existing"],
    "etcd of one's own": [
        "profile=supermarket", DATABASE, "etcd.kind=external",
        "etcd.endpoints={http://etcd-1:2379,http://etcd-2:2379,http://etcd-3:2379}",
        "networkPolicy.etcd[0].ipBlock.cidr=10.30.0.0/24", "networkPolicy.postgres[0].ipBlock.cidr=10.31.0.0/24",
    ],
    # Who nodes and devices are.
    "certificates from cert-manager": [
        "profile=supermarket", DATABASE, KEY, "test.passKeySecret.name=issuer", "tls.kind=cert-manager",
        "tls.issuer.name=shop-ca", "tls.dnsNames={devices.shop.local}", "tls.ipAddresses={10.0.0.7}",
        "store.configMap=plan", "store.id=corner",
    ],
    "certificates in Secrets of one's own, operators with tokens": [
        "tls.secretName=own", KEY, "test.passKeySecret.name=issuer", "test.tlsSecretName=own-devices",
        KEY.replace("passes", "operators"), "operators.secret.name=issuers", "operators.secret.keys={o.pub}",
    ],
    "no protection at all": ["tls.kind=none", "operators.everybody=true", KEY, "test.passKeySecret.name=issuer"],
    "etcd of one's own with TLS": [
        "profile=supermarket", DATABASE, "etcd.kind=external", "etcd.endpoints={https://etcd-1:2379}",
        "etcd.tlsSecret.name=etcd-client",
    ],
    # What else there is.
    "one node of a supermarket, without Kubernetes' network policies": [
        "profile=supermarket", DATABASE, "replicas=1", "etcd.kind=none", "networkPolicy.enabled=false",
    ],
    "receipts on volumes": ["profile=supermarket", DATABASE, "persistence.enabled=true"],
    "passes from a Secret": ["passes.secret.name=issuers", "passes.secret.keys={a.pub,b.pub}"],
    "passes of phones only": [KEY, "passes.bindKeySecret.name=binder", "passes.rotating=true"],
    "an image pinned, from a registry with a password": [
        "image.repository=registry.example.com/amble", "image.digest=sha256:" + "0" * 64,
        "imagePullSecrets[0].name=registry",
    ],
    "names, labels, places": [
        "nameOverride=till", "nodeSelector.rack=back-room", "tolerations[0].operator=Exists",
        "podLabels.shop=one", "podAnnotations.note=two", "priorityClassName=shop",
        "serviceAccount.create=false", "serviceAccount.name=quiet",
    ],
    "money and letters": [
        "checkout.payment.service=stripe", "checkout.payment.keySecret.name=stripe",
        "checkout.payment.holdMinor=3000", "checkout.payment.webhookSecret.name=stripe-webhook", "checkout.smtp.host=mail.example.org",
        "checkout.smtp.from=Corner Shop <receipts@example.org>", "checkout.smtp.user=shop",
        "checkout.smtp.passwordSecret.name=mail", "checkout.smtp.caSecret.name=mail-ca",
        "networkPolicy.smtp[0].ipBlock.cidr=10.32.0.0/24", "settings.checkout.language=de",
    ],
    "settings": [
        "settings.workers=2", "json:settings.waiting={\"suspect_radius_m\":2.5,\"linger_s\":30}", "settings.limits.ahead_ms=5000",
        "settings.limits.connection_window_bytes=16777216",
        "settings.checkout.parallel=4", "settings.telemetry.log=info\\,amble_store=debug",
        "settings.telemetry.traces_endpoint=http://collector.monitoring:4317", "settings.telemetry.traces_ratio=1",
        "networkPolicy.traces[0].ipBlock.cidr=10.32.0.0/24",
    ],
}

REFUSED = {
    "profile=bakery": ["/profile", "supermarket"],
    "replica=3": ["'replica' not allowed"],
    "replicas=0": ["/replicas"],
    "etcd.chart.clusterState=old": ["/etcd/chart/clusterState", "existing"],
    "settings.limits.ahaed_ms=1": ["/settings/limits", "ahaed_ms"],
    "settings.checkout.parallel=1000": ["/settings/checkout/parallel", "256"],
    "settings.telemetry.traces_endpoint=collector": ["/settings/telemetry/traces_endpoint"],
    "settings.listen.grpc=0.0.0.0:1": ["/settings", "'listen' not allowed"],
    "image.digest=latest": ["/image/digest"],
    "services.devices.type=Ingress": ["/services/devices/type", "LoadBalancer"],
    "ingress.shoppers.enabled=true": ["/ingress/shoppers/host"],
    "networkPolicy.devices[0].cidr=10.0.0.0/8": ["/networkPolicy/devices/0", "'cidr' not allowed"],
    "passes.publicKeys.k=-----BEGIN PRIVATE KEY-----": ["/passes/publicKeys/k"],
    "passes.secret.name=issuers": ["/passes/secret/keys"],
    "resources.limit.memory=1Gi": ["/resources", "'limit' not allowed"],
    "persistence.size=10 GB": ["/persistence/size"],
    "termination.graceSeconds=5": ["/termination/graceSeconds", "30"],
    # What does not fit together.
    "replicas=3": ["replicas is 3", "ledger.kind is sqlite", "Set ledger.kind to postgres"],
    "profile=supermarket": ["ledger.kind is postgres", "ledger.postgres.urlSecret.name", "cloudnativepg"],
    "etcd.kind=chart": ["etcd.kind is chart", "ledger.kind is sqlite", "etcd.kind to none"],
    "persistence.enabled=false": ["persistence.enabled is false", "receipts"],
    "ledger.kind=postgres,ledger.postgres.url=postgres://amble:sesame@db/shop": ["/ledger/postgres/url"],
    "ledger.kind=postgres,ledger.postgres.url=postgres://db/a,ledger.postgres.urlSecret.name=b": [
        "ledger.postgres.url", "leave one out",
    ],
    "ledger.postgres.urlSecret.name=b": ["ledger.postgres is given", "sqlite"],
    "ledger.kind=cloudnativepg,replicas=2": ["replicas is 2", "etcd.kind is none"],
    "ledger.kind=cloudnativepg,etcd.kind=external": ["etcd.endpoints is empty"],
    "etcd.endpoints={http://a:2379}": ["etcd.endpoints is given", "etcd.kind is none"],
    "etcd.endpoints={etcd-1}": ["/etcd/endpoints/0"],
    "tls.kind=cert-manager": ["tls.kind is cert-manager", "tls.issuer.name"],
    "tls.issuer.name=a": ["tls.issuer.name is given", "tls.kind is secret"],
    "tls.kind=cert-manager,tls.issuer.name=a,store.configMap=plan": ["store.id"],
    "tls.kind=none,tls.secretName=a": ["tls.secretName is given", "tls.kind is none"],
    "tls.duration=90d": ["/tls/duration"],
    "operators.everybody=true,operators.secret.name=a,operators.secret.keys={b}": ["operators.everybody is true"],
    "profile=supermarket,ledger.kind=cloudnativepg,etcd.kind=external,etcd.endpoints={https://a:2379}": [
        "https://a:2379 speaks TLS", "etcd.tlsSecret.name",
    ],
    "profile=supermarket,ledger.kind=cloudnativepg,etcd.kind=external,etcd.endpoints={http://a:2379},etcd.tlsSecret.name=b": [
        "etcd.tlsSecret is given", "http://a:2379", "https://",
    ],
    "etcd.tlsSecret.name=a": ["etcd.tlsSecret is given", "etcd.kind is none"],
    "ingress.devices.enabled=true,ingress.devices.host=a.b,ingress.devices.tlsSecret=c": [
        "ingress.devices.tlsSecret", "pass TLS through",
    ],
    "checkout.payment.service=stripe": ["checkout.payment.keySecret.name"],
    "checkout.payment.url=http://pay.example.org": ["/checkout/payment/url"],
    "checkout.smtp.host=a": ["checkout.smtp.from"],
    "checkout.smtp.user=a": ["checkout.smtp.passwordSecret", "both, or none"],
    "store.known=kiosk,store.configMap=plan": ["store.known and store.configMap"],
    "test.passKeySecret.name=issuer": ["test.passKeySecret", "passes.publicKeys"],
    "ingress.devices.enabled=true,ingress.devices.host=a.b,ingress.shoppers.enabled=true,ingress.shoppers.host=a.b": [
        "ingress.devices.host and ingress.shoppers.host",
    ],
}
