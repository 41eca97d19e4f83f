// The counters in a listing of the table inet egressc.

#include "model/values/counters.h"
#include "readers/nft_json/document.h"
#include "readers/nft_json/ruleset.h"

namespace egressc::readers {
namespace {

constexpr std::string_view listing_hint = "what \"nft -j -a list table inet egressc\" prints is read";

NftKeys keys_of(const Json* type) {
  const auto key_of = [](std::string_view name) {
    NftKey key;
    if (name == "ipv4_addr" || name == "ipv6_addr") {
      key.kind = NftKey::Kind::address;
      key.family = name == "ipv4_addr" ? Family::ipv4 : Family::ipv6;
    } else if (name == "inet_proto") {
      key.kind = NftKey::Kind::protocol;
    } else if (name == "inet_service") {
      key.kind = NftKey::Kind::port;
    }
    return key;
  };
  NftKeys keys;
  if (type == nullptr) return keys;
  if (!type->IsArray()) return {key_of(text_of(*type))};
  for (const Json& part : type->GetArray()) keys.push_back(key_of(text_of(part)));
  return keys;
}

// False if it is of another shape than egressc's.
bool read_part(const Json& value, const NftKey& key, ElementCount& element) {
  const NftValue range = read_value(value, key);
  if (!range.is_exact() || range.sure.first > range.sure.last) return false;
  switch (key.kind) {
    case NftKey::Kind::address:
      element.addresses = addresses_of(*key.family, range.sure);
      return true;
    case NftKey::Kind::protocol:
      if (range.sure.first != range.sure.last) return false;
      if (range.sure.first != ip_protocol::tcp && range.sure.first != ip_protocol::udp) return false;
      element.protocol = range.sure.first == ip_protocol::tcp ? Protocol::tcp : Protocol::udp;
      return true;
    case NftKey::Kind::port:
      element.ports = span_of<PortRange>(range.sure);
      return true;
    default:
      return false;
  }
}

bool read_parts(const Json& value, const NftKeys& keys, ElementCount& element) {
  if (keys.size() == 1) return keys.front().kind == NftKey::Kind::address && read_part(value, keys.front(), element);
  const Json* const parts = member(value, "concat");
  constexpr NftKey::Kind wanted[] = {NftKey::Kind::address, NftKey::Kind::protocol, NftKey::Kind::port};
  if (keys.size() != 3 || parts == nullptr || !parts->IsArray() || parts->Size() != 3) return false;
  for (rapidjson::SizeType i = 0; i < 3; ++i)
    if (keys[i].kind != wanted[i] || !read_part((*parts)[i], keys[i], element)) return false;
  return true;
}

class CountsReader {
 public:
  std::optional<TableCounts> read(const Json& list) {
    for (const Json& entry : list.GetArray()) {
      const NamedJson named = *only_member(entry);
      if (named.name == "table") {
        has_table_ |= table_name(*named.value, "name") == own_nft_table;
      } else if (table_name(*named.value, "table") == own_nft_table) {
        if (named.name == "set") add_set(*named.value);
        if (named.name == "rule") add_rule(*named.value);
      }
      if (!wrong_.empty()) return std::nullopt;
    }
    if (!has_table_) return fail("the table inet egressc is not listed");
    return std::move(counts_);
  }

  std::string_view wrong() const { return wrong_; }

 private:
  std::nullopt_t fail(std::string_view why) {
    if (wrong_.empty()) wrong_ = why;
    return std::nullopt;
  }

  std::optional<Count> read_count(const Json& counter) {
    if (counter.IsNull()) return fail("counters were left out of the listing");
    if (counter.IsString()) return std::nullopt;  // a counter that has a name, and is not of this rule alone
    const Json* const packets = member(counter, "packets");
    const Json* const bytes = member(counter, "bytes");
    if (packets == nullptr || bytes == nullptr || !packets->IsUint64() || !bytes->IsUint64())
      return fail("a counter is not understood");
    return Count{packets->GetUint64(), bytes->GetUint64()};
  }

  void add_set(const Json& set) {
    SetCounts made;
    made.name = text_of(member(set, "name"));
    if (made.name.empty()) return void(fail("a set has no name"));
    const NftKeys keys = keys_of(member(set, "type"));
    if (const Json* const elements = member(set, "elem"))
      for_each_element(*elements, [&](const Json& element) {
        const Json* const counter = member(member(element, "elem"), "counter");
        const auto count = counter == nullptr ? std::nullopt : read_count(*counter);
        if (!count) {
          ++made.uncounted;
          return;
        }
        ElementCount one;
        if (!read_parts(*element_of(element).value, keys, one)) one = {};
        one.count = *count;
        made.elements.push_back(one);
      });
    counts_.sets.push_back(std::move(made));
  }

  void read_match(const Json& match, RuleCount& rule) {
    if (text_of(member(member(member(match, "left"), "ct"), "key")) == "state") rule.established = true;
    const std::string_view right = text_of(member(match, "right"));
    if (right.starts_with('@')) rule.set = right.substr(1);
  }

  void add_rule(const Json& rule) {
    RuleCount made;
    made.chain = text_of(member(rule, "chain"));
    if (made.chain.empty()) return void(fail("a rule has no chain"));
    made.comment = text_of(member(rule, "comment"));
    const Json* const statements = member(rule, "expr");
    if (statements == nullptr || !statements->IsArray()) return void(fail("a rule says nothing"));
    std::optional<Count> count;
    for (const Json& statement : statements->GetArray()) {
      const auto named = only_member(statement);
      if (!named) continue;
      if (named->name == "match") read_match(*named->value, made);
      if (named->name == "counter") count = read_count(*named->value);
      if (named->name == "accept") made.end = RuleCount::End::accepts;
      if (named->name == "drop" || named->name == "reject") made.end = RuleCount::End::denies;
      if (named->name == "goto" && text_of(member(*named->value, "target")).starts_with("deny"))
        made.end = RuleCount::End::goes_to_deny;
    }
    if (!count) return;
    made.count = *count;
    counts_.rules.push_back(std::move(made));
  }

  TableCounts counts_;
  bool has_table_ = false;
  std::string_view wrong_;
};

}  // namespace
}  // namespace egressc::readers

namespace egressc {

std::optional<TableCounts> read_table_counts(std::string_view json, const std::string& file, Diagnostics& diagnostics) {
  const auto document = readers::NftJsonDocument::parse(json, file, diagnostics);
  if (!document) return std::nullopt;
  readers::CountsReader reader;
  auto counts = reader.read(document->list());
  if (!counts) diagnostics.error({file, 0, 0}, std::string(reader.wrong()), std::string(readers::listing_hint));
  return counts;
}

}  // namespace egressc
