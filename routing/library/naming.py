"""Which live flows name a thing that somebody wants to remove."""

from collections.abc import Iterator, Mapping

from routing.flows.checks.names import named_by
from routing.flows.document.flow import Flow
from routing.flows.errors import NamedByFlows
from routing.flows.known import NameKind

LiveFlows = Mapping[str, tuple[int, Flow]]
"""Number and document of every flow that has a live version, by the flow's name."""


def flows_naming(live: LiveFlows, kind: NameKind, name: str) -> Iterator[dict[str, str]]:
    """As problems tell them."""
    for flow_name, (_, flow) in sorted(live.items()):
        if any((one.kind, one.name) == (kind, name) for node in flow.nodes.values() for one in named_by(node)):
            yield {"kind": "flow", "id": flow_name}


def require_unnamed(live: LiveFlows, kind: NameKind, name: str) -> None:
    """NamedByFlows."""
    users = list(flows_naming(live, kind, name))
    if users:
        raise NamedByFlows(f"Let these use another {kind.value} first.", used_by=users)
