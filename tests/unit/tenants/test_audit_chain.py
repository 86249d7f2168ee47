"""Whatever is done to a chain of entries, walking it finds the first place where it no longer holds."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kernel.primitives.ids import TenantId, UserId
from tenants.audit import AuditEntry, Break, Head, Link, Origin
from tenants.audit.chain import Verifier, link, plain

TENANT, OTHER = TenantId(UUID(int=1)), TenantId(UUID(int=2))
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

texts = st.text(max_size=12)
uuids = st.none() | st.uuids()
details: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)


def entries() -> st.SearchStrategy[AuditEntry]:
    return st.builds(
        AuditEntry,
        id=st.uuids(),
        at=st.integers(0, 10**9).map(lambda micro: START + timedelta(microseconds=micro)),
        origin=st.builds(Origin, uuids.map(lambda key: key and UserId(key)), texts, texts, uuids, texts),
        action=texts,
        subject_kind=texts,
        subject_id=uuids,
        detail=details.map(plain),
    )


def chained(tenant: TenantId, things: list[AuditEntry]) -> list[Link]:
    links: list[Link] = []
    head = Head()
    for entry in things:
        links.append(link(tenant, head, entry))
        head = links[-1].head
    return links


def verdict(links: list[Link], stored: Head, kept: Head | None = None) -> Break | None:
    verifier = Verifier(TENANT, kept)
    return verifier.walk(links) or verifier.end(stored)


chains = st.lists(entries(), min_size=1, max_size=6).map(lambda things: chained(TENANT, things))


@given(chains)
def test_a_whole_chain_holds(links: list[Link]) -> None:
    assert verdict(links, links[-1].head, links[len(links) // 2].head) is None


@given(chains, st.data())
def test_an_entry_changed_anywhere_is_the_one_that_is_named(links: list[Link], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(links) - 1))
    old = links[place].entry
    new = data.draw(entries())
    name = data.draw(st.sampled_from(AuditEntry.__struct_fields__))
    changed = msgspec.structs.replace(old, **{name: getattr(new, name)})
    assume(changed != old or repr(changed) != repr(old))
    links[place] = msgspec.structs.replace(links[place], entry=changed)
    assert verdict(links, links[-1].head) == Break(place + 1, changed.id, "it was changed")


@given(chains, st.data())
def test_one_flipped_bit_of_a_hash_is_found(links: list[Link], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(links) - 1))
    name = data.draw(st.sampled_from(["previous", "hash"]))
    bit = data.draw(st.integers(0, 255))
    value = int.from_bytes(getattr(links[place], name), "big") ^ (1 << bit)
    stored = links[-1].head
    links[place] = msgspec.structs.replace(links[place], **{name: value.to_bytes(32, "big")})
    broken = verdict(links, stored)
    assert broken is not None
    assert broken.sequence == place + 1


@given(chains, st.data())
def test_an_entry_taken_out_is_found(links: list[Link], data: st.DataObject) -> None:
    stored = links[-1].head
    place = data.draw(st.integers(0, len(links) - 1))
    del links[place]
    broken = verdict(links, stored)
    assert broken is not None
    assert broken.sequence == place + 1


@given(chains.filter(lambda links: len(links) > 1), st.data())
def test_two_that_changed_places_are_found(links: list[Link], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(links) - 2))
    second = data.draw(st.integers(first + 1, len(links) - 1))
    assume(links[first].entry != links[second].entry)
    stored = links[-1].head
    one, two = links[first], links[second]
    links[first] = msgspec.structs.replace(one, entry=two.entry)
    links[second] = msgspec.structs.replace(two, entry=one.entry)
    broken = verdict(links, stored)
    assert broken is not None
    assert broken.sequence == first + 1


@given(chains, entries(), st.data())
def test_an_entry_put_in_is_found(links: list[Link], entry: AuditEntry, data: st.DataObject) -> None:
    stored = links[-1].head
    place = data.draw(st.integers(0, len(links) - 1))
    before = links[place - 1].head if place else Head()
    links.insert(place, link(TENANT, before, entry))
    assume(links[place] != links[place + 1])
    broken = verdict(links, stored)
    assert broken is not None
    assert broken.sequence in (place + 1, place + 2)


@given(chains.filter(lambda links: len(links) > 1), entries())
def test_a_chain_written_anew_from_a_place_on_is_found_by_a_kept_head(links: list[Link], entry: AuditEntry) -> None:
    kept = links[-1].head
    forged = [*links[:-1], link(TENANT, links[-2].head, entry)]
    assume(forged[-1].hash != kept.hash)
    assert verdict(forged, forged[-1].head) is None, "without a head kept elsewhere nobody can tell"
    broken = verdict(forged, forged[-1].head, kept)
    assert broken is not None
    assert broken.sequence == len(links)


@given(chains)
def test_a_chain_cut_off_with_its_head_is_found_by_a_kept_head(links: list[Link]) -> None:
    kept = links[-1].head
    cut = links[:-1]
    broken = verdict(cut, cut[-1].head if cut else Head(), kept)
    assert broken is not None
    assert (broken.sequence, broken.entry) == (len(links), None)


@given(st.lists(entries(), min_size=1, max_size=3))
def test_entries_of_one_tenant_do_not_hold_in_the_chain_of_another(things: list[AuditEntry]) -> None:
    links = chained(OTHER, things)
    assert verdict(links, links[-1].head) == Break(1, things[0].id, "it was changed")


def test_a_field_cannot_flow_into_its_neighbour() -> None:
    one = AuditEntry(
        id=UUID(int=9), at=START, origin=Origin(None, "ab", "c"), action="", subject_kind="", subject_id=None, detail={}
    )
    two = msgspec.structs.replace(one, origin=Origin(None, "a", "bc"))
    assert link(TENANT, Head(), one).hash != link(TENANT, Head(), two).hash


@pytest.mark.parametrize("text", ["", "1", "1:ab", "x:" + "00" * 32, "-1:" + "00" * 32])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Head.parse(text)


def test_a_head_reads_as_it_is_written() -> None:
    head = Head(7, bytes(range(32)))
    assert Head.parse(str(head)) == head
