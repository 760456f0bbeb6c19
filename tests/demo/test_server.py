"""The sample newsroom on loopback HTTP."""

import asyncio
import io
import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime

import httpx2
import pytest
from PIL import Image

from digest.demo.newsroom import outlets
from digest.demo.server import Newsroom, serve


def visit(now: datetime, act: Callable[[Newsroom, httpx2.AsyncClient], Awaitable[None]]) -> None:
    async def main() -> None:
        async with serve(now) as newsroom, httpx2.AsyncClient(trust_env=False) as client:
            await act(newsroom, client)

    asyncio.run(main())


def test_a_feed_that_is_known_already_is_answered_with_304(now: datetime) -> None:
    async def act(newsroom: Newsroom, client: httpx2.AsyncClient) -> None:
        for outlet, feed in (("courier", "news"), ("courier", "desk"), ("wire", "all"), ("post", "all")):
            url = newsroom.feed(outlet, feed)
            first = await client.get(url)
            assert first.status_code == 200
            assert len(first.content) > 2000
            for header, validator in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")):
                again = await client.get(url, headers={header: first.headers[validator]})
                assert again.status_code == 304
                assert not again.content
            assert (await client.get(url, headers={"If-None-Match": '"other"'})).status_code == 200

    visit(now, act)


def test_the_page_of_an_article_says_what_the_feed_says(now: datetime) -> None:
    async def act(newsroom: Newsroom, client: httpx2.AsyncClient) -> None:
        for paper in newsroom.outlets:
            piece = paper.pieces[0]
            base = newsroom.bases[paper.name]
            page = (await client.get(base + piece.path)).text
            about = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
            assert about is not None
            facts = json.loads(about[1])
            assert facts["headline"] == piece.title
            assert datetime.fromisoformat(facts["datePublished"]) == piece.written
            assert f'<link rel="canonical" href="{base}{piece.path}">' in page
            assert 'property="og:title"' in page

    visit(now, act)


def test_the_pages_pictures_and_the_missing_page_answer(now: datetime) -> None:
    async def act(newsroom: Newsroom, client: httpx2.AsyncClient) -> None:
        base = newsroom.bases["boker"]
        answer = await client.get(f"{base}/pictures/kelp-he.jpg")
        assert answer.headers["content-type"] == "image/jpeg"
        with Image.open(io.BytesIO(answer.content)) as image:
            assert image.size == (1600, 900)
        assert (await client.get(f"{base}/")).status_code == 200
        assert (await client.get(f"{base}/nothing")).status_code == 404

    visit(now, act)


def test_nothing_listens_any_more_after_the_block(now: datetime) -> None:
    gone: list[str] = []

    async def act(newsroom: Newsroom, client: httpx2.AsyncClient) -> None:
        gone.extend(newsroom.bases.values())

    visit(now, act)
    assert len(set(gone)) == len(outlets(now))
    for base in gone:
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(base, trust_env=False)
