#include "readers/ipset/ipset.h"

#include <fmt/core.h>

#include "readers/meaning/numbers.h"

namespace egressc::readers {
namespace {

constexpr Named<SetPart> part_names[] = {
    {"ip", SetPart::address}, {"net", SetPart::address}, {"port", SetPart::port}, {"iface", SetPart::interface},
    {"set", SetPart::member}, {"mac", SetPart::other},   {"mark", SetPart::other}};

// Of ipset(8).
constexpr std::string_view set_types[] = {"bitmap:ip",         "bitmap:ip,mac", "bitmap:port",     "hash:ip",
                                          "hash:mac",          "hash:ip,mac",   "hash:net",        "hash:net,net",
                                          "hash:ip,port",      "hash:net,port", "hash:ip,port,ip", "hash:ip,port,net",
                                          "hash:net,port,net", "hash:ip,mark",  "hash:net,iface",  "list:set"};

// An empty set of this type, "hash:ip,port"; nullopt if there is none.
std::optional<IpSet> set_of_type(std::string_view type) {
  if (!is_among(set_types, type)) return std::nullopt;
  IpSet set;
  set.all_protocols = type == "bitmap:port";
  set.any_family = set.all_protocols || type == "list:set" || type == "hash:mac";
  type.remove_prefix(type.find(':') + 1);
  while (!type.empty()) {
    if (const SetPart* part = find_named(part_names, take_until(type, ','))) set.parts.push_back(*part);
  }
  return set;
}

bool add_address(const IpSet& set, std::string_view text, Range& range) {
  const std::size_t dash = text.find('-');
  const auto first = parse_network(text.substr(0, dash), set.family);
  const auto last = dash == std::string_view::npos ? first : parse_network(text.substr(dash + 1), set.family);
  if (!first || !last || first->first > last->last) return false;
  const Number host = low_bits(set.host_bits);
  range = {first->first & ~host, last->last | host};
  return true;
}

// "80", "tcp:80", "udp:1000-2000", "icmp:echo-request", "gre:0"
bool add_port(const IpSet& set, std::string_view text, SetElement& element) {
  const std::size_t colon = text.find(':');
  element.protocol = ip_protocol::tcp;
  if (colon != std::string_view::npos) {
    const auto protocol = parse_ip_protocol(text.substr(0, colon));
    if (!protocol || protocol->first != protocol->last) return false;
    element.protocol = static_cast<std::uint8_t>(protocol->first);
    text.remove_prefix(colon + 1);
  }
  const bool icmp = is_icmp(element.protocol);
  auto ports = icmp ? parse_icmp(text, set.family) : parse_range(text, '-', 65535);
  if (!ports) return false;
  if (icmp) ports->last = ports->first;  // a name stands for one code
  element.first_port = static_cast<std::uint16_t>(ports->first);
  element.last_port = static_cast<std::uint16_t>(ports->last);
  return true;
}

void add_name(IpSet& set, std::string_view text, SetElement& element) {
  element.name = static_cast<std::uint32_t>(set.names.size());
  set.names.emplace_back(text);
}

// Options by the number of values that follow. Those that do not change what a set matches:
constexpr Named<unsigned> set_options[] = {{"hashsize", 1}, {"maxelem", 1},  {"bucketsize", 1}, {"initval", 1},
                                           {"counters", 0}, {"comment", 0},  {"skbinfo", 0},    {"forceadd", 0},
                                           {"size", 1},     {"range", 1},    {"probes", 1},     {"resize", 1},
                                           {"gc", 1},       {"markmask", 1}, {"-exist", 0}};

constexpr Named<unsigned> element_options[] = {{"packets", 1}, {"bytes", 1},    {"comment", 1}, {"skbmark", 1},
                                               {"skbprio", 1}, {"skbqueue", 1}, {"-exist", 0}};

// What follows commands that no dump holds.
constexpr std::string_view other_commands[] = {"del",  "destroy", "flush",   "rename", "swap",  "test",
                                               "list", "save",    "restore", "-!",     "-exist"};

// The next word; what stands in double quotes is one, and has no escapes.
std::string_view take_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  const bool quoted = rest.starts_with('"');
  const std::string_view ends = quoted ? "\"" : " \t";
  if (quoted) rest.remove_prefix(1);
  const std::size_t end = std::min(rest.find_first_of(ends), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(quoted ? std::min(end + 1, rest.size()) : end);
  return word;
}

class IpSetReader {
 public:
  IpSetReader(const std::string& file, Diagnostics& diagnostics) : diagnostics_(diagnostics), where_{file, 0, 0} {}

  std::optional<IpSets> read(std::string_view text) {
    while (!text.empty() && !failed_) {
      line_ = take_line(text);
      ++where_.line;
      read_line();
    }
    if (failed_) return std::nullopt;
    return IpSets(table_);
  }

 private:
  void fail(std::string message, std::string hint = "\"ipset save\" prints what is read here") {
    failed_ = true;
    diagnostics_.error(where_, std::move(message), std::move(hint), std::string(line_.substr(0, 200)));
  }

  void read_line() {
    rest_ = line_;
    const std::string_view command = take_word(rest_);
    if (command == "#") return note_live();
    if (command.empty() || command.starts_with('#') || command == "COMMIT") return;
    if (command == "create" || command == "-N") return create();
    if (command == "add" || command == "-A") return add();
    if (is_among(other_commands, command))
      return fail(fmt::format("command {} is no part of a dump", command),
                  "restore it in a network namespace of its own and read what \"ipset save\" prints");
    fail("this is no line of \"ipset save\"");
  }

  // "# live n_1: api.example.com": of the sets n_1_4 and n_1_6.
  void note_live() {
    if (take_word(rest_) != "live") return;
    std::string_view name = take_word(rest_);
    if (!name.ends_with(':') || !rest_.starts_with(' ') || rest_.size() == 1) return;
    name.remove_suffix(1);
    for (const char* const family : {"_4", "_6"})
      table_->live.emplace(fmt::format("{}{}", name, family), std::vector{Filling{std::string(rest_.substr(1))}});
  }

  void create() {
    const std::string name(take_word(rest_));
    const std::string_view type = take_word(rest_);
    if (name.empty() || type.empty()) return fail("a set has a name and a type");
    std::optional<IpSet> made = set_of_type(type);
    if (!made) {
      made.emplace();
      made->not_known = fmt::format("it is of type {}, which is not understood", printable(type, 40));
    }
    while (!failed_ && !rest_.empty()) read_set_option(*made);
    if (failed_) return;
    if (!table_->sets.emplace(name, std::move(*made)).second) return fail("the set is created twice");
  }

  void read_set_option(IpSet& set) {
    const std::string_view name = take_word(rest_);
    if (name.empty()) return;
    if (const unsigned* values = find_named(set_options, name)) {
      if (*values == 1) take_word(rest_);
    } else if (name == "family") {
      const std::string_view family = take_word(rest_);
      if (family != "inet" && family != "inet6") return fail("a family is inet or inet6");
      set.family = family == "inet" ? Family::ipv4 : Family::ipv6;
    } else if (name == "timeout") {
      const auto seconds = parse_decimal(take_word(rest_), UINT32_MAX);
      if (!seconds) return fail("a timeout is a number of seconds");
      set.expires = *seconds != 0;
    } else if (name == "netmask") {
      const unsigned bits = address_bits(set.family);
      const auto length = parse_decimal(take_word(rest_), bits);
      if (!length) return fail("a netmask is the length of a prefix, and comes after the family");
      set.host_bits = bits - static_cast<unsigned>(*length);
    } else {
      set.not_known = fmt::format("option {} is not understood", printable(name, 40));
      rest_ = {};
    }
  }

  void add() {
    const std::string_view name = take_word(rest_);
    const std::string_view text = take_word(rest_);
    if (text.empty()) return fail("an element is missing");
    IpSet* set = find_set(name);
    if (!set) return fail("the set is not created before");
    if (!set->not_known.empty()) return;
    SetElement options;
    options.expires = set->expires;
    while (!failed_ && !rest_.empty()) read_element_option(options);
    if (!failed_ && !add_element(*set, text, options))
      fail(fmt::format("element {} is not understood", printable(text, 60)));
  }

  // Elements of a set stand together.
  IpSet* find_set(std::string_view name) {
    if (last_ && name == last_name_) return last_;
    const auto found = table_->sets.find(std::string(name));
    if (found == table_->sets.end()) return nullptr;
    last_name_ = found->first;
    return last_ = &found->second;
  }

  void read_element_option(SetElement& element) {
    const std::string_view name = take_word(rest_);
    if (name.empty()) return;
    if (const unsigned* values = find_named(element_options, name)) {
      if (*values == 1) take_word(rest_);
    } else if (name == "timeout") {
      element.expires = take_word(rest_) != "0";
    } else if (name == "nomatch") {
      element.nomatch = true;
    } else if (name == "wildcard") {
      element.wildcard = true;
    } else {
      fail(fmt::format("option {} of an element is not understood", printable(name, 40)));
    }
  }

  std::shared_ptr<IpSetTable> table_ = std::make_shared<IpSetTable>();
  Diagnostics& diagnostics_;
  Location where_;
  std::string_view line_;
  std::string_view rest_;
  IpSet* last_ = nullptr;
  std::string_view last_name_;
  bool failed_ = false;
};

}  // namespace

bool add_element(IpSet& set, std::string_view text, SetElement element) {
  std::size_t addresses = 0;
  for (const SetPart part : set.parts) {
    const std::string_view item = take_until(text, ',');
    if (item.empty() && part == SetPart::other) continue;  // of bitmap:ip,mac: one that is learnt from the first packet
    if (item.empty()) return false;
    if (part == SetPart::address && !add_address(set, item, element.addresses[addresses++])) return false;
    if (part == SetPart::port && !add_port(set, item, element)) return false;
    if (part == SetPart::interface || part == SetPart::member) add_name(set, item, element);
  }
  if (!text.empty()) return false;
  set.elements.push_back(element);
  return true;
}

}  // namespace egressc::readers

namespace egressc {

const FilledSets& IpSets::filled() const { return table_->live; }

std::optional<IpSets> read_ipsets(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  return readers::IpSetReader(file, diagnostics).read(text);
}

}  // namespace egressc
