// One audit record, as auditd or journald keeps it: how it begins, its date, its fields and their values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "egressc/sources.h"
#include "sources/envelope/envelope.h"

namespace egressc::sources {

// The date in msg=audit(…) as ausearch -i prints it: in the order of whoever's locale it ran in.
class DateReader {
 public:
  explicit DateReader(const ParseContext& context)
      : utc_offset_minutes_(context.utc_offset_minutes), reference_(context.reference) {}

  // "07/29/2025 09:52:29.237" and the like. Whether the month or the day comes first is learnt from the first date that
  // can be read in only one way; until then the date nearest to the reference is taken, or the month first.
  std::optional<Micros> read(std::string_view text);

 private:
  enum class Order : std::uint8_t { unknown, month_first, day_first };

  std::optional<CivilDate> read_date(std::string_view text);
  CivilDate nearer(CivilDate month_first, CivilDate day_first) const;

  int utc_offset_minutes_;
  Micros reference_;
  Order order_ = Order::unknown;
};

enum class RecordType : std::uint8_t {
  syscall,
  sockaddr,
  socketcall,
  uringop,
  network,  // CONNECT and NETWORK: of no type the kernel has, what a dispatcher may add
  other,
};

// The beginning of a record: [node=NAME] type=TYPE msg=audit(TIME:SERIAL):
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

// The same of an entry that journald read from the kernel's audit socket, where no auditd runs: the message is
// "SYSCALL arch=…", time and serial are in fields of their own (systemd.journal-fields(7)). A process may send the same
// text by any other transport: Reading::no_record. The views of `record` are those of the entry.
Reading read_entry(const Envelope& entry, Record& record);

// The fields that decide anything. Up to exe they stand in the order in which the kernel writes them (kernel/auditsc.c:
// audit_log_exit, audit_log_task_info; kernel/audit.c), the rest are a dispatcher's.
enum class Key : std::uint8_t {
  uring_op,
  arch,
  syscall,
  exit,
  a0,
  a1,
  a2,
  a3,
  pid,
  auid,
  uid,
  gid,
  fsuid,
  fsgid,
  ses,
  comm,
  exe,
  dst,
  dst6,
  port,  // also dport, dst_port
  proto,
  none,
};

// Who wrote the fields of a text, and so which of them can be relied on.
enum class Writer : std::uint8_t {
  kernel,      // text of processes is quoted or in hex, and the order is the kernel's
  ausearch,    // -i prints comm= as it is: what follows that may be the process's words, and is left alone
  dispatcher,  // in any order
};

// The name=value fields of a record.
class Fields {
 public:
  // Values keep their quotes; a field that is missing is empty, as is one without a value.
  std::string_view operator[](Key key) const { return values_[static_cast<std::size_t>(key)]; }
  bool has(Key key) const { return (*this)[key].data() != nullptr; }

  // Takes the fields of `text`, which is without the enriched part, in place of those before. Words that are no fields
  // are passed over. Empty, or why the fields cannot be relied on: of two of one name, or of one where the kernel does
  // not write it, which is forged cannot be told.
  std::string_view read(std::string_view text, Writer writer);
  // Whether read() passed over a word.
  bool has_bare_words() const { return bare_words_; }

 private:
  const char* read_usual(const char* at, const char* end, Key& last);
  Key key_at(std::size_t position, std::uint64_t name);
  // Empty, or why not. `last` is the key before it.
  std::string_view put(Key key, std::string_view value, Writer writer, Key& last);

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
  bool bare_words_ = false;
};

// `text` up to the 0x1D before the fields that auditd adds with log_format = ENRICHED. Where a copy lost that byte, the
// added names still differ: they are in capitals.
std::string_view raw_part(std::string_view text);

// Values are as the kernel writes them or as ausearch -i does.

// The whole text, in hex of either case, with or without "0x".
std::optional<std::uint64_t> hex(std::string_view text);
// 0..15, or -1.
inline int hex_digit(char c) {
  static constexpr auto digits = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < 10; ++i) table['0' + i] = static_cast<std::int8_t>(i);
    for (std::size_t i = 0; i < 6; ++i) table['a' + i] = table['A' + i] = static_cast<std::int8_t>(10 + i);
    return table;
  }();
  return digits[static_cast<unsigned char>(c)];
}

// A uid or gid: a number, "root", "unknown(61001)" or a name that `known` has; else no_id.
std::uint32_t user_or_group(std::string_view text, const UserIds* known = nullptr);

// exit=-115 or exit=EINPROGRESS(Operation now in progress); cut to 32 bits.
std::optional<std::int32_t> exit_status(std::string_view text);

// What the result of a connect(2) or of a send tells of a packet.
enum class Departure : std::uint8_t {
  possible,  // it left, or would have with a route
  none,
  denied,  // the host's own rules stopped it
};
Departure departure(std::int32_t exit);

using TextBuffer = std::array<char, 4096>;  // PATH_MAX
// comm=, exe=: "quoted", or hex where the kernel met a blank, a quote or a control byte; ausearch -i prints both plain.
// At most 4096 bytes. The result is a part of `value` or of `buffer`; empty for (null).
std::string_view text_value(std::string_view value, bool interpreted, TextBuffer& buffer);

}  // namespace egressc::sources
