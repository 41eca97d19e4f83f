#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "model/values/nft_table.h"

namespace egressc::model {
namespace {

std::string_view keyword(Family family) { return family == Family::ipv4 ? "ip" : "ip6"; }

template <typename Number>
void append_range(std::string& text, Number first, Number last) {
  text += std::to_string(first);
  if (first == last) return;
  text += '-';
  text += std::to_string(last);
}

template <typename Range>
std::string to_text(const Range& range) {
  std::string text;
  append_range(text, range.first, range.last);
  return text;
}

std::string to_text(const NftDispatch::Entry& entry) {
  return fmt::format("{} : goto {}", to_text(entry.ids), entry.chain);
}

struct TypeName {
  Family family;
  std::uint8_t type;
  std::string_view name;
};

// icmp_type and icmpv6_type of `nft describe`.
constexpr TypeName type_names[] = {
    {Family::ipv4, 3, "destination-unreachable"}, {Family::ipv4, 8, "echo-request"},
    {Family::ipv4, 11, "time-exceeded"},          {Family::ipv4, 12, "parameter-problem"},
    {Family::ipv6, 1, "destination-unreachable"}, {Family::ipv6, 2, "packet-too-big"},
    {Family::ipv6, 3, "time-exceeded"},           {Family::ipv6, 4, "parameter-problem"},
    {Family::ipv6, 128, "echo-request"},          {Family::ipv6, 131, "mld-listener-report"},
    {Family::ipv6, 132, "mld-listener-done"},     {Family::ipv6, 133, "nd-router-solicit"},
    {Family::ipv6, 135, "nd-neighbor-solicit"},   {Family::ipv6, 136, "nd-neighbor-advert"},
    {Family::ipv6, 143, "mld2-listener-report"},
};

std::string type_name(Family family, std::uint8_t type) {
  for (const TypeName& one : type_names)
    if (one.family == family && one.type == type) return std::string(one.name);
  return std::to_string(type);
}

std::string_view key_of(bool has_services) { return has_services ? "daddr . meta l4proto . th dport" : "daddr"; }

// "BEFORE{ a, b }", or an element a line.
template <typename List, typename ToText>
void append_list(std::string& text, const List& list, std::string_view begin, std::string_view between,
                 std::string_view end, ToText one_text) {
  std::string_view before = begin;
  for (const auto& one : list) {
    text += std::exchange(before, between);
    text += one_text(one);
  }
  text += end;
}

class StatementText {
 public:
  explicit StatementText(std::string& text) : text_(text) {}

  void operator()(NftPhrase phrase) const {
    constexpr std::string_view phrases[] = {"ct direction reply",
                                            "ct state established,related",
                                            "oif \"lo\"",
                                            "meta skuid 0-4294967294",
                                            "counter",
                                            "accept",
                                            "drop",
                                            "reject with tcp reset",
                                            "reject with icmpx admin-prohibited"};
    text_ += phrases[static_cast<std::size_t>(phrase)];
  }
  void operator()(Family family) const { text_ += family == Family::ipv4 ? "meta nfproto ipv4" : "meta nfproto ipv6"; }
  void operator()(Protocol protocol) const { text_ += fmt::format("meta l4proto {}", to_string(protocol)); }
  void operator()(const NftIcmp& icmp) const {
    const auto name = [&](std::uint8_t type) { return type_name(icmp.family, type); };
    text_ += icmp.family == Family::ipv4 ? "icmp type " : "icmpv6 type ";
    if (icmp.types.size() == 1)
      text_ += name(icmp.types.front());
    else
      append_list(text_, icmp.types, "{ ", ", ", " }", name);
  }
  void operator()(NftHopLimit hops) const { text_ += fmt::format("ip6 hoplimit {}", hops.limit); }
  void operator()(const NftRoute& route) const {
    const std::string_view family = keyword(route.from.address.family);
    text_ += fmt::format("{} saddr {} {} daddr ", family, to_string(route.from), family);
    append_list(text_, route.destination, "{ ", ", ", " }", [](const Prefix& prefix) { return to_string(prefix); });
  }
  void operator()(NftPorts ports) const {
    const std::string_view protocol = to_string(ports.protocol);
    text_ += fmt::format("{} sport {} {} dport {}", protocol, ports.from, protocol, ports.destination);
  }
  void operator()(const NftDestinationPorts& ports) const {
    text_ += fmt::format("{} dport ", to_string(ports.protocol));
    append_list(text_, ports.ports, "{ ", ", ", " }", to_text<PortRange>);
  }
  void operator()(const NftLookup& lookup) const {
    text_ += fmt::format("{} {} @{}", keyword(lookup.family), key_of(lookup.has_services), lookup.set);
  }
  void operator()(const NftDispatch& dispatch) const {
    text_ += dispatch.by_gid ? "meta skgid vmap " : "meta skuid vmap ";
    append_list(text_, dispatch.entries, "{\n\t\t\t", ",\n\t\t\t", "\n\t\t}",
                [](const NftDispatch::Entry& entry) { return to_text(entry); });
  }
  void operator()(const NftLimit& limit) const {
    text_ += fmt::format("limit rate {}/{} burst {} packets", limit.rate, limit.per, limit.burst);
  }
  void operator()(const NftLog& log) const {
    text_ += fmt::format("log prefix \"{}\" ", log.prefix);
    text_ += log.group ? fmt::format("group {}", *log.group) : "level info flags skuid";
  }
  void operator()(const NftGoto& verdict) const { text_ += "goto " + verdict.chain; }

 private:
  std::string& text_;
};

void append_comment(std::string& text, std::string_view before, const std::string& comment, std::string_view after) {
  if (!comment.empty()) text += fmt::format("{}comment \"{}\"{}", before, comment, after);
}

void append_element(std::string& text, const NftSet& set, const NftElement& element) {
  text += to_string(element.address);
  if (set.has_services) {
    text += element.protocol == Protocol::tcp ? " . tcp . " : " . udp . ";
    append_range(text, element.ports.first, element.ports.last);
  }
  if (element.timeout) text.append(" timeout ").append(nft_duration(*element.timeout));
  if (element.expires) text.append(" expires ").append(nft_duration(*element.expires));
}

void append_set(std::string& text, const NftSet& set) {
  text += fmt::format("\tset {} {{\n\t\ttypeof {} {}\n", set.name, keyword(set.family), key_of(set.has_services));
  if (set.size != 0) text += fmt::format("\t\tsize {}\n", set.size);
  const bool times_out = set.timeout.count() != 0;
  if (set.has_intervals || times_out)
    text += fmt::format("\t\tflags {}{}{}\n", set.has_intervals ? "interval" : "",
                        set.has_intervals && times_out ? ", " : "", times_out ? "timeout" : "");
  if (times_out) text += fmt::format("\t\ttimeout {}\n", nft_duration(set.timeout));
  if (set.counts) text += "\t\tcounter\n";
  append_comment(text, "\t\t", set.comment, "\n");
  std::string_view before = "\t\telements = {\n\t\t\t";
  for (const NftElement& element : set.elements) {
    text += std::exchange(before, ",\n\t\t\t");
    append_element(text, set, element);
  }
  text += set.elements.empty() ? "\t}\n" : "\n\t\t}\n\t}\n";
}

void append_chain(std::string& text, const NftChain& chain) {
  text += fmt::format("\tchain {} {{\n", chain.name);
  append_comment(text, "\t\t", chain.comment, "\n");
  if (chain.drops)
    text += fmt::format("\t\ttype filter hook output priority filter; policy {};\n", *chain.drops ? "drop" : "accept");
  for (const NftRule& rule : chain.rules) {
    std::string_view before = "\t\t";
    for (const NftStatement& statement : rule.statements) {
      text += std::exchange(before, " ");
      std::visit(StatementText(text), statement);
    }
    append_comment(text, " ", rule.comment, "");
    text += '\n';
  }
  text += "\t}\n";
}

class CommandText {
 public:
  explicit CommandText(std::string& text) : text_(text) {}

  void operator()(const NftClear&) const { text_ += "add table inet egressc\ndelete table inet egressc\n"; }
  void operator()(const NftRemoval& removal) const {
    constexpr std::string_view words[] = {"flush chain", "delete chain", "delete set"};
    text_ += fmt::format("{} inet egressc {}\n", words[static_cast<std::size_t>(removal.what)], removal.name);
  }
  void operator()(const NftTable& table) const {
    text_ += "table inet egressc {\n";
    for (const auto& set : table.sets) append_set(text_, *set);
    for (const NftChain& chain : table.chains) append_chain(text_, chain);
    text_ += "}\n";
  }
  void operator()(const NftAddition& addition) const {
    text_ += fmt::format("add element inet egressc {} {{", addition.set->name);
    std::string_view before = "\n\t";
    for (const NftElement& element : addition.elements) {
      text_ += std::exchange(before, ",\n\t");
      append_element(text_, *addition.set, element);
    }
    text_ += "\n}\n";
  }

 private:
  std::string& text_;
};

}  // namespace
}  // namespace egressc::model

namespace egressc {

std::string nft_duration(std::chrono::milliseconds time) {
  struct Unit {
    std::int64_t size;
    std::string_view name;
  };
  std::int64_t left = time.count();
  std::string text;
  for (const Unit& unit :
       {Unit{86'400'000, "d"}, Unit{3'600'000, "h"}, Unit{60'000, "m"}, Unit{1000, "s"}, Unit{1, "ms"}}) {
    if (left >= unit.size) text += std::to_string(left / unit.size).append(unit.name);
    left %= unit.size;
  }
  return text.empty() ? "0s" : text;
}

std::string nft_text(const NftChange& change) {
  using namespace model;
  std::string text;
  for (const NftCommand& command : change.commands) std::visit(CommandText(text), command);
  return text;
}

NftPlace nft_place(const NftChange& change, std::uint32_t line) {
  using namespace model;
  std::string text;
  std::uint32_t lines = 0;
  // Whether the line is among those that are printed by now.
  const auto is_printed = [&] {
    lines += static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n'));
    text.clear();
    return line <= lines;
  };
  for (const NftCommand& command : change.commands) {
    const auto* const table = std::get_if<NftTable>(&command);
    if (table == nullptr)
      std::visit(CommandText(text), command);
    else
      text = "table inet egressc {\n";
    if (is_printed()) return {};
    if (table == nullptr) continue;
    for (const auto& set : table->sets) {
      append_set(text, *set);
      if (!is_printed()) continue;
      // Each element has a line, and two follow the last.
      const std::size_t behind = lines - line;
      const std::size_t count = set->elements.size();
      if (behind < 2 || behind >= count + 2) return {set->subject, {}};
      return {set->subject, set->elements[count + 1 - behind].address};
    }
    for (const NftChain& chain : table->chains) {
      append_chain(text, chain);
      if (is_printed()) return {chain.subject, {}};
    }
    ++lines;
  }
  return {};
}

}  // namespace egressc
