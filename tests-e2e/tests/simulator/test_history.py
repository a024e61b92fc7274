"""What a phone remembers comes in pages, the newest first, and fails to come when wanted."""

PATH = "/api/s/chats/554400000003@c.us/messages"


async def test_pages_are_a_true_reversal_and_fail_when_wanted(waha) -> None:
    await waha.session("s")
    person = {"phone": "554400000003"}
    for number in range(5):
        write = {"person": person, "text": str(number), "timestamp": 1_700_000_000 + number // 2}
        await waha.call("POST", "/simulator/sessions/s/messages", write, 201)
    await waha.call("PUT", "/simulator/answering", {"pages_failed": 1}, 204)
    await waha.call("GET", f"{PATH}?limit=3", None, 500)
    pages = [await waha.call("GET", f"{PATH}?limit=3&offset={first}") for first in (0, 3, 5)]
    assert [[one["body"] for one in page] for page in pages] == [["4", "3", "2"], ["1", "0"], []]
    span = "filter.timestamp.gte=1700000001&filter.timestamp.lte=1700000001"
    shown = await waha.call("GET", f"{PATH}?limit=10&{span}")
    assert [one["body"] for one in shown] == ["3", "2"]
