// The name=value fields of an audit record.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace egressc::audit {

// The fields that decide anything.
enum class Key : std::uint8_t {
  arch,
  syscall,
  exit,
  a0,
  a1,
  a2,
  a3,
  pid,
  uid,
  gid,
  fsuid,
  fsgid,
  comm,
  exe,
  uring_op,
  dst,
  dst6,
  port,  // also dport, dst_port
  proto,
  saddr,
  none,
};

class Fields {
 public:
  // Values keep their quotes; a field that is missing is empty, as is one without a value.
  std::string_view operator[](Key key) const { return values_[static_cast<std::size_t>(key)]; }
  bool has(Key key) const { return (*this)[key].data() != nullptr; }

  // Takes the fields of `text`, which is without the enriched part, in place of those before. Words that are no fields
  // are passed over. False if one of the keys comes twice: which of the two is forged cannot be told.
  bool read(std::string_view text);

 private:
  Key key_at(std::size_t position, std::uint64_t name);
  bool put(Key key, std::string_view value);  // false if the key has a value already

  // Records of one type have the same names in the same order: what a name was at its place last time.
  static constexpr std::size_t remembered = 32;
  std::array<std::uint64_t, remembered> names_{};
  std::array<Key, remembered> keys_ = none_yet();
  static constexpr std::array<Key, remembered> none_yet() {
    std::array<Key, remembered> keys{};
    keys.fill(Key::none);
    return keys;
  }

  std::array<std::string_view, static_cast<std::size_t>(Key::none)> values_{};
};

// `text` up to the 0x1D before the fields that auditd adds with log_format = ENRICHED. Where a copy lost that byte, the
// added names still differ: they are in capitals.
std::string_view raw_part(std::string_view text);

}  // namespace egressc::audit
