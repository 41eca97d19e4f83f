// The table of the dialects, and how far one more row reaches.
#include "prove/dialects.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

#include "egressc/lower.h"
#include "egressc/policy.h"
#include "kernel_twin.h"
#include "prove/verify.h"

using namespace egressc;

namespace {

// A dialect of this test: "allow FIRST-UID LAST-UID PROTOCOL FIRST-ADDRESS LAST-ADDRESS FIRST-PORT LAST-PORT", a line
// for each box, and "deny FIRST-UID LAST-UID" below those of a subject. Whoever is not spoken of may do anything.
std::string print_lines(const Ruleset& ruleset) {
  std::ostringstream out;
  for (const UidGroup& group : ruleset.groups)
    for (const SubjectRules& subject : group.subjects)
      for (const IdRange& uids : subject.uids) {
        for (const Box& box : subject.boxes)
          out << "allow " << uids.first << ' ' << uids.last << ' ' << (box.protocol == Protocol::tcp ? 6 : 17) << ' '
              << to_string(box.addresses.first) << ' ' << to_string(box.addresses.last) << ' ' << box.ports.first << ' '
              << box.ports.last << '\n';
        out << "deny " << uids.first << ' ' << uids.last << '\n';
      }
  return out.str();
}

std::optional<Filter> read_lines(const RulesText& text, Diagnostics& diagnostics) {
  FilterChain chain{"lines", {}, Verdict::accept};
  std::istringstream in{std::string(text.text)};
  Location where{text.file, 0, 0};
  for (std::string line; std::getline(in, line);) {
    ++where.line;
    std::istringstream words(line);
    std::string verb, first, last;
    unsigned protocol = 0;
    FlowBox box;
    words >> verb >> box.uids.first >> box.uids.last;
    if (verb == "allow") {
      words >> protocol >> first >> last >> box.ports.first >> box.ports.last;
      const auto from = parse_address(first), to = parse_address(last);
      if (!words || !from || !to) {
        diagnostics.error(where, "this is no line of the dialect");
        return std::nullopt;
      }
      box.protocols = {static_cast<std::uint8_t>(protocol), static_cast<std::uint8_t>(protocol)};
      box.addresses = AddressRange{*from, *to};
    }
    const FlowSpace flows(box);
    chain.rules.push_back({flows, flows, verb == "allow" ? Verdict::accept : Verdict::drop, {}, line, where, {}});
  }
  return Filter{{std::move(chain)}, {"lines"}};
}

std::vector<Dialect> with_lines() {
  std::vector<Dialect> rows(dialects().begin(), dialects().end());
  rows.push_back({.name = "lines",
                  .summary = "a dialect of this test",
                  .file_name = "policy.lines",
                  .operand = "lines",
                  .families = Families::both,
                  .print = print_lines,
                  .read = read_lines});
  return rows;
}

struct Compiled {
  Policy policy;
  Ruleset ruleset;
};

Compiled compiled() {
  Diagnostics diagnostics;
  auto policy = read_policy(R"(
egressc: 1
scope: subjects
subjects:
  agent:
    uid: 1001
    allow:
      - to: api.example.com
        ports: [tcp/443]
        addresses: [198.51.100.7, "2001:db8::7"]
      - {to: 203.0.113.0/25, ports: [udp/1000-1002, tcp]}
  builder:
    uid: 1002-1005
    allow:
      - {to: "2001:db8:1::/64", ports: [any/22]}
)",
                            "policy.yaml", nullptr, diagnostics);
  REQUIRE_MESSAGE(policy, diagnostics.render(false));
  auto lowered = lower_policy(*policy, {"0", std::nullopt, ""}, diagnostics);
  REQUIRE(lowered);
  return {std::move(*policy), std::move(lowered->ruleset)};
}

}  // namespace

TEST_CASE("the table of dialects") {
  std::vector<std::string_view> names;
  for (const Dialect& row : dialects()) names.push_back(row.name);
  CHECK(names == std::vector<std::string_view>{"nftables", "iptables-restore", "ip6tables-restore", "ferm", "ipset",
                                               "dnsmasq", "dnsmasq-ipset"});
  CHECK(find_dialect("pf") == nullptr);
  CHECK(find_dialect("") == nullptr);
  CHECK(find_dialect("ferm")->file_name == "policy.ferm");
}

TEST_CASE("every row has what its kind needs") {
  for (const Dialect& row : dialects()) {
    CAPTURE(row.name);
    CHECK(bool(row.print));
    CHECK(bool(row.read) == (row.kind == DialectKind::rules));
    CHECK(bool(row.fills) == (row.kind == DialectKind::resolver));
    CHECK((row.loaded_by != LoadedBy::nothing) == (row.kind == DialectKind::rules));
    CHECK(find_dialect(row.name) == &row);
    CHECK(find_operand_dialect(row.operand)->kind == row.kind);
  }
  CHECK(find_operand_dialect("iptables-restore") == find_dialect("iptables-restore"));
  CHECK(find_operand_dialect("dnsmasq") == nullptr);  // that is a format of logs
}

TEST_CASE("a text tells its row") {
  const Compiled made = compiled();
  for (const Dialect& row : dialects()) {
    if (row.kind != DialectKind::rules) continue;
    CAPTURE(row.name);
    CHECK(sniff_dialect(row.print(made.ruleset)) == &row);
  }
  CHECK(sniff_dialect("{\"nftables\": []}") == find_dialect("nftables"));
  CHECK(sniff_dialect("*filter\nCOMMIT\n") == nullptr);
  CHECK(sniff_dialect("") == nullptr);
}

TEST_CASE("one more row is printed, read back and proved") {
  const std::vector<Dialect> rows = with_lines();
  const Compiled made = compiled();
  CHECK(dialect_names(rows).size() == dialect_names().size() + 1);
  CHECK(find_operand_dialect("lines", rows) == &rows.back());

  Diagnostics diagnostics;
  std::vector<PrintedFile> files = print_dialect("lines", made.policy, made.ruleset, diagnostics, false, rows);
  REQUIRE(files.size() == 1);
  CHECK(files[0].name == "policy.lines");
  CHECK(files[0].text.find("allow 1001 1001 6 198.51.100.7 198.51.100.7 443 443\n") != std::string::npos);
  CHECK(differences(files, made.policy, std::nullopt, {}, rows) == "");

  const std::vector<PrintedFile> all = print_dialect("all", made.policy, made.ruleset, diagnostics, false, rows);
  CHECK(all.size() == 7);
  CHECK(find_printed(all, "lines") != nullptr);
  CHECK(differences(all, made.policy, std::nullopt, {}, rows) == "");

  // Nothing loads it, so a kernel is not asked.
  KernelTwin kernel;
  const auto by_kernel = kernel_differences(files, made.policy, std::nullopt, kernel, diagnostics, {}, rows);
  REQUIRE(by_kernel);
  CHECK(*by_kernel == "");
  CHECK(kernel.tried.empty());

  const std::string text = files[0].text;
  files[0].text.replace(text.find("443 443"), 7, "444 444");
  const std::string wrong = differences(files, made.policy, std::nullopt, {}, rows);
  CHECK_MESSAGE(wrong.starts_with("lines:\n"), wrong);
  CHECK(wrong.find("the policy denies it, the output may allow it") != wrong.npos);
  CHECK(wrong.find("the policy allows it, the output may deny it") != wrong.npos);
  files[0].text = "allow 1 2 x\n";
  CHECK(differences(files, made.policy, std::nullopt, {}, rows).find("policy.lines:1: error") != std::string::npos);
}
