// The beginning of an audit record: [node=NAME] type=TYPE msg=audit(TIME:SERIAL):
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sources/audit_dates.h"

namespace egressc::audit {

enum class RecordType : std::uint8_t {
  syscall,
  sockaddr,
  socketcall,
  uringop,
  network,  // of no type the kernel has: what a dispatcher may add, as CONNECT or NETWORK
  other,
};

struct Record {
  // The stamp read last: records of one event stand together as a rule, and comparing is cheaper than reading.
  std::array<char, 32> stamp{};
  std::size_t stamp_size = 0;

  RecordType type = RecordType::other;
  bool interpreted = false;  // by ausearch -i: names for numbers, and text without quotes
  std::uint32_t serial = 0;
  Micros at = no_time;
  std::string_view node;
  std::string_view fields;  // without the enriched part
};

enum class Reading : std::uint8_t {
  record,
  ignored,  // a record of a type that says nothing of connections; only its type was looked at
  broken,   // no time and serial where they belong
  no_record,
};

// `text` begins where a record would: after any envelope. `record` holds only after Reading::record; it is best handed
// in again for the next one.
Reading read_record(std::string_view text, DateReader& dates, Record& record);

}  // namespace egressc::audit
