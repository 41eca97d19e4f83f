// dnsmasq 2.90 as it was seen to do: a line names domains and sets; of the domains that a question is or lies below the
// longest counts, and of two lines for one domain the first.
#include <fmt/core.h>

#include <map>
#include <utility>

#include "egressc/name.h"
#include "egressc/readers.h"
#include "readers/meaning/numbers.h"

namespace egressc::readers {
namespace {

struct FilledSet {
  std::string name;
  bool ipv4 = true;
  bool ipv6 = true;
};

using Lines = std::map<std::string, std::vector<FilledSet>, std::less<>>;  // by the domain's key

class DnsmasqReader {
 public:
  DnsmasqReader(const std::string& file, SetKind kind, Diagnostics& diagnostics)
      : kind_(kind), diagnostics_(diagnostics), where_{file, 0, 0} {}

  std::optional<ResolverSets> read(std::string_view text) {
    while (!text.empty() && !failed_) {
      line_ = take_line(text);
      ++where_.line;
      read_line(line_);
    }
    if (failed_) return std::nullopt;
    if (!lines_.empty() && !cacheless_)
      diagnostics_.warning({where_.file, 0, 0}, "an answer from dnsmasq's cache fills no set",
                           "cache-size=0 makes every answer fill the sets");
    return sets();
  }

 private:
  void fail(std::string message, std::string hint = {}) {
    failed_ = true;
    diagnostics_.error(where_, std::move(message), std::move(hint), std::string(line_.substr(0, 200)));
  }

  void read_line(std::string_view line) {
    constexpr std::string_view blanks = " \t\r";
    constexpr std::size_t longest = 1023;  // MAXDNAME of dnsmasq's dns-protocol.h, less its ends
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    if (line.empty() || line.front() == '#') return;
    if (line.size() > longest) return fail(fmt::format("dnsmasq reads lines of {} bytes", longest));
    line = line.substr(0, line.find_first_of(blanks));
    const std::string_view option = take_until(line, '=');
    cacheless_ |= option == "cache-size" && line == "0";
    if (option == "conf-file" || option == "conf-dir" || option == "servers-file")
      diagnostics_.warning(where_, fmt::format("what {} names is not read", option), {}, std::string(line_));
    if (option == (kind_ == SetKind::nftables ? "nftset" : "ipset")) read_sets(line);
  }

  // "/api.example.com/example.org/4#inet#egressc#n_1_4,6#inet#egressc#n_1_6"
  void read_sets(std::string_view rest) {
    constexpr std::string_view form =
        "for example nftset=/api.example.com/4#inet#egressc#SET, or ipset=/api.example.com/SET";
    if (!take(rest, "/")) return fail("a name has to stand between two slashes", std::string(form));
    std::vector<std::string> domains;
    while (rest.find('/') != rest.npos) {
      const std::string_view word = take_until(rest, '/');
      const auto name = DomainName::parse(word);
      if (!name) return fail(fmt::format("\"{}\" is no name of a host", printable(word, 80)), std::string(form));
      domains.push_back(name->key());
    }
    std::vector<FilledSet> filled;
    while (!rest.empty())
      if (auto set = filled_set(take_until(rest, ','))) filled.push_back(std::move(*set));
    for (std::string& domain : domains) {
      if (lines_.contains(domain))
        diagnostics_.warning(where_, fmt::format("of two lines for {} dnsmasq heeds the first", printable(domain)));
      lines_.emplace(std::move(domain), filled);
    }
  }

  // nullopt for what is no set of ours: "6#ip#filter#some".
  std::optional<FilledSet> filled_set(std::string_view text) const {
    FilledSet set;
    if (kind_ == SetKind::nftables) {
      if (text.starts_with("4#") || text.starts_with("6#")) {
        set.ipv4 = text.front() == '4';
        set.ipv6 = !set.ipv4;
        text.remove_prefix(2);
      }
      if (!take(text, "inet#egressc#")) return std::nullopt;
    }
    set.name = text;
    return set;
  }

  ResolverSets sets() const {
    ResolverSets sets;
    std::map<std::string_view, std::vector<std::string_view>> below;  // a domain: those nearer, of the names below it
    for (const auto& [domain, filled] : lines_)
      for (std::size_t dot = domain.find('.'); dot != domain.npos; dot = domain.find('.', dot + 1))
        if (const auto above = lines_.find(std::string_view(domain).substr(dot + 1)); above != lines_.end())
          below[above->first].push_back(domain);
    for (const auto& [domain, filled] : lines_)
      for (const FilledSet& set : filled) {
        if (is_filled_above(domain, set)) continue;  // it is below a name that fills the same set
        add(sets.surely, set, domain);
        add(sets.possibly, set, domain);
        const auto pattern = DomainName::parse_pattern("*." + domain);
        if (!pattern) continue;  // too long a name for one to be below it
        const std::string label = live_label(*pattern);
        sets.possibly[set.name].push_back({label, set.ipv4, set.ipv6});
        const auto nearer = below.find(domain);
        if (nearer == below.end() || std::all_of(nearer->second.begin(), nearer->second.end(),
                                                 [&](std::string_view name) { return fills(name, set); }))
          sets.surely[set.name].push_back({label, set.ipv4, set.ipv6});
      }
    return sets;
  }

  static void add(FilledSets& sets, const FilledSet& set, const std::string& domain) {
    sets[set.name].push_back({live_label(*DomainName::parse(domain)), set.ipv4, set.ipv6});
  }

  bool is_filled_above(std::string_view domain, const FilledSet& set) const {
    for (std::size_t dot = domain.find('.'); dot != domain.npos; dot = domain.find('.', dot + 1)) {
      const std::string_view above = domain.substr(dot + 1);
      if (lines_.contains(above) && fills(above, set)) return true;
    }
    return false;
  }

  bool fills(std::string_view domain, const FilledSet& wanted) const {
    const auto& filled = lines_.find(domain)->second;
    return std::any_of(filled.begin(), filled.end(), [&](const FilledSet& set) {
      return set.name == wanted.name && set.ipv4 >= wanted.ipv4 && set.ipv6 >= wanted.ipv6;
    });
  }

  SetKind kind_;
  Diagnostics& diagnostics_;
  Location where_;
  std::string_view line_;
  Lines lines_;
  bool cacheless_ = false;
  bool failed_ = false;
};

}  // namespace
}  // namespace egressc::readers

namespace egressc {

std::vector<Address> LiveNames::markers_of(std::string_view name, std::string_view label, Family family) const {
  if (filled == nullptr) return {markers->marker(label, family)};
  std::vector<Address> made;
  const auto found = filled->find(name);
  if (found == filled->end()) return made;
  for (const Filling& filling : found->second)
    if (family == Family::ipv4 ? filling.ipv4 : filling.ipv6) made.push_back(markers->marker(filling.label, family));
  return made;
}

std::optional<ResolverSets> read_dnsmasq(std::string_view text, const std::string& file, SetKind kind,
                                         Diagnostics& diagnostics) {
  return readers::DnsmasqReader(file, kind, diagnostics).read(text);
}

}  // namespace egressc
