// Texts are as nft 1.0.6 lists them.
#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "readers/listing/listing.h"

using namespace egressc;
using std::chrono::milliseconds;

namespace {

std::string in_set(std::string_view lines) {
  return "table inet egressc {\n\tset n_a_4 {\n\t\ttypeof ip daddr\n\t\ttimeout 1h\n" + std::string(lines) + "\t}\n}\n";
}

std::string elements(std::string_view text) { return in_set("\t\telements = { " + std::string(text) + " }\n"); }

const std::string other_things = R"(table inet egressc {
	comment "a { brace expires 5s } x"
	counter cnt {
		packets 4 bytes 5
	}

	ct helper h {
		type "ftp" protocol tcp
		l3proto inet
	}

	set empty {
		type ipv4_addr
		timeout 500ms
		gc-interval 1s
	}

	set lots {
		type ipv4_addr
		flags interval
		auto-merge
		elements = { 10.0.0.0/8, 11.1.1.1,
			     12.0.0.0-12.0.0.5, 192.168.0.0/16 }
	}

	set dyn {
		typeof meta skuid . ip daddr
		size 1000
		flags dynamic,timeout
		timeout 5m
	}

	chain c2 {
		counter packets 0 bytes 0 accept comment "elements = { 1.2.3.4 expires 3s }"
	}

	chain out {
		type filter hook output priority filter; policy accept;
		meta skuid vmap { 0 : accept, 1 : goto c2 }
		ip daddr { 1.2.3.4, 1.2.3.5 } counter packets 7 bytes 8 accept
		log prefix "elements = { expires 10s"
		update @dyn { meta skuid . ip daddr timeout 10m limit rate 10/second }
		meter mm size 65535 { ip saddr timeout 1m limit rate 10/second }
	}
}
)";

// A set of IPv4 that times out.
std::vector<std::shared_ptr<const NftSet>> set_of(const char* name, std::vector<Prefix> start, std::uint32_t size) {
  NftSet set{.name = name, .size = size, .timeout = std::chrono::hours(1)};
  for (const Prefix& prefix : start) {
    set.elements.push_back({prefix, {}, {}, {}, {}});
    set.has_intervals = set.has_intervals || !prefix.is_single();
  }
  return {std::make_shared<const NftSet>(std::move(set))};
}

}  // namespace

TEST_CASE("the time that passed is taken from every element") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"198.51.100.7 expires 59m58s340ms", "198.51.100.7 expires 59m56s840ms"},
      {"198.51.100.7", "198.51.100.7"},
      {"198.51.100.7 timeout 30m expires 1m1s500ms", "198.51.100.7 timeout 30m expires 1m"},
      {"198.51.100.7 timeout 2d expires 1d1s", "198.51.100.7 timeout 2d expires 23h59m59s500ms"},
      {"198.51.100.7 expires 1s501ms", "198.51.100.7 expires 1ms"},
      {"192.0.2.1 counter packets 5 bytes 60 expires 1h comment \"x { y, expires 5s\"",
       "192.0.2.1 counter packets 5 bytes 60 expires 59m58s500ms comment \"x { y, expires 5s\""},
      {"192.0.2.1 comment \"expires 5s\"", "192.0.2.1 comment \"expires 5s\""},
      {"198.51.100.0/24 . tcp . 443 counter packets 0 bytes 0 timeout 1h expires 59m2s",
       "198.51.100.0/24 . tcp . 443 counter packets 0 bytes 0 timeout 1h expires 59m500ms"},
      {"203.0.113.1-203.0.113.9 expires 3s", "203.0.113.1-203.0.113.9 expires 1s500ms"},
      {"0x00000010 timeout 49710d expires 49709d23h59m59s984ms",
       "0x00000010 timeout 49710d expires 49709d23h59m58s484ms"},
      {"10.1.1.1 limit rate 10/second expires 4m2s", "10.1.1.1 limit rate 10/second expires 4m500ms"},
      {"\"a expires 3s\" expires 59m", "\"a expires 3s\" expires 58m58s500ms"},
      {"1.2.3.5 timeout 1h expires 59m2s comment \"c\" : goto c2",
       "1.2.3.5 timeout 1h expires 59m500ms comment \"c\" : goto c2"},
      {"198.51.100.7 expires soon", "198.51.100.7 expires soon"},
      {"198.51.100.7 expires 1s1h", "198.51.100.7 expires 1s1h"},
      {"198.51.100.7 expires 9223372036854775807d", "198.51.100.7 expires 9223372036854775807d"},
  };
  for (const auto& [now, later] : cases) {
    // A lambda of clang 14 cannot capture `now` itself.
    const std::string element(now);
    CAPTURE(element);
    CHECK(aged(elements(now), milliseconds(1500)) == elements(later));
    CHECK(aged(elements(now), milliseconds(0)) == elements(now));
    CHECK(aged(elements(now), milliseconds(-5)) == elements(now));
  }
}

TEST_CASE("an element whose time is up is left out, and so is the clause of none") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"1.1.1.1 expires 1s, 1.1.1.2 expires 2s", "1.1.1.2 expires 500ms"},
      {"1.1.1.1 expires 2s, 1.1.1.2 expires 1s500ms", "1.1.1.1 expires 500ms"},
      {"1.1.1.1 expires 2s, 1.1.1.2 expires 1s,\n\t\t\t     1.1.1.3 expires 3s",
       "1.1.1.1 expires 500ms,\n\t\t\t     1.1.1.3 expires 1s500ms"},
      {"1.1.1.1 expires 1s,\n\t\t\t     1.1.1.2 expires 1s, 1.1.1.3", "1.1.1.3"},
      {"1.1.1.1 expires 1s comment \"a, b\", 1.1.1.3", "1.1.1.3"},
  };
  for (const auto& [now, later] : cases) CHECK(aged(elements(now), milliseconds(1500)) == elements(later));
  CHECK(aged(elements("1.1.1.1 expires 1s, 1.1.1.2 expires 1s500ms"), milliseconds(1500)) == in_set(""));
  CHECK(aged(elements("1.1.1.1 expires 0s"), milliseconds(1)) == in_set(""));
  CHECK(aged(elements("1.1.1.1 expires 30d"), milliseconds::max()) == in_set(""));
}

TEST_CASE("all else stays byte for byte") {
  for (const int passed : {0, 1, 1500, 1'000'000'000}) CHECK(aged(other_things, milliseconds(passed)) == other_things);
  const std::string both = other_things + elements("1.1.1.1 expires 1s") + other_things;
  CHECK(aged(both, milliseconds(1500)) == other_things + in_set("") + other_things);
}

TEST_CASE("text that is no listing stays as it is") {
  for (const std::string_view text :
       {"", "{", "}", "\"", "table inet egressc {\n\tset a {\n\t\telements = { 1.1.1.1 expires 1s }\n",
        "table inet egressc {\n\tset a {\n\t\telements = { 1.1.1.1 expires 1s }}\n}\n",
        "table inet egressc {\n\tset a { elements = { 1.1.1.1 expires 1s }\n\t}\n}\n",
        "table inet egressc {\n\tset a {\n\t\tcomment \"x\n\t\telements = { 1.1.1.1 expires 1s }\n\t}\n}\n",
        "set a {\n\telements = { 1.1.1.1 expires 1s }\n}\n", "table x {\n\tset\n"})
    CHECK(aged(text, milliseconds(1500)) == text);
}

TEST_CASE("the undo replaces the table") {
  CHECK(undo_text("") == "add table inet egressc\ndelete table inet egressc\n");
  CHECK(undo_text(other_things) == "add table inet egressc\ndelete table inet egressc\n" + other_things);
}

TEST_CASE("live elements are the addresses of sets that time out") {
  const LiveElements found = live_elements(R"(table inet egressc {
	set n_a_4 {
		typeof ip daddr
		size 65536
		timeout 1h
		comment "timeout { 5s }"
		elements = { 198.51.100.7 expires 59m58s340ms, 198.51.100.8 timeout 30m expires 1m comment "z",
			     198.51.100.9, ::ffff:198.51.100.1 expires 5s, 1.2.3.4-1.2.3.5 expires 5s, 1.2.3.4 . tcp expires 5s,
			     1.2.3.4 expires soon, nonsense expires 5s, "1.2.3.4" expires 5s }
	}

	set n_b_6 {
		type ipv6_addr
		flags interval,timeout
		elements = { 2001:db8::/32 timeout 1m expires 59s, 2001:db9::1 }
	}

	set fixed {
		type ipv4_addr
		flags interval
		elements = { 10.0.0.0/8 }
	}

	map m {
		type ipv4_addr : verdict
		timeout 1h
		elements = { 1.2.3.4 expires 59m : accept }
	}
}
)");
  const milliseconds hour = std::chrono::hours(1);
  const std::vector<LiveElement> wanted = {
      {"n_a_4", *parse_prefix("198.51.100.7"), hour, milliseconds(3'598'340)},
      {"n_a_4", *parse_prefix("198.51.100.8"), milliseconds(1'800'000), milliseconds(60'000)},
      {"n_a_4", *parse_prefix("198.51.100.9"), hour, std::nullopt},
      {"n_b_6", *parse_prefix("2001:db8::/32"), milliseconds(60'000), milliseconds(59'000)},
      {"n_b_6", *parse_prefix("2001:db9::1"), std::nullopt, std::nullopt},
  };
  CHECK(found.elements == wanted);
  CHECK(found.not_understood == 6);
  CHECK(live_elements(other_things).elements.empty());
}

TEST_CASE("live elements go on in the set of the same name") {
  const auto live = [](std::string_view text) { return live_elements(elements(text)).elements; };
  const auto carried = [&](std::string_view text, std::vector<Prefix> start, std::uint32_t size = 0) {
    return carry_over(live(text), set_of("n_a_4", std::move(start), size));
  };
  const auto text_of = [](const CarriedOver& over) {
    return nft_text({{over.additions.begin(), over.additions.end()}});
  };
  const auto prefix = [](std::string_view text) { return *parse_prefix(text); };
  const auto command = [](std::string_view text) {
    return "add element inet egressc n_a_4 {\n\t" + std::string(text) + "\n}\n";
  };
  CHECK(text_of(carried("198.51.100.7 expires 59m58s340ms, 198.51.100.8 timeout 30m expires 1m", {})) ==
        command("198.51.100.7 timeout 1h expires 59m58s340ms,\n\t198.51.100.8 timeout 30m expires 1m"));
  CHECK(text_of(carried("198.51.100.7", {})) == command("198.51.100.7"));
  CHECK(text_of(carried("198.51.100.7 expires 2h", {})) == command("198.51.100.7 timeout 2h expires 2h"));
  CHECK(carried("198.51.100.7 expires 0s", {}).additions.empty());

  SUBCASE("but for what it starts with") {
    const CarriedOver over = carried("198.51.100.7 expires 1m, 198.51.100.8 expires 1m, 192.0.2.1 expires 1m",
                                     {prefix("198.51.100.0/29"), prefix("198.51.100.8"), prefix("203.0.113.0/24")});
    CHECK(text_of(over) == command("192.0.2.1 timeout 1h expires 1m"));
    CHECK(over.carried == 1);
    CHECK(over.left_out.empty());
  }
  SUBCASE("and for what it cannot hold") {
    const std::string_view two = "198.51.100.0/24 expires 1m, 192.0.2.0/24 expires 1m";
    CHECK(carried(two, {}).left_out == live(two));
    CHECK(carried(two, {prefix("203.0.113.1")}).left_out == live(two));
    const CarriedOver over = carried(two, {prefix("198.51.100.7"), prefix("203.0.113.0/24")});
    CHECK(text_of(over) == command("192.0.2.0/24 timeout 1h expires 1m"));
    CHECK(over.left_out == live("198.51.100.0/24 expires 1m"));
    CHECK(carried("2001:db8::1 expires 1m", {}).left_out == live("2001:db8::1 expires 1m"));
  }
  SUBCASE("as long as there is room") {
    const CarriedOver over =
        carried("1.1.1.1 expires 1m, 1.1.1.2 expires 3m, 1.1.1.3 expires 2m", {prefix("192.0.2.1")}, 2);
    CHECK(text_of(over) == command("1.1.1.2 timeout 1h expires 3m"));
    CHECK(over.left_out == live("1.1.1.3 expires 2m, 1.1.1.1 expires 1m"));
    CHECK(carried("1.1.1.1 expires 1m", {prefix("192.0.2.1")}, 1).left_out.size() == 1);
  }
  SUBCASE("and those of sets that are no more are dropped") {
    const CarriedOver over = carry_over(live("1.1.1.1 expires 1m"), set_of("n_b_4", {}, 0));
    CHECK(over.additions.empty());
    CHECK(over.left_out.empty());
  }
}

TEST_CASE("the sets that time out are told by their names") {
  CHECK(live_set_names(
            "table inet egressc {\n"
            "\tset n_a_4 {\n\t\ttypeof ip daddr\n\t\ttimeout 1h\n\t}\n\n"
            "\tset n_b_6 {\n\t\ttypeof ip6 daddr\n\t\tflags interval,timeout\n\t\telements = { 2001:db8::1 }\n\t}\n\n"
            "\tset u1001_4 {\n\t\ttypeof ip daddr\n\t\tflags interval\n\t}\n\n"
            "\tmap m {\n\t\ttypeof ip daddr : verdict\n\t\ttimeout 1h\n\t}\n}\n") ==
        std::vector<std::string>{"n_a_4", "n_b_6"});
  CHECK(live_set_names("").empty());
}
