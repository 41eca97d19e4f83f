"""What a policy means, straight from its text: no lowering, no ruleset."""

import ipaddress


def as_ranges(value):
    """1001, "1002-1005", or a list of them, as inclusive pairs."""
    if value is None:
        return []
    ranges = []
    for item in value if isinstance(value, list) else [value]:
        first, _, last = str(item).partition("-")
        ranges.append((int(first), int(last or first)))
    return ranges


def holds(ranges, number):
    return any(first <= number <= last for first, last in ranges)


def service_opens(service, protocol, port):
    name, _, ports = service.partition("/")
    if name != protocol and not (name == "any" and protocol in ("tcp", "udp")):
        return False
    return not ports or holds(as_ranges(ports), port)


def grant_opens(grant, probe):
    prefixes = grant.get("addresses") or [grant["to"]]
    if not any(service_opens(service, probe.protocol, probe.port) for service in grant["ports"]):
        return False
    address = ipaddress.ip_address(probe.address)
    return any(address in ipaddress.ip_network(prefix) for prefix in prefixes)


def is_dhcp(probe):
    if probe.protocol != "udp":
        return False
    if not probe.is_v6:
        return (probe.from_port, probe.port) == (68, 67)
    to_server = probe.address == "ff02::1:2" or ipaddress.ip_address(probe.address) in ipaddress.ip_network("fe80::/10")
    return (probe.from_port, probe.port) == (546, 547) and to_server


def leaves(policy, probe, own_addresses):
    """Whether a new flow may leave."""
    if policy.get("mode") == "monitor":
        return True
    is_host = policy["scope"] == "host"
    baseline = policy.get("baseline", [])
    if is_host and "dhcp" in baseline and is_dhcp(probe):
        return True
    is_governed = False
    for subject in policy["subjects"].values():
        uids, gids = as_ranges(subject.get("uid")), as_ranges(subject.get("gid"))
        if uids and not holds(uids, probe.uid):
            continue
        is_governed = is_governed or bool(uids)
        if gids and not holds(gids, probe.gid):
            continue
        if probe.port == 53 and probe.protocol in ("tcp", "udp") and probe.address in policy.get("resolvers", []):
            return True
        return any(grant_opens(grant, probe) for grant in subject.get("allow", []))
    if is_governed:
        return False  # a uid is governed whole
    if not is_host:
        return True
    by_loopback = ipaddress.ip_address(probe.address).is_loopback or probe.address in own_addresses
    return "loopback" in baseline and by_loopback
