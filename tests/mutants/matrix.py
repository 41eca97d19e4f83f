"""Which faults are tried where, and what each does to what is let through."""

EACH = ("nftables/4", "nftables/6", "iptables-restore/4", "ip6tables-restore/6", "ferm/4", "ferm/6")
# Dialects that are no rulesets: the proof reads them together with the rules.
SETS = ("ipset/4", "ipset/6")
RESOLVERS = ("dnsmasq/4", "dnsmasq-ipset/4")
ALL = EACH + SETS + RESOLVERS
FOUR = tuple(column for column in EACH if column.endswith("4"))
SIX = tuple(column for column in EACH if column.endswith("6"))
NFTABLES = EACH[:2]
XTABLES = EACH[2:]
# Faults that are one for both families: in the ruleset, and in a text that has a table for each family.
RULESET = ("nftables/4", "iptables-restore/4", "ip6tables-restore/6", "ferm/4")
TABLES = ("nftables/4", *XTABLES)

WIDER, NARROWER, OTHER = "+", "-", "+-"
BASELINE_LOST, BASELINE_WHOLE = "0", "1"  # of flows that its rules allow in part
REFUSED = "!"  # the text is outside of what the reader of its dialect knows, which is as good

# fault: [(columns, {policy: what changes})]
GRANTS = {
    "wrong-port": [(EACH, {"subjects": OTHER, "gids": OTHER, "many": OTHER, "host": OTHER, "bare": OTHER})],
    "longer-port-range": [(EACH, {"subjects": WIDER, "drop": WIDER, "host": WIDER})],
    "every-port": [(EACH, {"subjects": WIDER, "bare": WIDER})],
    "protocol-swapped": [(EACH, {"subjects": OTHER, "many": OTHER, "host": OTHER})],
    "address-off-by-one": [(EACH, {"subjects": OTHER, "gids": OTHER, "many": OTHER, "bare": OTHER})],
    "shorter-prefix": [(EACH, {"subjects": WIDER, "gids": WIDER, "many": WIDER, "host": WIDER})],
    "longer-prefix": [(EACH, {"subjects": NARROWER, "drop": NARROWER, "host": NARROWER}), (NFTABLES, {"live": NARROWER})],
    "every-address": [(EACH, {"subjects": WIDER, "host": WIDER})],
    "printed-length-shorter": [
        (NFTABLES, {"subjects": REFUSED, "host": REFUSED}),
        (XTABLES, {"subjects": WIDER, "host": WIDER}),
    ],
    "printed-length-lost": [(EACH, {"subjects": NARROWER, "bare": NARROWER})],
    "family-lost": [(EACH, {"subjects": NARROWER, "gids": NARROWER, "host": NARROWER, "bare": NARROWER})],
    "last-box-lost": [(EACH, {"subjects": NARROWER, "many": NARROWER, "host": NARROWER})],
    "multiport-last-lost": [(XTABLES, {"many": NARROWER})],
    "resolver-lost": [(EACH, {"subjects": NARROWER, "gids": NARROWER, "host": NARROWER})],
    "echo-lost": [(EACH, {"subjects": NARROWER, "host": NARROWER})],
    "echo-widened": [(EACH, {"subjects": WIDER, "host": WIDER})],
    "echo-any-type": [(EACH, {"subjects": WIDER, "host": WIDER})],
    "ipv4-mapped": [
        (("nftables/4",), {"subjects": REFUSED, "host": REFUSED}),
        (("iptables-restore/4",), {"subjects": NARROWER, "host": NARROWER}),
        (("ip6tables-restore/6",), {"subjects": WIDER, "host": WIDER}),
        (("ferm/4",), {"subjects": OTHER, "host": OTHER}),
    ],
    "grant-leaks": [(EACH, {"subjects": WIDER, "gids": WIDER, "host": WIDER, "bare": WIDER})],
    "accept-denies": [(EACH, {"subjects": NARROWER, "drop": NARROWER, "host": NARROWER})],
}
SUBJECTS = {
    "uid-swapped": [(RULESET, {"subjects": OTHER, "many": OTHER, "bare": OTHER})],
    "uid-off-by-one": [(RULESET, {"subjects": NARROWER, "gids": NARROWER, "bare": WIDER})],
    "subject-lost": [(RULESET, {"subjects": WIDER, "gids": WIDER, "host": OTHER, "bare": NARROWER})],
    "gid-lost": [(RULESET, {"gids": OTHER, "host": OTHER})],
    "gid-swapped": [(RULESET, {"gids": OTHER, "host": OTHER})],
    "dispatch-lost": [(TABLES, {"subjects": WIDER, "gids": WIDER, "host": OTHER, "bare": NARROWER})],
    "dispatch-to-another": [(TABLES, {"subjects": OTHER, "many": OTHER, "bare": OTHER})],
    "set-of-another": [(NFTABLES, {"subjects": OTHER, "many": OTHER, "bare": OTHER})],
    "gid-dispatch-lost": [(TABLES, {"gids": NARROWER, "host": NARROWER})],
    "subject-deny-lost": [(TABLES, {"subjects": WIDER, "drop": WIDER, "gids": WIDER})],
    "subject-deny-accepts": [(TABLES, {"subjects": WIDER, "gids": WIDER, "host": WIDER, "bare": WIDER})],
}
DEFAULTS = {
    "final-drop-lost": [(TABLES, {"subjects": WIDER, "drop": WIDER, "gids": WIDER})],
    "final-drop-accepts": [(TABLES, {"subjects": WIDER, "drop": WIDER, "host": WIDER, "bare": WIDER})],
    "host-deny-lost": [(TABLES, {"host": WIDER, "bare": WIDER})],
    "ownerless-deny-lost": [(TABLES, {"host": WIDER, "bare": WIDER})],
    "output-jump-lost": [
        (("nftables/4",), {"subjects": REFUSED, "gids": REFUSED, "host": REFUSED, "bare": REFUSED}),
        (XTABLES, {"subjects": WIDER, "gids": WIDER}),
        (XTABLES, {"host": NARROWER, "bare": NARROWER}),
    ],
    "established-accepts-new": [
        (("nftables/4",), {"subjects": REFUSED, "host": REFUSED}),
        (XTABLES, {"subjects": WIDER, "host": WIDER}),
    ],
    "ownerless-established-lost": [(TABLES, {"cut": WIDER})],
    "established-lost": [(TABLES, {"subjects": WIDER, "gids": WIDER, "host": WIDER})],
    "accept-for-everyone": [(TABLES, {"subjects": WIDER, "host": WIDER, "bare": WIDER})],
    "mode-swapped": [(RULESET, {"subjects": WIDER, "monitor": NARROWER, "host": WIDER, "bare": WIDER})],
    "scope-swapped": [(RULESET, {"subjects": NARROWER, "gids": NARROWER, "host": WIDER, "bare": WIDER})],
}
HOST = {
    "loopback-swapped": [(RULESET, {"host": NARROWER, "bare": WIDER})],
    "loopback-everywhere": [(TABLES, {"host": WIDER})],
    "loopback-elsewhere": [
        (("iptables-restore/4", "ip6tables-restore/6"), {"host": OTHER}),
        (("nftables/4", "ferm/4", "ferm/6"), {"host": REFUSED}),
    ],
    "ndp-swapped": [(SIX, {"bare": WIDER, "host": BASELINE_LOST})],
    "mld-swapped": [(SIX, {"bare": WIDER, "host": BASELINE_LOST})],
    "dhcp-swapped": [(EACH, {"bare": WIDER, "host": BASELINE_LOST})],
    "icmp-errors-swapped": [(EACH, {"bare": WIDER, "host": NARROWER})],
    "ndp-any-hop": [(SIX, {"host": BASELINE_WHOLE})],
    "dhcp-any-source-port": [(FOUR, {"host": BASELINE_WHOLE})],
    "dhcp-any-port": [(EACH, {"host": WIDER})],
    "icmp-errors-echo": [(EACH, {"host": OTHER})],
    "ndp-router-advert": [(("nftables/6",), {"host": REFUSED}), (XTABLES[1::2], {"host": WIDER})],
}
LIVE = {
    "live-service-widened": [(RULESET, {"live": WIDER})],
    "live-service-lost": [(RULESET, {"live": NARROWER})],
    "live-services-swapped": [(RULESET, {"live": OTHER})],
    "live-name-swapped": [((NFTABLES[0], SETS[0], *RESOLVERS), {"live": OTHER})],
    "live-set-lost": [((*RULESET, *RESOLVERS), {"live": NARROWER}), (SETS[:1], {"live": OTHER})],
    "live-identifiers-swapped": [((*RULESET[1:], SETS[0], *RESOLVERS), {"live": OTHER})],
    "live-address-lost": [((*NFTABLES, *SETS), {"live": NARROWER})],
    "live-address-off-by-one": [((*NFTABLES, *SETS), {"live": OTHER})],
    "live-match-negated": [(XTABLES[:2], {"live": OTHER}), ((NFTABLES[0], *XTABLES[2:]), {"live": REFUSED})],
}

MATRIX = {**GRANTS, **SUBJECTS, **DEFAULTS, **HOST, **LIVE}
