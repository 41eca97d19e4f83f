"""Which faults are tried where, and what each does to what is let through."""

EACH = ("nftables/4", "nftables/6", "iptables-restore/4", "ip6tables-restore/6", "ferm/4", "ferm/6")
FOUR = tuple(column for column in EACH if column.endswith("4"))
SIX = tuple(column for column in EACH if column.endswith("6"))
NFTABLES = EACH[:2]
XTABLES = EACH[2:]
# Faults that are one for both families: in the ruleset, and in a text that has a table for each family.
RULESET = ("nftables/4", "iptables-restore/4", "ip6tables-restore/6", "ferm/4")
TABLES = ("nftables/4", *XTABLES)

WIDER, NARROWER, OTHER = "+", "-", "+-"

# fault: [(columns, {policy: what changes})]
GRANTS = {
    "wrong-port": [(EACH, {"subjects": OTHER, "gids": OTHER, "many": OTHER, "host": OTHER, "bare": OTHER})],
    "longer-port-range": [(EACH, {"subjects": WIDER, "drop": WIDER, "host": WIDER})],
    "every-port": [(EACH, {"subjects": WIDER, "bare": WIDER})],
    "protocol-swapped": [(EACH, {"subjects": OTHER, "many": OTHER, "host": OTHER})],
    "address-off-by-one": [(EACH, {"subjects": OTHER, "gids": OTHER, "many": OTHER, "bare": OTHER})],
    "shorter-prefix": [(EACH, {"subjects": WIDER, "gids": WIDER, "many": WIDER, "host": WIDER})],
    "longer-prefix": [(EACH, {"subjects": NARROWER, "drop": NARROWER, "live": NARROWER, "host": NARROWER})],
    "every-address": [(EACH, {"subjects": WIDER, "host": WIDER})],
    "printed-length-shorter": [(EACH, {"subjects": WIDER, "host": WIDER})],
    "printed-length-lost": [(EACH, {"subjects": NARROWER, "bare": NARROWER})],
    "family-lost": [(EACH, {"subjects": NARROWER, "gids": NARROWER, "host": NARROWER, "bare": NARROWER})],
    "last-box-lost": [(EACH, {"subjects": NARROWER, "many": NARROWER, "host": NARROWER})],
    "multiport-last-lost": [(XTABLES, {"many": NARROWER})],
    "resolver-lost": [(EACH, {"subjects": NARROWER, "gids": NARROWER, "host": NARROWER})],
    "echo-lost": [(EACH, {"subjects": NARROWER, "host": NARROWER})],
    "echo-widened": [(EACH, {"subjects": WIDER, "host": WIDER})],
    "echo-any-type": [(EACH, {"subjects": WIDER, "host": WIDER})],
    "ipv4-mapped": [(RULESET, {"subjects": OTHER, "host": OTHER})],
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
        (TABLES, {"subjects": WIDER, "gids": WIDER}),
        (("nftables/4",), {"host": WIDER, "bare": WIDER}),
        (XTABLES, {"host": NARROWER, "bare": NARROWER}),
    ],
    "established-accepts-new": [(TABLES, {"subjects": WIDER, "drop": WIDER, "host": WIDER})],
    "established-lost": [(TABLES, {"subjects": WIDER, "gids": WIDER, "host": WIDER})],
    "accept-for-everyone": [(TABLES, {"subjects": WIDER, "host": WIDER, "bare": WIDER})],
    "mode-swapped": [(RULESET, {"subjects": WIDER, "monitor": NARROWER, "host": WIDER, "bare": WIDER})],
    "scope-swapped": [(RULESET, {"subjects": NARROWER, "gids": NARROWER, "host": WIDER, "bare": WIDER})],
}
HOST = {
    "loopback-swapped": [(RULESET, {"host": NARROWER, "bare": WIDER})],
    "loopback-everywhere": [(TABLES, {"host": WIDER})],
    "loopback-elsewhere": [(TABLES, {"host": OTHER})],
    "ndp-swapped": [(SIX, {"bare": WIDER})],
    "mld-swapped": [(SIX, {"bare": WIDER})],
    "dhcp-swapped": [(EACH, {"bare": WIDER})],
    "icmp-errors-swapped": [(EACH, {"bare": WIDER})],
    "dhcp-any-port": [(EACH, {"host": WIDER})],
    "icmp-errors-echo": [(EACH, {"host": WIDER})],
    "ndp-router-advert": [(SIX, {"host": WIDER})],
}
LIVE = {
    "live-service-widened": [(NFTABLES[:1], {"live": WIDER})],
    "live-service-lost": [(NFTABLES[:1], {"live": NARROWER})],
    "live-services-swapped": [(NFTABLES[:1], {"live": OTHER})],
    "live-name-swapped": [(NFTABLES[:1], {"live": OTHER})],
    "live-set-lost": [(NFTABLES[:1], {"live": NARROWER})],
    "live-address-lost": [(NFTABLES, {"live": NARROWER})],
    "live-address-off-by-one": [(NFTABLES, {"live": OTHER})],
}

MATRIX = {**GRANTS, **SUBJECTS, **DEFAULTS, **HOST, **LIVE}
