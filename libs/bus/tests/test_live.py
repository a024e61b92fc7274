"""Events heard as they happen, by every process for itself."""

import aiormq

from platform_bus.live import LiveEvents
from platform_testkit.servers import ServerPark
from platform_testkit.vhosts import VhostMaker
from platform_testkit.waiting import eventually
from proto_events.registry import DOMAIN_EXCHANGE


async def publish(amqp_url: str, type_: str, body: bytes) -> None:
    connection = await aiormq.connect(amqp_url)
    channel = await connection.channel()
    await channel.basic_publish(body, exchange=DOMAIN_EXCHANGE, routing_key=type_)
    await connection.close()


async def test_each_listener_hears_each_event_of_its_types(amqp_vhost: str) -> None:
    heard: list[list[bytes]] = [[], []]
    listeners = [LiveEvents(amqp_vhost, ["a.b.v1", "a.c.v1"], each.append) for each in heard]
    for listener in listeners:
        await listener.start()
        await eventually(lambda listener=listener: listener.ready)
        assert (listener.generation, listener.changed.is_set()) == (1, True)
    for number, type_ in enumerate(["a.b.v1", "a.x.v1", "a.c.v1", "a.b.v2"]):
        await publish(amqp_vhost, type_, b"%d" % number)
    await eventually(lambda: heard == [[b"0", b"2"], [b"0", b"2"]])
    for listener in listeners:
        await listener.stop()
        assert not listener.ready


async def test_it_comes_back_and_says_that_it_was_gone(server_park: ServerPark) -> None:
    vhosts = VhostMaker(server_park.amqp_url(), server_park.amqp_management_url())
    url = await vhosts.make()
    listener = LiveEvents(url, ["a.b.v1"], lambda _: None)
    await listener.start()
    await eventually(lambda: listener.ready)
    listener.changed.clear()
    await vhosts.delete(url)
    await eventually(lambda: not listener.ready)
    assert listener.changed.is_set()
    assert listener.alive
    await vhosts.make_again(url)
    await eventually(lambda: listener.ready and listener.generation == 2)
    await listener.stop()
    await vhosts.delete(url)


async def test_it_stops_while_the_broker_is_away() -> None:
    listener = LiveEvents("amqp://a:b@127.0.0.1:9/", ["a.b.v1"], lambda _: None)
    await listener.start()
    await listener.stop()
    assert not listener.alive


async def test_it_hears_only_while_it_is_wanted(amqp_vhost: str) -> None:
    heard: list[bytes] = []
    listener = LiveEvents(amqp_vhost, ["#"], heard.append, wanted=False)
    await listener.start()
    for number in (1, 2):
        listener.want(True)
        await eventually(lambda: listener.live)
        assert listener.generation == number
        await publish(amqp_vhost, "a.b.v1", b"%d" % number)
        await eventually(lambda number=number: len(heard) == number)
        listener.want(False)
        await eventually(lambda: not listener.live)
        await publish(amqp_vhost, "a.b.v1", b"unheard")
    await listener.stop()
    assert heard == [b"1", b"2"]
