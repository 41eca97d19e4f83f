
#include "readers/meaning/numbers.h"
#include "readers/nft_json/keys.h"

namespace egressc::readers {
namespace {

using Kind = NftKey::Kind;

constexpr std::uint64_t loopback_index = 1;   // LOOPBACK_IFINDEX, linux/net/flow.h
constexpr std::uint64_t loopback_type = 772;  // ARPHRD_LOOPBACK, linux/if_arp.h

NftValue exactly(const Range& range) { return {range, range}; }
NftValue exactly(Number value) { return exactly(Range{value, value}); }
NftValue any_value(const NftKey& key) { return {{1, 0}, {0, last_value(key)}}; }

std::optional<std::uint64_t> whole_number(const Json& value, Number last) {
  if (!value.IsUint64() || value.GetUint64() > last) return std::nullopt;
  return value.GetUint64();
}

bool is_wildcard(std::string_view name) { return name.ends_with('*') && !name.ends_with("\\*"); }

// The loopback interface is "lo": the kernel makes it under that name and number in every network namespace.
NftValue read_oif(const Json& value, const NftKey& key) {
  constexpr NftValue other = {{1, 0}, {0, 0}};
  const bool by_index = key.name == "meta oif";
  if (by_index && value.IsUint64()) return value.GetUint64() == loopback_index ? exactly(1) : other;
  if (!value.IsString()) return any_value(key);
  std::string_view name = text_of(value);
  if (name == "lo") return exactly(1);
  if (by_index || !is_wildcard(name)) return other;
  name.remove_suffix(1);
  if (name.empty()) return exactly(Range{0, 1});
  return std::string_view("lo").starts_with(name) ? NftValue{{1, 1}, {0, 1}} : other;
}

NftValue read_device_type(const Json& value, const NftKey& key) {
  if (text_of(value) == "loopback" || (value.IsUint64() && value.GetUint64() == loopback_type)) return exactly(1);
  return value.IsUint64() || value.IsString() ? exactly(0) : any_value(key);
}

// 0 is "none", and no interface has that index.
NftValue read_iif(const Json& value, const NftKey& key) {
  if (const auto index = whole_number(value, last_value(key))) return exactly(*index);
  if (!value.IsString()) return any_value(key);
  const std::string_view name = text_of(value);
  if (name == "*") return exactly(Range{0, last_value(key)});
  return name.empty() ? exactly(0) : exactly(Range{1, last_value(key)});
}

std::optional<Range> read_protocol(const Json& value) {
  if (const auto number = whole_number(value, 255)) return Range{*number, *number};
  const std::string_view word = text_of(value);
  const bool is_name = !word.empty() && word != "all" && !is_digit(word.front());
  return is_name ? parse_ip_protocol(word) : std::nullopt;
}

NftValue read_single(const Json& value, const NftKey& key) {
  switch (key.kind) {
    case Kind::interface:
      return read_oif(value, key);
    case Kind::device_type:
      return read_device_type(value, key);
    case Kind::protocol:
    case Kind::next_header:
      if (const auto protocol = read_protocol(value)) return exactly(*protocol);
      return any_value(key);
    case Kind::address:
      if (const auto address = parse_plain_address(text_of(value), *key.family)) return exactly(*address);
      return any_value(key);
    case Kind::opaque:
      return any_value(key);
    case Kind::known:
      if (!key.words) return read_iif(value, key);
      break;
    case Kind::uid:
    case Kind::gid:
    case Kind::family:
    case Kind::port:
    case Kind::icmp_type:
    case Kind::icmp_code:
    case Kind::state:
      break;
  }
  if (const auto bits = read_bits(value, key)) return exactly(*bits);
  return any_value(key);
}

NftValue read_prefix(const Json& prefix, const NftKey& key) {
  const Json* const text = member(prefix, "addr");
  const Json* const length = member(prefix, "len");
  if (key.kind != Kind::address || text == nullptr || length == nullptr) return any_value(key);
  const auto address = parse_plain_address(text_of(*text), *key.family);
  if (!address || !length->IsUint() || length->GetUint() > address_bits(*key.family)) return any_value(key);
  return exactly(network_of(*address, length->GetUint(), *key.family));
}

NftValue read_range(const Json& ends, const NftKey& key) {
  const bool is_ordered = key.kind != Kind::interface && key.kind != Kind::device_type;
  if (!is_ordered || !ends.IsArray() || ends.Size() != 2) return any_value(key);
  const NftValue first = read_single(ends[0], key);
  const NftValue last = read_single(ends[1], key);
  if (!first.is_exact() || !last.is_exact()) return any_value(key);
  return exactly(Range{first.sure.first, last.sure.last});
}

}  // namespace

NftValue read_value(const Json& value, const NftKey& key) {
  const auto named = only_member(value);
  if (named && named->name == "prefix") return read_prefix(*named->value, key);
  if (named && named->name == "range") return read_range(*named->value, key);
  return read_single(value, key);
}

std::optional<std::uint32_t> read_bits(const Json& value, const NftKey& key) {
  std::uint32_t bits = 0;
  std::vector<const Json*> open = {&value};
  while (!open.empty()) {
    const Json& one = *open.back();
    open.pop_back();
    const auto named = only_member(one);
    const Json& list = named && named->name == "|" ? *named->value : one;
    if (list.IsArray()) {
      if (key.kind != Kind::known && key.kind != Kind::state) return std::nullopt;
      for (const Json& part : list.GetArray()) open.push_back(&part);
    } else if (const auto number = whole_number(one, last_value(key))) {
      bits |= static_cast<std::uint32_t>(*number);
    } else if (const auto word = key.words ? nft_number(*key.words, text_of(one)) : std::nullopt) {
      bits |= *word;
    } else {
      return std::nullopt;
    }
  }
  return bits;
}

NftElement element_of(const Json& element) {
  const Json* const inner = member(element, "elem");
  const Json* const value = member(inner, "val");
  if (value == nullptr) return {&element};
  const auto is_harmless = [](const auto& named) {
    const std::string_view name = text_of(named.name);
    if (name == "stmt") return !has_conditions(&named.value);
    return name == "val" || name == "timeout" || name == "expires" || name == "comment" || name == "counter" ||
           name == "last";
  };
  const auto members = inner->GetObject();
  return {value, !std::all_of(members.begin(), members.end(), is_harmless)};
}

bool has_conditions(const Json* statements) {
  if (statements == nullptr) return false;
  if (!statements->IsArray()) return true;
  const auto list = statements->GetArray();
  return std::any_of(list.begin(), list.end(), [](const Json& statement) {
    const auto named = only_member(statement);
    return !named || (named->name != "counter" && named->name != "last");
  });
}

}  // namespace egressc::readers
