// How agents spell what egressc wants to know: keys, and values, which they may have written as numbers or as strings.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/sources.h"
#include "egressc/time.h"

namespace egressc::sources {

// A uid, gid or pid in decimal. nullopt also for the number that stands for none.
std::optional<std::uint32_t> parse_id(std::string_view text);
// A name or number of an IP protocol that has ports, or of ICMP; ip_protocol::unknown for anything else.
std::uint8_t parse_ip_protocol(std::string_view text);
// ISO 8601, or a number since 1970: its size tells whether of seconds, milli-, micro- or nanoseconds. no_time for
// anything else, and for times after the year 9999.
Micros parse_agent_time(std::string_view text, int utc_offset_minutes);
enum class Field : std::uint8_t {
  none,
  peer,  // a name or an address, perhaps with a port
  port,
  url,
  protocol,
  uid,
  gid,
  pid,
  time,
  direction,
  client,  // who sent the request that a server logs
  path,    // what was requested of it
  method,
  status,
  own,        // where a connection comes from
  verdict,    // what a proxy or a sandbox decided
  blocked,    // the same as true or false
  permitted,  // likewise
  event,      // what happened: an accepted connection has no destination
  span_kind,  // OpenTelemetry's
  role,       // whose a message is
  quoted,     // what only names a place: headers, links, schemas
};

// Lower groups are surer: what a lower one says makes a higher one moot.
enum class FieldGroup : std::uint8_t {
  mapped,       // by --map
  destination,  // dst, dest, destination
  server,       // server.address, sni
  peer,         // peer, remote, net.peer: in a server's log, the client
  plain,        // host, server: perhaps where the agent runs
  own,          // hostname: mostly where the agent runs
};

// What the strings of a JSON value are, by their key: which of their destinations were used, and which only named.
enum class Speech : std::uint8_t {
  log,        // what a program says that it does
  prose,      // what was written to be read, or into a file
  output,     // what a tool printed or fetched: what it connected to was used, what it names was not
  content,    // prose where the record says whose words it has, else output
  text,       // prose where the record says whose words it has, else log
  call,       // what a tool was called with, and so log
  arguments,  // the same as JSON in a string
  command,    // the words a process was started with: less sure than what was seen of it
  headers,    // what a client sent with a request, which says nothing of where an agent went
};

// Of strings that stand under a key at once, and of what is in objects under it.
struct KeySpeech {
  Speech own = Speech::log;
  Speech within = Speech::log;
};

// `key` in lower case without "_" and "-", with that of the key around it.
KeySpeech speech_of(std::string_view key, std::string_view outer, Speech around);

struct Spelling {
  Field field = Field::none;
  FieldGroup group = FieldGroup::plain;
};

// The path of a JSON value: keys in lower case without "_" and "-", joined by dots, without the wrappers that loggers
// put around an agent's fields.
class FieldPathText {
 public:
  static constexpr std::size_t capacity = 96;  // a longer path is no field's

  // `key` may have dots in it. A path that does not fit becomes one that nothing matches.
  void append(std::string_view key);
  // Drops the path if it is a wrapper's. To be asked of objects and arrays.
  bool unwrap();
  std::string_view text() const { return {text_.data(), size_ <= capacity ? size_ : 0}; }

 private:
  bool put(char c);
  std::array<char, capacity> text_{};
  std::size_t size_ = 0;
};

class FieldTable {
 public:
  explicit FieldTable(std::span<const FieldPath> mapped);
  Spelling find(std::string_view path) const;

 private:
  struct Slot {
    std::string path;
    Spelling spelling;
  };
  void add(std::string_view path, Spelling spelling);
  void add_ends(std::string_view prefix, Spelling spelling);
  std::vector<Slot> slots_;  // open addressing
};

}  // namespace egressc::sources
