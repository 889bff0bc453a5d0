"""When each alert must fire, and when not.

An alert has two stories: a bad one and one that only looks bad. A story is a list of series, as promtool
writes them (one sample a minute), and is asked after HOURS. `@` stands for the labels of the shop.
"""

HOURS = 2
# As many samples as that takes.
ALL = HOURS * 60


def steady(value):
    return f"{value}+0x{ALL}"


def growing(each):
    return f"0+{each}x{ALL}"


def late(count):
    """A counter that is first counted half an hour before the end."""
    return f"_x{ALL - 30} {count}+0x30"


def fell(before, after):
    """A gauge that fell ten minutes before the end."""
    return f"{before}+0x{ALL - 10} {after}+0x10"


def buckets(metric, quick, slow):
    """A histogram that grows by so many quick (0.1 s) and slow (5 s) values a minute."""
    return [
        (f'{metric}_bucket{{@,le="0.1"}}', growing(quick)),
        (f'{metric}_bucket{{@,le="5"}}', growing(quick + slow)),
        (f'{metric}_bucket{{@,le="+Inf"}}', growing(quick + slow)),
    ]


UP, ATTACHED = ("up{@}", steady(1)), "amble_device_attached{@}"
DECIDED = "amble_decided_until_timestamp_seconds{@}"
# promtool's clock begins in 1970.
ON_TIME = f"-1+60x{ALL}"
REFUSED = 'amble_checkout_attempts_total{@,kind="charge",result="refused"}'
AGAIN = 'amble_checkout_attempts_total{@,kind="charge",result="again"}'
DELIVERED = 'amble_checkout_attempts_total{@,kind="charge",result="delivered"}'
LOOK = 'amble_checkout_webhooks_total{@,result="look"}'
DIFFERS = 'amble_ledger_entries_total{@,kind="cut",outcome="differs"}'
UNFIT = "amble_plates_unfit"
DROPPED = "amble_cluster_dropped_messages_total"

ALARMS = {
    "AmbleShopDown": ([("up{@}", steady(0))], [UP]),
    "AmbleNodeDown": ([("up{@}", fell(1, 0))], [UP]),
    "AmbleDecisionsBehind": ([(DECIDED, f"-60+60x{ALL}")], [(DECIDED, ON_TIME)]),
    "AmbleClockAhead": ([(DECIDED, f"60+60x{ALL}")], [(DECIDED, ON_TIME)]),
    "AmbleLedgerAway": (
        [('amble_shard_ledger_away{@,shard="a"}', steady(0)), ('amble_shard_ledger_away{@,shard="b"}', steady(1))],
        [('amble_shard_ledger_away{@,shard="a"}', steady(0))],
    ),
    "AmbleLedgerSlow": (buckets("amble_ledger_commit_seconds", 90, 10), buckets("amble_ledger_commit_seconds", 9999, 1)),
    "AmbleReplayDiffers": ([(DIFFERS, late(1))], [(DIFFERS.replace("differs", "same"), growing(5))]),
    "AmbleStoredUnread": (
        [('amble_stored_unread_total{@,reason="version"}', late(3))],
        [('amble_stored_unread_total{@,reason="version"}', steady(3))],
    ),
    "AmbleCartsSlow": (buckets("amble_cart_latency_seconds", 90, 10), buckets("amble_cart_latency_seconds", 9999, 1)),
    "AmbleActorsFail": (
        [('amble_actors_restarted_total{@,kind="zone"}', growing(1))],
        [('amble_actors_restarted_total{@,kind="zone"}', late(1))],
    ),
    "AmbleMessagePoisoned": (
        [("amble_messages_poisoned_total{@}", late(1))],
        [("amble_messages_poisoned_total{@}", steady(1))],
    ),
    "AmbleDevicesGone": ([(ATTACHED, fell(100, 80))], [(ATTACHED, fell(100, 99))]),
    "AmbleDevicesSilent": (
        [('amble_device_passed_over_total{@,kind="shelf"}', growing(30))],
        [('amble_device_passed_over_total{@,kind="shelf"}', late(20))],
    ),
    "AmbleDeviceRefused": (
        [('amble_device_refused_total{@,code="TOO_LATE"}', growing(120))],
        [('amble_device_refused_total{@,code="TOO_LATE"}', late(100))],
    ),
    "AmbleCamerasLate": (
        [("amble_camera_late_frames_total{@}", growing(100)), ('amble_device_frames_total{@,kind="camera"}', growing(1000))],
        [("amble_camera_late_frames_total{@}", growing(1)), ('amble_device_frames_total{@,kind="camera"}', growing(1000))],
    ),
    "AmblePlatesUnfit": (
        [(f'{UNFIT}{{@,shard="a",why="noisy"}}', steady(0)), (f'{UNFIT}{{@,shard="b",why="stuck"}}', steady(1))],
        # It was free again within ten minutes.
        [(f'{UNFIT}{{@,shard="a",why="noisy"}}', steady(0)), (f'{UNFIT}{{@,shard="b",why="stuck"}}', f"0+0x{ALL - 30} 1+0x8 0+0x22")],
    ),
    "AmbleMoneyTakenBack": ([(LOOK, growing(1))], [(LOOK, steady(3)), (LOOK.replace("look", "settled"), growing(5))]),
    "AmbleChargeRefused": ([(REFUSED, late(1))], [(REFUSED, steady(3)), (DELIVERED, growing(5))]),
    "AmbleChargesStuck": ([(AGAIN, growing(2)), (DELIVERED, steady(9))], [(AGAIN, growing(2)), (DELIVERED, growing(9))]),
    "AmbleGoodsUnpaid": (
        [("amble_guests_left_with_goods_total{@}", growing(1))],
        [("amble_guests_left_with_goods_total{@}", late(4))],
    ),
    "AmbleNodesMissing": ([("amble_cluster_nodes{@}", steady(4))], [("amble_cluster_nodes{@}", steady(5))]),
    "AmbleEtcdAway": ([("amble_cluster_etcd_up{@}", fell(1, 0))], [("amble_cluster_etcd_up{@}", steady(1))]),
    "AmblePeerSilent": ([("amble_cluster_silent_peers{@}", fell(0, 1))], [("amble_cluster_silent_peers{@}", steady(0))]),
    "AmbleNodesPutOut": (
        [("amble_cluster_revoked_total{@}", growing(1))],
        [("amble_cluster_revoked_total{@}", late(1))],
    ),
    "AmbleMessagesLost": (
        [(f'{DROPPED}{{@,reason="behind"}}', growing(1))],
        # It belongs to every move.
        [(f'{DROPPED}{{@,reason="not_here"}}', growing(1))],
    ),
    "AmbleCertificateEnds": (
        [("amble_tls_certificate_ends_seconds{@}", steady(5 * 86400))],
        [("amble_tls_certificate_ends_seconds{@}", steady(30 * 86400))],
    ),
    "AmbleCertificateNotTaken": ([("amble_tls_reload_failing{@}", fell(0, 1))], [("amble_tls_reload_failing{@}", steady(0))]),
    "AmbleStrangersRefused": (
        [('amble_refused_total{@,door="grpc",reason="no_certificate"}', growing(60))],
        [('amble_refused_total{@,door="grpc",reason="no_certificate"}', late(50))],
    ),
    "AmbleUnprotected": (
        [('amble_unprotected{@,what="tls"}', steady(1))],
        [('amble_unprotected{@,what="tls"}', steady(0))],
    ),
}
