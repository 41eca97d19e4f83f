#include <doctest/doctest.h>

#include "model/document/document.h"
#include "usage/usage.h"

using namespace egressc;

namespace {

GrantUsage grant(std::string to, std::vector<std::string> services, Count count) {
  GrantUsage made;
  if (to.find_first_of("/:") == std::string::npos)
    made.names = {std::move(to)};
  else
    made.prefix = std::move(to);
  made.services = std::move(services);
  made.count = count;
  return made;
}

SubjectUsage subject(std::vector<GrantUsage> grants) {
  SubjectUsage made;
  made.label = "agent";
  made.uids = {{1001, 1001}, {2000, 2015}};
  made.allowed = {1, 60};
  made.denied = Count{};
  made.grants = std::move(grants);
  return made;
}

Usage usage(SubjectUsage subject) {
  Usage made;
  made.subjects.push_back(std::move(subject));
  return made;
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const std::string last_lines =
    "\n"
    "0 packets (0 B) denied in all\n"
    "0 packets (0 B) of open connections (established, related); a grant counts only the packets that open one\n";

}  // namespace

TEST_CASE("a table for each subject, and what is not by subject below") {
  Usage all = usage(subject({grant("api.example.com", {"tcp/443", "udp/443"}, {123456789, 7407407340}),
                             grant("203.0.113.0/24", {"tcp/22"}, {12, 720}), grant("2001:db8::/32", {"tcp"}, {}),
                             grant("cdn.example.com", {"tcp/443"}, {7, 420})}));
  all.subjects[0].gids = {{7, 7}};
  all.subjects[0].allowed = {123456808, 7407408480};
  all.subjects[0].denied = Count{3, 180};
  all.subjects[0].grants[3].shared = true;
  all.subjects[0].grants[3].live = true;
  all.subjects[0].resolvers = ResolverUsage{{40, 2400}, false};
  SubjectUsage idle = subject({});
  idle.label = "idle";
  idle.uids = {{5, 5}};
  idle.denied.reset();
  idle.allowed = {};
  all.subjects.push_back(idle);
  all.denied = {5, 300};
  all.denied_others = Count{2, 120};
  all.established = {987654, 999949999};
  all.baseline = {9, 648};
  CHECK(describe_usage(all, false) ==
        "agent (uid 1001, 2000-2015 gid 7): 123456808 packets (7.4 GB) allowed, 3 packets (180 B) denied\n"
        "    packets   bytes  to\n"
        "  123456789  7.4 GB  api.example.com         tcp/443, udp/443\n"
        "         12   720 B  203.0.113.0/24          tcp/22\n"
        "          0     0 B  2001:db8::/32           tcp               never used\n"
        "          7   420 B  cdn.example.com (live)  tcp/443           shared\n"
        "         40  2.4 kB  (resolvers)             any/53\n"
        "\n"
        "idle (uid 5): 0 packets (0 B) allowed\n"
        "\n"
        "5 packets (300 B) denied in all; 2 packets (120 B) were not a subject's\n"
        "9 packets (648 B) accepted by the baseline\n"
        "987654 packets (999.9 MB) of open connections (established, related); a grant counts only the packets that "
        "open one\n"
        "shared: other grants open some of it too, and each counts it\n");
}

TEST_CASE("amounts are short") {
  const std::pair<std::uint64_t, std::string_view> rows[] = {
      {0, "0 B"},         {999, "999 B"},         {1000, "1.0 kB"},          {999949, "999.9 kB"},
      {999950, "1.0 MB"}, {1500000000, "1.5 GB"}, {1000000000000, "1.0 TB"}, {18446744073709551615U, "18.4 EB"},
  };
  for (const auto& [bytes, text] : rows) {
    Usage one = usage(subject({}));
    one.subjects[0].allowed = {1, bytes};
    CHECK(describe_usage(one, false) == "agent (uid 1001, 2000-2015): 1 packet (" + std::string(text) +
                                            ") allowed, 0 packets (0 B) denied\n" + last_lines);
  }
}

TEST_CASE("what a grant is not used for has its reason") {
  Usage all = usage(subject(
      {grant("a.example.com", {"tcp"}, {}), grant("b.example.com", {"tcp"}, {}), grant("c.example.com", {"tcp"}, {})}));
  all.subjects[0].grants[1].loaded = false;
  all.subjects[0].grants[2].loaded = false;
  all.subjects[0].grants[2].expired = true;
  const std::string text = describe_usage(all, false);
  CHECK(holds(text, "a.example.com  tcp  never used\n"));
  CHECK(holds(text, "b.example.com  tcp  not loaded\n"));
  CHECK(holds(text, "c.example.com  tcp  expired\n"));
}

TEST_CASE("of many grants those that are used most are shown, in the order of the policy") {
  std::vector<GrantUsage> many;
  for (std::uint64_t i = 0; i < 100; ++i)
    many.push_back(grant("n" + std::to_string(i) + ".example.com", {"tcp"}, {i % 10 == 3 ? i : i % 2, 0}));
  const std::string text = describe_usage(usage(subject(many)), false, 3);
  CHECK(holds(text,
              "       73    0 B  n73.example.com  tcp\n"
              "       83    0 B  n83.example.com  tcp\n"
              "       93    0 B  n93.example.com  tcp\n"
              "  97 more grants: 47 used, 50 not\n"));
  CHECK(!holds(text, "n63."));
  CHECK(!holds(describe_usage(usage(subject(many)), false, 100), "more grant"));
  CHECK(holds(describe_usage(usage(subject(many)), false, 99), "  1 more grant: 0 used, 1 not\n"));
}

TEST_CASE("what an input wrote is short, and cannot reach a terminal") {
  std::vector<std::string> services;
  for (int i = 1; i < 9; ++i) services.push_back("tcp/" + std::to_string(i));
  Usage one = usage(subject({grant(std::string(60, 'a') + ".example.com", services, {1, 1}),
                             grant("b.example.com", {"tcp/1", "tcp/2", "tcp/3", "tcp/4", "tcp/5"}, {1, 1})}));
  one.subjects[0].label = "a\033[2J";
  const std::string text = describe_usage(one, false);
  CHECK(holds(text, "a\\x1b[2J (uid"));
  CHECK(!holds(text, "\033"));
  CHECK(holds(text, ".example.com  tcp/1, tcp/2, tcp/3, tcp/4 and 4 more\n"));
  CHECK(holds(text, "  tcp/1, tcp/2, tcp/3, tcp/4, tcp/5\n"));
}

TEST_CASE("what somebody added is said") {
  Usage all = usage(subject({}));
  all.strangers = 1;
  all.unattributed = {4, 240};
  CHECK(holds(describe_usage(all, false),
              "\n4 packets (240 B) passed by 1 element or rule that is not of this policy\n"));
  all.strangers = 2;
  CHECK(holds(describe_usage(all, false), " passed by 2 elements or rules that are not of this policy\n"));
}

TEST_CASE("a table that does not count by element, and one that denies nothing") {
  Usage all = usage(subject({grant("a.example.com", {"tcp"}, {})}));
  all.by_grant = false;
  all.monitors = true;
  all.subjects[0].resolvers = ResolverUsage{};
  CHECK(describe_usage(all, false) ==
        "agent (uid 1001, 2000-2015): 1 packet (60 B) allowed, 0 packets (0 B) would have been denied\n"
        "\n"
        "0 packets (0 B) would have been denied in all; by whom is not known\n"
        "0 packets (0 B) of open connections (established, related); a grant counts only the packets that open one\n"
        "The sets in this table do not count by element: apply the policy again to see what each grant does\n");
}

TEST_CASE("where connections are cut, grants count every packet") {
  Usage all = usage(subject({}));
  all.opening_only = false;
  CHECK(holds(describe_usage(all, false),
              "\n0 packets (0 B) of answers and of connections without an owner; a grant counts every packet\n"));
}

TEST_CASE("colors are switched off again on every line") {
  Usage all = usage(subject({grant("a.example.com", {"tcp"}, {}), grant("b.example.com", {"tcp"}, {1, 1})}));
  all.subjects[0].denied = Count{1, 1};
  all.strangers = 1;
  const std::string text = describe_usage(all, true);
  CHECK(holds(
      text,
      "\033[1magent (uid 1001, 2000-2015)\033[0m: 1 packet (60 B) allowed, \033[31m1 packet (1 B) denied\033[0m\n"));
  CHECK(holds(text, "\033[2m        0    0 B  a.example.com  tcp  never used\033[0m\n"));
  CHECK(holds(text, "\n        1    1 B  b.example.com  tcp\n"));
  std::size_t open = 0;
  for (std::size_t at = text.find('\033'); at != text.npos; at = text.find('\033', at + 1)) {
    const bool ends = text.compare(at, 4, "\033[0m") == 0;
    open += ends ? -1 : 1;
    CHECK(open <= 1);
  }
  CHECK(open == 0);
}

TEST_CASE("JSON, into a document that is open") {
  Usage all = usage(subject({grant("a.example.com", {"tcp/443"}, {18446744073709551615U, 60})}));
  all.subjects[0].grants[0].where = {"p.yaml", 5, 9};
  all.subjects[0].resolvers = ResolverUsage{{1, 2}, true};
  all.denied_others = Count{3, 4};
  JsonText json;
  json.open_object();
  json.key("usage");
  add_usage(json, all);
  json.close();
  CHECK(json.print() == R"({
  "usage": {
    "by_grant": true,
    "monitor": false,
    "opening_only": true,
    "subjects": [
      {
        "subject": "agent",
        "uids": [
          "1001",
          "2000-2015"
        ],
        "gids": [],
        "allowed": {
          "packets": 1,
          "bytes": 60
        },
        "denied": {
          "packets": 0,
          "bytes": 0
        },
        "resolvers": {
          "packets": 1,
          "bytes": 2,
          "shared": true
        },
        "grants": [
          {
            "file": "p.yaml",
            "line": 5,
            "to": "a.example.com",
            "names": [
              "a.example.com"
            ],
            "services": [
              "tcp/443"
            ],
            "live": false,
            "packets": 18446744073709551615,
            "bytes": 60,
            "shared": false,
            "loaded": true,
            "expired": false
          }
        ]
      }
    ],
    "established": {
      "packets": 0,
      "bytes": 0
    },
    "baseline": {
      "packets": 0,
      "bytes": 0
    },
    "denied": {
      "packets": 0,
      "bytes": 0
    },
    "denied_others": {
      "packets": 3,
      "bytes": 4
    },
    "unattributed": {
      "packets": 0,
      "bytes": 0
    },
    "strangers": 0
  }
}
)");
}
