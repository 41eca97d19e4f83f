// DNS messages as BIND and unbound print them: the form of dig.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sources/address_memo.h"

namespace egressc {

enum class DnsTextKind : std::uint8_t {
  none,      // not of a message
  part,      // of a message, and of no use
  question,  // name
  alias,     // name, ttl, target
  address,   // name, ttl, address
};

struct DnsTextLine {
  DnsTextKind kind = DnsTextKind::none;
  std::string_view name;  // without the dot at its end; of a record without an owner that of the one before
  std::uint32_t ttl = 0;
  std::string_view target;
  Address address;
};

// Bits of the families that a question of that type asks the addresses of: 1 for A, 2 for AAAA, else 0.
unsigned families_of(std::string_view type);
std::string_view without_root(std::string_view name);

// Whether a line may stand behind the header of a message. A daemon's own lines never do.
bool may_be_dns_text(std::string_view line);

// Reads line by line. Only the question and the answer section count.
class DnsText {
 public:
  explicit DnsText(AddressMemo& addresses) : addresses_(addresses) {}

  // Whether a header is in the line: what follows belongs to a message.
  bool begin(std::string_view line);
  bool inside() const { return section_ != Section::none; }
  // The views hold until the next call.
  DnsTextLine read(std::string_view line);
  void end() { section_ = Section::none; }

 private:
  enum class Section : std::uint8_t { none, head, question, answer, rest };
  DnsTextLine record(std::string_view line, bool owned);

  AddressMemo& addresses_;
  Section section_ = Section::none;
  std::string owner_;
};

}  // namespace egressc
