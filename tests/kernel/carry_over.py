"""Live elements go on in a new table that is loaded in the same transaction.  carry_over.py DRIVER"""

import os
import subprocess
import sys
import tempfile
import time

import lab
import tables

BEFORE = """table inet egressc {
	set n_a_4 {
		typeof ip daddr
		size 65536
		flags timeout
		timeout 1h
		elements = { 198.51.100.7, 198.51.100.8 timeout 30m expires 1m3s40ms, 198.51.100.9 expires 700ms,
			203.0.113.5 comment "z" }
	}
	set n_b_4 {
		typeof ip daddr
		flags interval, timeout
		timeout 2h
		elements = { 198.51.100.0/24, 203.0.113.0/29, 192.0.2.0/28, 192.0.2.77, 10.0.0.1-10.0.0.5 }
	}
	set n_c_6 {
		typeof ip6 daddr
		flags timeout
		timeout 1h
		elements = { 2001:db8::1, ::ffff:198.51.100.1, 2001:db8::2 timeout 3h }
	}
	set n_gone_4 {
		typeof ip daddr
		flags timeout
		timeout 1h
		elements = { 198.51.100.7 }
	}
	set n_full_4 {
		typeof ip daddr
		size 3
		flags timeout
		timeout 1h
		elements = { 198.51.100.1, 198.51.100.2 expires 30m, 198.51.100.3 expires 20m }
	}
	set n_fullb_4 {
		typeof ip daddr
		size 3
		flags interval, timeout
		timeout 1h
		elements = { 198.51.100.0/25, 203.0.113.0/25, 192.0.2.0/25 expires 3m }
	}
}
"""
SETS = """n_a_4 4 65536 203.0.113.0/24
n_b_4 4 65536 198.51.100.128/25 203.0.113.0/24
n_c_6 6 65536
n_full_4 4 3 192.0.2.1 198.51.100.3
n_fullb_4 4 3 10.0.0.0/8
"""
AFTER = """table inet egressc {
	set n_a_4 {
		typeof ip daddr
		size 65536
		flags interval, timeout
		timeout 1h
		elements = { 203.0.113.0/24 }
	}
	set n_b_4 {
		typeof ip daddr
		size 65536
		flags interval, timeout
		timeout 1h
		elements = { 198.51.100.128/25, 203.0.113.0/24 }
	}
	set n_c_6 {
		typeof ip6 daddr
		size 65536
		flags timeout
		timeout 1h
	}
	set n_full_4 {
		typeof ip daddr
		size 3
		flags timeout
		timeout 1h
		elements = { 192.0.2.1, 198.51.100.3 }
	}
	set n_fullb_4 {
		typeof ip daddr
		size 3
		flags interval, timeout
		timeout 1h
		elements = { 10.0.0.0/8 }
	}
}
"""
HOUR = 3600
WANTED = {
    "n_a_4": {"198.51.100.7": HOUR, "198.51.100.8": 63.04, "198.51.100.9": 0.7, "203.0.113.0/24": HOUR},
    "n_b_4": {"192.0.2.0/28": 2 * HOUR, "192.0.2.77": 2 * HOUR, "198.51.100.128/25": HOUR, "203.0.113.0/24": HOUR},
    "n_c_6": {"2001:db8::1": HOUR, "2001:db8::2": 3 * HOUR},
    "n_full_4": {"192.0.2.1": HOUR, "198.51.100.1": HOUR, "198.51.100.3": HOUR},
    "n_fullb_4": {"10.0.0.0/8": HOUR, "198.51.100.0/25": HOUR, "203.0.113.0/25": HOUR},
}


def elements_of(listing):
    """By set: what is in it, and in how many seconds that expires."""
    found = {}
    for block in listing.split("\tset ")[1:]:
        name, _, rest = block.partition(" ")
        found[name] = {text.split(" ")[0]: left for clause in tables.ELEMENTS.findall(rest)
                       for text, left in tables.elements(clause)}  # fmt: skip
    return found


def carry(driver, directory, listing, sets):
    """The text, and the counts of what is carried, left out and not understood."""
    for name, text in (("listing", listing), ("sets", sets)):
        with open(f"{directory}/{name}", "w", encoding="ascii") as file:
            file.write(text)
    text = subprocess.run([driver, "carry", f"{directory}/listing", f"{directory}/sets"], capture_output=True, text=True,
                          check=True).stdout  # fmt: skip
    return text, [int(word) for word in text.rsplit("# ", 1)[1].split()]


def live_elements_survive(driver, directory):
    tables.load(BEFORE)
    listing, since = tables.listing(), time.monotonic()
    text, counts = carry(driver, directory, listing, SETS)
    # Left out: a prefix around what n_b_4 starts with, and what n_full_4 and n_fullb_4 have no room for.
    assert counts == [10, 3, 2], text
    # The kernel itself takes the time that an element has left: nothing is lost, and nothing starts anew.
    tables.load(tables.REPLACE + AFTER + text)
    found, passed = elements_of(tables.listing()), time.monotonic() - since
    for name, wanted in WANTED.items():
        # What has but a moment left may be gone, if the machine is busy.
        brief = {key for key, left in wanted.items() if left <= passed}
        assert found[name].keys() - brief == wanted.keys() - brief, (name, found[name], wanted)
        for key in wanted.keys() - brief:
            assert wanted[key] - passed - 0.1 < found[name][key] <= wanted[key], (name, key, found[name][key], wanted[key])
    time.sleep(0.7)
    assert "198.51.100.9" not in tables.listing()


def many_survive(driver, directory):
    """As many as a live set holds."""
    addresses = [f"198.{18 + (i >> 16)}.{i >> 8 & 255}.{i & 255}" for i in range(65536)]
    live = "table inet egressc {\n\tset n_a_4 {\n\t\ttypeof ip daddr\n\t\tsize 65536\n\t\tflags timeout\n\t\ttimeout 1h\n%s\t}\n}\n"
    tables.load(live % f"\t\telements = {{ {', '.join(addresses)} }}\n")
    text, counts = carry(driver, directory, tables.listing(), "n_a_4 4 65536 192.0.2.1\n")
    assert counts == [65535, 1, 0], counts
    tables.load(tables.REPLACE + live % "\t\telements = { 192.0.2.1 }\n" + text)
    found = elements_of(tables.listing())["n_a_4"]
    assert len(found) == 65536 and "192.0.2.1" in found


def main():
    driver = sys.argv[1]
    lab.require("nft")

    def around(case):
        with tempfile.TemporaryDirectory(prefix=f"egressc-test-{os.getpid()}-") as directory:
            case(driver, directory)

    lab.run_cases([live_elements_survive, many_survive], around)


if __name__ == "__main__":
    main()
