"""Rules of a forest, without a database."""

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_aliases.model import MAX_DEPTH, AliasCycle, Link, newest, path, root

A, B, C, D = (UUID(int=number) for number in range(1, 5))


def test_a_node_without_an_edge_is_its_own_root() -> None:
    assert path({}, A) == [A]
    assert root({A: None}, A) == A


def test_chains_are_followed() -> None:
    assert path({A: B, B: C, C: None}, A) == [A, B, C]


@pytest.mark.parametrize("parents", [{A: A}, {A: B, B: A}, {A: B, B: C, C: B}])
def test_a_circle_is_an_error(parents: dict[UUID, UUID | None]) -> None:
    with pytest.raises(AliasCycle) as caught:
        root(parents, A)
    assert caught.value.node == A


def test_depth_is_bounded() -> None:
    chain = [UUID(int=number) for number in range(MAX_DEPTH + 1)]
    parents: dict[UUID, UUID | None] = dict(pairwise(chain))
    assert root(parents, chain[1]) == chain[-1]
    with pytest.raises(AliasCycle):
        root(parents, chain[0])


@pytest.mark.parametrize(("told", "parent"), [(None, None), (A, None), (B, B)])
def test_an_edge_to_itself_says_that_a_node_stands_alone(
    told: UUID | None, parent: UUID | None
) -> None:
    assert Link(A, told, 1).parent == parent


@given(st.lists(st.builds(Link, st.sampled_from([A, B, C]), st.just(D), st.integers(0, 9))))
def test_newest_keeps_the_highest_version_of_each_node(links: list[Link]) -> None:
    best = newest(links)
    assert best.keys() == {link.node for link in links}
    for node, link in best.items():
        assert link.version == max(each.version for each in links if each.node == node)
