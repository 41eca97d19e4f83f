"""What a guard forbids, written otherwise; and rulesets that somebody hands in for review."""

from attempt import AGENT, ANSWER, Attempt, EVIL_NAME, answered, asked, left

GUARD = """egressc-guard: 1
never:
  - {to: [198.51.100.0/24], reason: our own network}
  - {to: [metadata]}
"""

# Of 198.51.100.66, and of 169.254.169.254.
FORMS = [
    ("64:ff9b::c633:6442", "NAT64"),
    ("64:ff9b:1::c633:6442", "a network's own NAT64"),
    ("64:ff9b:1:c633:64:4200::", "a divided NAT64"),
    ("64:ff9b:1:c6:33:6442::", "a NAT64 divided otherwise"),
    ("64:ff9b:1:0:c6:3364:4200:0", "a NAT64 behind 64 bits"),
    ("2002:c633:6442::1", "6to4"),
    ("2001:0:cb00:7101::39cc:9bbd", "Teredo"),
    ("::c633:6442", "an IPv4-compatible address"),
    ("::ffff:0:c633:6442", "SIIT"),
    ("::ffff:198.51.100.66", "a mapped address"),
    ("2001:db8::5efe:c633:6442", "ISATAP"),
    ("64:ff9b::a9fe:a9fe", "NAT64, the metadata service"),
    ("2002:a9fe:a9fe::", "6to4, the metadata service"),
]


def reached(address, what):
    return Attempt(AGENT, f"went to what a guard forbids, by {what}", files={"guard.yaml": GUARD},
                   append={"kern.log": left(3, 1001, address)}, words=["--guard", "guard.yaml"])


def named(address, what):
    return Attempt(ANSWER, f"a name that means what a guard forbids, by {what}", files={"guard.yaml": GUARD},
                   append={"kern.log": asked(3, 1001, 45000) + left(3.5, 1001, address),
                           "dns.log": answered(3, 5, 45000, EVIL_NAME, address, query="AAAA")},
                   words=["--guard", "guard.yaml"])


ATTEMPTS = [
    *[reached(address, what) for address, what in FORMS],
    *[named(address, what) for address, what in FORMS[:6]],
]
