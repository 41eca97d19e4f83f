// The log formats that egressc reads: which there are, which one fits a text, and the parser of each.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/observation.h"

namespace egressc {

// "uid=user.id": the field of a claim (host, address, port, url, protocol, uid, gid, pid, time) and the path of the
// JSON value that holds it.
struct FieldPath {
  std::string field;
  std::string path;
};

// What a parser is told besides the text.
struct ParseContext {
  int utc_offset_minutes = 0;          // of timestamps without a zone
  std::optional<int> year;             // of timestamps without a year; else the year nearest to `reference`
  Micros reference = no_time;          // a dated time of the other inputs, or no_time
  std::optional<Micros> boot_time;     // makes seconds since boot into times
  std::vector<FieldPath> json_fields;  // --map
  // Of packets, by what their prefixes begin with: those that count (empty: all do), and what became of them.
  std::vector<std::string> tags;
  std::vector<std::string> denied_prefixes;
  std::vector<std::string> allowed_prefixes;
  // The beginning of the text, as sniff() gets it: it shows what stands around the lines. Empty: what is fed first
  // does.
  std::string_view head;
  const Micros* outer_time = nullptr;  // set by what takes that off: when the line at hand was written, if it tells
  const UserIds* users = nullptr;      // --passwd and --group, for logs that have names for numbers
  const UserIds* groups = nullptr;
};

// One open log. feed() takes whole lines (each ends in '\n', but for the last of the file), in the order of the file,
// any number at a time; finish() comes once, after the last. Neither throws; neither keeps a view of what it was fed.
struct LogParser {
  std::function<void(std::string_view lines)> feed;
  std::function<void()> finish;
};

// A time in a text, and the byte of the text by which it was found; npos: none.
struct DatedTime {
  std::size_t position = std::string_view::npos;
  Micros at = no_time;
};

// A format, by its functions.
struct SourceFormat {
  std::string_view name;
  std::string_view summary;
  Trust trust;                          // of a file whose FORMAT: was spelled out
  int (*sniff)(std::string_view head);  // 0 no, 100 certain; head is the first 64 KiB or less
  LogParser (*open)(const ParseContext& context, Observations& observations);
  // The first time in `head` that is not a calendar's and that only lines of this format tell. Any text is asked, so it
  // must be sure.
  DatedTime (*first_time)(std::string_view head, int utc_offset_minutes);
};

// All of them, in the order in which they are listed to a user.
std::span<const SourceFormat> source_formats();
// By name, or nullptr.
const SourceFormat* find_source_format(std::string_view name);
// The format that is surest of `head`, or nullptr. Says which parser fits, never whom to trust.
const SourceFormat* sniff(std::string_view head);

// From so much of SourceFormat::sniff on, a file that nobody named the format of is taken for that.
inline constexpr int sure_share = 50;

// The first timestamp in `head` that carries its year (ISO 8601, RFC 5424, dates with a year, journald's JSON, and what
// the formats know besides: audit(SECONDS.…)), or no_time.
Micros first_dated_time(std::string_view head, int utc_offset_minutes);

}  // namespace egressc
