"""The benchmark's own arithmetic, and the load that it makes."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest

from ventros_e2e.bench.latencies import percentile
from ventros_e2e.bench.report import LIMITS, Figures, missed, save, verdict
from ventros_e2e.bench.rows import Table, Written, per_message
from ventros_e2e.bench.traffic import Customer, Line
from ventros_e2e.crowd import numbered
from waha_simulator.people import Person

LINE = Line(
    webhook_url="http://127.0.0.1:8080/webhooks/abc",
    key="segredo",
    owner=Person(phone="554433330001", lid="100000000000001", name="Loja"),
)


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = [float(number) for number in range(1, 101)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile([7.0], 0.99) == 7
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("inbound_ratio", 0.11, "ok"),
        ("inbound_ratio", 0.05, "below goal"),
        ("inbound_ratio", 0.03, "missed"),
        ("relay_ratio", 0.79, "missed"),
        ("latency_p50_ms", 40.0, "ok"),
        ("latency_p50_ms", 40.1, "missed"),
        ("pgbench_rate", 1.0, ""),
    ],
)
def test_a_figure_is_judged_by_its_limit(name: str, value: float, says: str) -> None:
    (limit,) = (one for one in LIMITS if one.name == name)
    assert verdict(limit, value) == says


def test_only_what_misses_its_floor_fails_the_run() -> None:
    assert missed(Figures(inbound_ratio=0.05, gateway_ratio=0.5)) == ["gateway_ratio"]


def test_parts_that_were_not_run_keep_their_figures(tmp_path: Path) -> None:
    path = tmp_path / "state" / "bench.json"
    save(Figures(relay_ratio=0.9, memory_mib=700.0), path)
    save(Figures(relay_ratio=0.95), path)
    assert json.loads(path.read_text()) == {"relay_ratio": 0.95, "memory_mib": 700.0}


def test_every_webhook_of_the_load_is_signed_and_unlike_all_others() -> None:
    customers = [Customer(LINE, numbered(number), number) for number in (0, 1)]
    written = [customer.write() for customer in customers for _ in range(50)]
    seen: dict[str, set[str]] = {"id": set(), "stanza": set(), "body": set()}
    for webhook in written:
        head, _, body = webhook.request.partition(b"\r\n\r\n")
        signature = hmac.new(b"segredo", body, hashlib.sha512).hexdigest()
        assert f"X-Webhook-Hmac: {signature}".encode() in head
        assert f"Content-Length: {len(body)}".encode() in head
        envelope = json.loads(body)
        payload = envelope["payload"]
        assert payload["body"] == payload["_data"]["Message"]["conversation"] == webhook.text
        assert payload["id"].endswith(payload["_data"]["Info"]["ID"])
        seen["id"].add(envelope["id"])
        seen["stanza"].add(payload["id"].split("_")[2])
        seen["body"].add(payload["body"])
    assert {len(values) for values in seen.values()} == {100}


def test_people_of_a_crowd_are_all_different() -> None:
    crowd = [numbered(number) for number in range(2000)]
    assert len({one.phone for one in crowd}) == len({one.lid for one in crowd}) == 2000


def test_rows_per_message_leave_out_what_is_not_of_messages() -> None:
    message, lease = Table("messaging", "message"), Table("contacts", "lane_lease")
    before = {message: Written(100, 0), lease: Written(4, 500)}
    after = {message: Written(1100, 3), lease: Written(4, 530)}
    assert per_message(before, after, 1000) == {message: Written(1, 0)}
