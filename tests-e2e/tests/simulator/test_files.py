"""The simulator's files: as large as their messages say, and failing as they are told to."""

import asyncio
import itertools

import aiohttp
import pytest

PERSON = {"phone": "554400000003"}
KEY = {"X-Api-Key": "key-of-the-tests"}
SIZE = 4096


async def picture(waha, session: str = "s") -> str:
    """Somebody sends a picture; the path of its file."""
    await waha.session(session)
    media = {"mimetype": "image/jpeg", "size": SIZE}
    written = await waha.write(session, person=PERSON, kind="image", media=media)
    path = f"/api/{session}/chats/554400000003@c.us/messages/{written['message_id']}"
    return (await waha.call("GET", path))["media"]["url"].removeprefix("http://waha.test")


async def serve(waha, *fates: str, **more: object) -> None:
    await waha.call("PUT", "/simulator/files", {"fates": fates, **more}, 204)


async def test_a_file_is_as_large_as_its_message_says_and_no_other_is_like_it(waha) -> None:
    one, other = await picture(waha, "one"), await picture(waha, "other")
    files = []
    for path in (one, other):
        async with waha.client.get(path, headers=KEY) as answer:
            files.append(await answer.read())
    assert [len(file) for file in files] == [SIZE, SIZE]
    assert files[0] != files[1]


@pytest.mark.parametrize(("fate", "status"), [("missing", 404), ("removed", 410), ("broken", 500)])
async def test_a_file_is_refused_once(waha, fate: str, status: int) -> None:
    path = await picture(waha)
    await serve(waha, fate)
    for expected in (status, 200):
        async with waha.client.get(path, headers=KEY) as answer:
            assert answer.status == expected


async def test_only_the_files_of_a_session_fail(waha) -> None:
    hit, spared = await picture(waha, "hit"), await picture(waha, "spared")
    await serve(waha, "broken", session="hit")
    for path, status in ((spared, 200), (hit, 500)):
        async with waha.client.get(path, headers=KEY) as answer:
            assert answer.status == status


async def test_half_of_a_file_comes_and_no_more(waha) -> None:
    path = await picture(waha)
    await serve(waha, "truncated")
    async with waha.client.get(path, headers=KEY) as answer:
        assert answer.content_length == SIZE
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_a_slow_file_is_whole_in_the_end(waha) -> None:
    path = await picture(waha)
    await serve(waha, "slow", pause_seconds=60)
    async with waha.client.get(path, headers=KEY) as answer:
        assert answer.content_length == SIZE
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(answer.content.read(1), 0.05)
    await serve(waha, "slow", pause_seconds=0)
    async with waha.client.get(path, headers=KEY) as answer:
        assert len(await answer.read()) == SIZE


async def test_a_file_is_said_to_be_what_it_is_not(waha) -> None:
    path = await picture(waha)
    await serve(waha, "wrong_type")
    async with waha.client.get(path, headers=KEY) as answer:
        assert answer.content_type == "image/jpeg"
        assert (await answer.read()).startswith(b"<!doctype html>")


async def test_an_endless_file_comes_until_its_reader_has_enough(waha) -> None:
    path = await picture(waha)
    await serve(waha, "endless")
    read = 0
    async with waha.client.get(path, headers=KEY) as answer:
        assert answer.content_length is None
        async for piece in answer.content.iter_any():
            read += len(piece)
            if read > 100 * SIZE:
                break
        answer.close()
    # The server serves on.
    for _ in itertools.repeat(None, 2):
        async with waha.client.get(path, headers=KEY) as answer:
            assert len(await answer.read()) == SIZE
