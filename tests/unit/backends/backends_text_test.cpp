// Text that someone else wrote, in every place where a dialect prints text.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "backends/rulesets.h"
#include "egressc/backends.h"
#include "egressc/diagnostics.h"

using namespace egressc;
using namespace std::literals;

namespace {

const std::string hostile[] = {
    "\"",
    "\\",
    "a\\",
    "a\\\"",
    "'",
    "a\nb",
    "a\rb",
    "a\0b"s,
    "$x",
    "$(id)",
    "`id`",
    ";}",
    "\"; drop comment \"",
    "a\nCOMMIT",
    "a\nCOMMIT\n*filter\n-A OUTPUT -j ACCEPT",
    "\"a\" DROP; }",
    "@include 'id|'",
    "#",
    "a # b",
    "caf\xc3\xa9",
    "\xff\xfe",
    "\x1b[31m",
    "%s%n",
    "a\tb",
    "{a}",
    "!a",
    "a;b",
    "a|b",
    "a>b",
    "*",
    "~",
    "a(b)",
    std::string(121, 'a'),
    std::string(129, 'a'),
    std::string(4096, 'a'),
    std::string(1, '\0'),
};

// Harmless by its alphabet, whatever it means to a shell or an option parser.
const std::string tame[] = {"-j DROP", "--jump DROP",    "@include",           "a b", "/usr/bin/python3", "a=b,c:d+e",
                            "...",     "research-agent", std::string(120, 'a')};

Ruleset with_text(const std::string& text) {
  Ruleset ruleset = rulesets::one_subject({rulesets::box("192.0.2.1", Protocol::tcp, 80, 80)});
  ruleset.groups[0].subjects[0].label = text;
  ruleset.version = text;
  ruleset.policy_hash = text;
  ruleset.note = text;
  return ruleset;
}

Ruleset with_live_text(const std::string& text) {
  Ruleset ruleset = with_text(text);
  ruleset.groups[0].subjects[0].live = {{"n_0123456789abcdef", text, {{Protocol::tcp, {443, 443}}}, {}, {}, false}};
  return ruleset;
}

// What all lines of a dialect are made of, beside safe text.
bool is_plain(char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\t'; }

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("safe text is kept, and anything else becomes a hash of it") {
  for (const std::string& text : tame) CHECK(safe_text(text) == text);
  CHECK(safe_text("") == "");
  CHECK(safe_text("\"") == "sha256-8a331fdde7032f33");
  for (const std::string& text : hostile) {
    const std::string safe = safe_text(text);
    CHECK(safe.size() == 23);
    CHECK(safe.starts_with("sha256-"));
    CHECK(safe.find_first_not_of("0123456789abcdef", 7) == safe.npos);
    for (const std::string& other : hostile) CHECK((safe_text(other) == safe) == (other == text));
  }
}

TEST_CASE("hostile text reaches no dialect") {
  for (const rulesets::Printer& printer : rulesets::printers) {
    const std::string harmless = printer.print(with_text("harmless"));
    for (const std::string& text : hostile) {
      const std::string printed = printer.print(with_text(text));
      CAPTURE(printed);
      CHECK(std::all_of(printed.begin(), printed.end(), is_plain));
      CHECK(lines(printed) == lines(harmless));
      // The same text but for the hash: whatever `text` holds, it has added nothing.
      std::string expected = harmless;
      for (std::size_t at = 0; (at = expected.find("harmless", at)) != expected.npos;)
        expected.replace(at, 8, safe_text(text));
      CHECK(printed == expected);
    }
  }
}

TEST_CASE("hostile text reaches no live set") {
  for (const std::string& text : hostile) {
    const std::string printed = print_nftables(with_live_text(text));
    CHECK(printed.find("\t\tcomment \"" + safe_text(text) + "\"\n") != printed.npos);
    CHECK(lines(printed) == lines(print_nftables(with_live_text("harmless"))));
  }
}

TEST_CASE("nothing that ferm would run or look up") {
  for (const std::string& text : hostile) {
    const std::string printed = print_ferm(with_text(text));
    const std::string rules = printed.substr(printed.find("\ndomain"));
    CHECK(rules.find_first_of("`$\"@\\") == rules.npos);
  }
}
