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
  std::array<std::string_view, static_cast<std::size_t>(Key::none)> values_{};
};

// `text` up to the 0x1D before the fields that auditd adds with log_format = ENRICHED. Where a copy lost that byte, the
// added names still differ: they are in capitals.
std::string_view raw_part(std::string_view text);

}  // namespace egressc::audit
