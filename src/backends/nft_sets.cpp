#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "backends/dialects.h"
#include "backends/nft.h"
#include "egressc/backends.h"
#include "egressc/diagnostics.h"

namespace egressc::backends {
namespace {

constexpr Family families[] = {Family::ipv4, Family::ipv6};

std::string_view keyword(Family family) { return family == Family::ipv4 ? "ip" : "ip6"; }

int suffix(Family family) { return static_cast<int>(family); }

std::string ports(const PortRange& range) {
  if (range.first == range.last) return fmt::format("{}", range.first);
  return fmt::format("{}-{}", range.first, range.last);
}

// Adds "elements = { … }", a line each.
class Elements {
 public:
  explicit Elements(std::string& text) : text_(text) {}
  void add(std::string_view element) {
    text_ += is_first_ ? "\t\telements = {\n\t\t\t" : ",\n\t\t\t";
    text_ += element;
    is_first_ = false;
  }
  void end() {
    if (!is_first_) text_ += "\n\t\t}\n";
  }

 private:
  std::string& text_;
  bool is_first_ = true;
};

// `counter` in a set counts each element by itself: how much a grant is used shows nowhere else.
void print_boxes(std::string& text, const SubjectRules& rules, Family family) {
  fmt::format_to(std::back_inserter(text),
                 "\tset {}_{} {{\n\t\ttypeof {} daddr . meta l4proto . th dport\n\t\tflags interval\n\t\tcounter\n",
                 rules.chain, suffix(family), keyword(family));
  Elements elements(text);
  for (const Box& box : rules.boxes) {
    if (box.addresses.first.family != family) continue;
    for (const Prefix& prefix : prefixes_of(box.addresses))
      elements.add(fmt::format("{} . {} . {}", to_string(prefix), to_string(box.protocol), ports(box.ports)));
  }
  elements.end();
  text += "\t}\n";
}

void print_echo(std::string& text, const SubjectRules& rules, Family family) {
  fmt::format_to(std::back_inserter(text),
                 "\tset {}_echo_{} {{\n\t\ttypeof {} daddr\n\t\tflags interval\n\t\tcounter\n", rules.chain,
                 suffix(family), keyword(family));
  Elements elements(text);
  for (const Prefix& prefix : rules.echo)
    if (prefix.address.family == family) elements.add(to_string(prefix));
  elements.end();
  text += "\t}\n";
}

void print_live(std::string& text, const LiveSet& set, Family family) {
  const auto is_here = [&](const Prefix& prefix) { return prefix.address.family == family; };
  const bool has_networks = std::any_of(set.addresses.begin(), set.addresses.end(),
                                        [&](const Prefix& prefix) { return is_here(prefix) && !prefix.is_single(); });
  fmt::format_to(std::back_inserter(text),
                 "\tset {}_{} {{\n\t\ttypeof {} daddr\n\t\tsize {}\n\t\tflags {}timeout\n\t\ttimeout {}h\n",
                 set.identifier, suffix(family), keyword(family), most_live_addresses, has_networks ? "interval, " : "",
                 live_seconds / 3600);
  if (!set.comment.empty()) fmt::format_to(std::back_inserter(text), "\t\tcomment \"{}\"\n", safe_text(set.comment));
  Elements elements(text);
  for (const Prefix& prefix : set.addresses)
    if (is_here(prefix)) elements.add(to_string(prefix));
  elements.end();
  text += "\t}\n";
}

}  // namespace

bool has_boxes(const SubjectRules& rules, Family family) {
  return std::any_of(rules.boxes.begin(), rules.boxes.end(),
                     [&](const Box& box) { return box.addresses.first.family == family; });
}

bool has_echo(const SubjectRules& rules, Family family) {
  return std::any_of(rules.echo.begin(), rules.echo.end(),
                     [&](const Prefix& prefix) { return prefix.address.family == family; });
}

void print_sets(std::string& text, const SubjectRules& rules, std::set<std::string_view>& live) {
  for (const Family family : families)
    if (has_boxes(rules, family)) print_boxes(text, rules, family);
  for (const Family family : families)
    if (has_echo(rules, family)) print_echo(text, rules, family);
  for (const LiveSet& set : rules.live)
    if (live.insert(set.identifier).second)
      for (const Family family : families) print_live(text, set, family);
}

}  // namespace egressc::backends
