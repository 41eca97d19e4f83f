#include <initializer_list>

#include "sources/dns/resolver.h"
#include "sources/envelope/json.h"

namespace egressc::sources {
namespace {

constexpr std::size_t most_answers = 64;
constexpr std::uint64_t no_octet = 256;

// The TTL of a resource record in wire form (RFC 1035, 3.2.1), in base64 (RFC 4648): behind the owner, type and class.
std::uint32_t ttl_of(std::string_view base64) {
  static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::uint8_t, 255 + 8> bytes{};
  std::size_t size = 0;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : base64) {
    const std::size_t value = digits.find(c);
    if (value == digits.npos || size == bytes.size()) break;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[size++] = static_cast<std::uint8_t>(bits >> held);
  }
  std::size_t at = 0;
  while (at < size && bytes[at] != 0) at += bytes[at] + 1U;
  at += 5;  // the root label, type and class
  if (at + 4 > size) return 0;
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
         bytes[at + 3];
}

enum class JsonKey : std::uint8_t {
  other,
  parameters,
  method,
  name,
  flags,
  question,
  collected,
  answer,
  rr,
  key,
  type,
  raw,
  address,
  addresses
};

JsonKey key_of(std::string_view text) {
  // As they stand in JsonKey, behind `other`.
  static constexpr std::string_view names[] = {
      "parameters", "method", "name", "flags", "question", "collectedQuestions", "answer",
      "rr",         "key",    "type", "raw",   "address",  "addresses"};
  const auto* const at = std::find(std::begin(names), std::end(names), text);
  return at == std::end(names) ? JsonKey::other : static_cast<JsonKey>(at - std::begin(names) + 1);
}

// Keeps what is wanted by the keys around it. A record of the monitor stands alone or, in the debug log, is the
// parameters of a reply.
class ResolvedHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, ResolvedHandler> {
 public:
  explicit ResolvedHandler(ResolvedMessage& message) : message_(message) {}

  bool Default() { return depth_ != 0; }
  bool Int(int) { return number(no_octet); }
  bool Int64(std::int64_t) { return number(no_octet); }
  bool Double(double) { return number(no_octet); }
  bool Uint(unsigned value) { return number(value); }
  bool Uint64(std::uint64_t value) { return number(value); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (depth_ == 0 || depth_ > path_.size()) return true;
    const JsonKey key = key_of({text, size});
    path_[depth_ - 1] = key;
    if (key == JsonKey::other) return true;
    const std::uint32_t bit = 1U << static_cast<unsigned>(key);
    if ((seen_[depth_ - 1] & bit) != 0) return false;
    seen_[depth_ - 1] |= bit;
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    const std::string_view value(text, size);
    if (depth_ == 1 && top() == JsonKey::method) message_.method = value;
    if (depth_ == 2 && inside({JsonKey::parameters, JsonKey::name})) message_.name = value;
    const std::size_t base = base_of();
    if (depth_ == base + 2 && path_[base + 1] == JsonKey::name) {
      if (path_[base] == JsonKey::question && question_.empty()) question_ = value;
      if (path_[base] == JsonKey::collected && collected_.empty()) collected_ = value;
    }
    if (depth_ == base + 2 && path_[base] == JsonKey::answer && path_[base + 1] == JsonKey::raw) ttl_ = ttl_of(value);
    return Default();
  }

  bool StartObject() { return enter(); }
  bool StartArray() {
    if (depth_ == 0) return false;
    if (top() == JsonKey::address) {
      octets_ = {};
      count_ = 0;
      in_address_ = true;
    }
    // Arrays are not told apart from what is in them.
    return true;
  }
  bool EndArray(rapidjson::SizeType) {
    if (in_address_) end_address();
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    --depth_;
    const std::size_t base = base_of();
    if (depth_ == base + 1 && depth_ <= path_.size() && path_[base] == JsonKey::answer) {
      if (found_ && message_.answers.size() < most_answers) message_.answers.push_back({*found_, ttl_});
      found_.reset();
      ttl_ = 0;
    }
    if (depth_ == 0) {
      message_.record = !question_.empty();
      message_.question = collected_.empty() ? question_ : collected_;
    }
    return true;
  }

 private:
  bool enter() {
    ++depth_;
    if (depth_ <= path_.size()) {
      path_[depth_ - 1] = JsonKey::other;
      seen_[depth_ - 1] = 0;
    }
    return true;
  }
  JsonKey top() const { return depth_ != 0 && depth_ <= path_.size() ? path_[depth_ - 1] : JsonKey::other; }
  bool inside(std::initializer_list<JsonKey> keys) const {
    return depth_ <= path_.size() && std::equal(keys.begin(), keys.end(), path_.begin());
  }
  std::size_t base_of() const { return path_[0] == JsonKey::parameters ? 1 : 0; }

  bool number(std::uint64_t value) {
    if (in_address_) {
      if (value >= no_octet || count_ == octets_.size()) {
        count_ = octets_.size() + 1;
        return true;
      }
      if (count_ < octets_.size()) octets_[count_++] = static_cast<std::uint8_t>(value);
    } else if (depth_ == 2 && inside({JsonKey::parameters, JsonKey::flags})) {
      message_.flags = value;
    }
    return Default();
  }

  void end_address() {
    in_address_ = false;
    if (count_ != 4 && count_ != 16) return;
    Address address;
    address.family = count_ == 4 ? Family::ipv4 : Family::ipv6;
    const auto octets = [&](std::size_t from, std::size_t to) {
      std::uint64_t value = 0;
      for (std::size_t i = from; i < to; ++i) value = value << 8 | octets_[i];
      return value;
    };
    if (count_ == 4) {
      address.low = octets(0, 4);
    } else {
      address.high = octets(0, 8);
      address.low = octets(8, 16);
      if (address.high == 0 && address.low >> 32 == 0xffff) address = ipv4(static_cast<std::uint32_t>(address.low));
    }
    const std::size_t base = base_of();
    if (depth_ == base + 3 && path_[base] == JsonKey::answer && path_[base + 1] == JsonKey::rr) {
      found_ = address;
    } else if (depth_ == 3 && base == 1 && path_[1] == JsonKey::addresses) {
      message_.reply = true;
      if (message_.answers.size() < most_answers) message_.answers.push_back({address, 0});
    }
  }

  ResolvedMessage& message_;
  std::size_t depth_ = 0;
  std::array<JsonKey, 6> path_{};  // by depth of objects: the key whose value is read
  std::array<std::uint32_t, 6> seen_{};
  std::string_view question_;
  std::string_view collected_;
  std::optional<Address> found_;
  std::uint32_t ttl_ = 0;
  bool in_address_ = false;
  std::array<std::uint8_t, 16> octets_{};
  std::size_t count_ = 0;
};

}  // namespace

bool ResolvedJson::read(std::string_view text, ResolvedMessage& message) {
  message.method = message.name = message.question = {};
  message.record = message.reply = false;
  message.flags = 0;
  message.answers.clear();
  ResolvedHandler handler(message);
  return read_json(text, buffer_, handler);
}

}  // namespace egressc::sources
