// One JSON line of an agent's log: its keys, what is in it, and which of its names, addresses and ports belong
// together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/sources.h"
#include "sources/agent/claims.h"
#include "sources/agent/fields.h"
#include "sources/agent/scanner.h"

namespace egressc::sources {

// The keys of JSON lines: lines of one log have the same ones, so what a key means is found out once. A tree, by the
// keys of the objects around them. Arrays are not told apart from what is in them.
class KeyPaths {
 public:
  using Id = std::uint32_t;
  static constexpr Id root = 0;

  struct Node {
    Spelling spelling;
    KeySpeech speech;
    bool records = false;      // OpenTelemetry's: an array of them
    bool groups = false;       // OpenTelemetry's: an array of objects that hold such arrays
    bool parts = false;        // an array of what is a record if it tells of a destination
    bool spans = false;        // an array of spans
    Id same = root;            // the node of this key in lower case
    std::uint64_t object = 0;  // for the reader's use
  };

  KeyPaths(std::span<const FieldPath> mapped, Speech speech);

  // `before` is the key before this one in the object, or root if this is its first.
  Id child(Id parent, Id before, std::string_view key) {
    const Id likely = nodes_[before != root ? before : parent].then[before != root];
    if (likely != root && nodes_[likely].parent == parent && nodes_[likely].key == key) return likely;
    return find(parent, before, key);
  }
  Node& operator[](Id id) { return nodes_[id].node; }
  const Node& operator[](Id id) const { return nodes_[id].node; }

  std::size_t size() const { return nodes_.size(); }
  // Forgets all but the root.
  void clear();

 private:
  struct Stored {
    Node node;
    Id parent = root;
    std::string key;
    FieldPathText path;
    std::array<Id, 2> then{};  // the key that came next last time: the first one in it, the one behind it
  };

  Id find(Id parent, Id before, std::string_view key);
  Id find_or_add(Id parent, std::string_view key);
  Id add(Id parent, std::string_view key, std::size_t slot);
  std::size_t find_slot(Id parent, std::string_view key) const;
  void grow();

  const FieldTable table_;
  const Speech speech_;  // of the line
  std::vector<Stored> nodes_;
  std::vector<Id> slots_;  // open addressing; root: free
};

// A value that tells of connections.
struct FieldValue {
  Spelling spelling;
  std::string_view text;  // a string unescaped, or a number as it was written
};

// A string that is no field's.
struct SpokenText {
  std::string_view text;
  Speech speech = Speech::log;
};

// The line as a whole, or one of the records that OpenTelemetry puts into a line, with what the line says of them all.
struct JsonRecord {
  std::span<const FieldValue> fields;
  std::span<const SpokenText> texts;
  std::size_t shared = 0;  // so many fields are the line's: they tell whose and when the record is, and not where to
  bool span = false;       // of OpenTelemetry
  bool truncated = false;  // there was more
};

struct JsonFault {
  std::string_view reason;  // empty where the line is valid
  std::string_view rest;    // what was not read for it, as it stands in the line
};

// Reads lines of one object each. Keys are told apart without regard to case, and one that stands twice in an object
// makes the line invalid, for readers do not agree which one counts.
class JsonLine {
 public:
  using OnRecord = std::function<void(const JsonRecord&)>;

  // `speech`: what its strings are where no key says otherwise.
  explicit JsonLine(std::span<const FieldPath> mapped, Speech speech = Speech::log);
  ~JsonLine();

  // Calls `on_record` for every record, also for what could be read of a line that is not valid. Its views hold until
  // the next call.
  JsonFault read(std::string_view line, const OnRecord& on_record);

 private:
  class Reader;
  std::unique_ptr<Reader> reader_;
};

// The first few of something.
template <class T, std::size_t Most>
class FirstOf {
 public:
  void add(const T& item) {
    if (size_ != Most)
      items_[size_++] = item;
    else
      overflowed_ = true;
  }
  void clear() {
    size_ = 0;
    overflowed_ = false;
  }
  bool empty() const { return size_ == 0; }
  bool overflowed() const { return overflowed_; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }

 private:
  std::array<T, Most> items_;
  std::size_t size_ = 0;
  bool overflowed_ = false;
};

// Which of a record's names, addresses and ports belong together.
class RecordDestinations {
 public:
  void clear();
  void add_url(std::string_view text);
  void add_peer(std::string_view text, FieldGroup group);
  void add_port(std::string_view text, FieldGroup group);

  bool has_url() const { return !urls_.empty(); }
  bool empty() const { return urls_.empty() && peers_.empty(); }
  bool has_port(std::uint16_t port) const;
  // True if something that may be a server's client was given.
  bool has_peer() const { return has_peer_; }

  // Adds the claims. `protocol` is what the record says of it.
  void claim(std::uint8_t protocol, const ClaimSubject& subject, const Fate& fate, AgentClaims& claims);

 private:
  static constexpr std::size_t most = 16;  // what does not fit in would exceed a record's claims, too

  struct Peer {
    std::string_view text;
    FieldGroup group = FieldGroup::own;
  };
  struct Port {
    std::uint16_t number = 0;  // 0: not valid
    FieldGroup group = FieldGroup::own;
  };

  bool is_usable(FieldGroup group) const;
  void choose_peers();
  static void choose_peer(const Endpoint& endpoint, FieldGroup group, FirstOf<Endpoint, most>& chosen,
                          FieldGroup& chosen_group);
  void choose_ports();
  void drop_own_names();
  void pair_url(Endpoint& url);
  void claim_peer(Endpoint endpoint, std::uint8_t protocol, const ClaimSubject& subject, const Fate& fate,
                  AgentClaims& claims) const;

  FirstOf<Endpoint, most> urls_;
  FirstOf<Peer, most> peers_;
  FirstOf<Port, most> said_ports_;
  FieldGroup surest_ = FieldGroup::own;  // of the peers
  bool has_peer_ = false;
  bool invalid_ = false;

  // What is left when the surest spellings are chosen.
  FirstOf<Endpoint, most> names_;
  FirstOf<Endpoint, most> addresses_;
  FirstOf<std::uint16_t, most> ports_;
  FieldGroup names_group_ = FieldGroup::own;
  bool bad_port_ = false;
};

// The value whose spelling is surest; of equals, the first.
template <class T>
class Surest {
 public:
  explicit Surest(T unsaid) : value_(unsaid), unsaid_(unsaid) {}
  void offer(T value, FieldGroup group) {
    if (value == unsaid_ || (value_ != unsaid_ && group >= group_)) return;
    value_ = value;
    group_ = group;
  }
  void clear() { value_ = unsaid_; }
  T value() const { return value_; }

 private:
  T value_;
  T unsaid_;
  FieldGroup group_ = FieldGroup::own;
};

// What a record claims.
class AgentRecord {
 public:
  AgentRecord(int utc_offset_minutes, TextScanner& scanner, AgentClaims& claims)
      : utc_offset_minutes_(utc_offset_minutes), scanner_(scanner), claims_(claims) {}

  static constexpr std::size_t most_texts = 16;

  // Adds what the record claims, also in its texts. `known` is the subject where the record tells none.
  void claim(const JsonRecord& record, const ClaimSubject& known = {});
  // Of whom and when the last record spoke.
  ClaimSubject subject() const;
  // What the last record says that tools were called with, as JSON.
  const FirstOf<std::string_view, most_texts>& calls() const { return calls_; }

 private:
  void clear();
  void take(const FieldValue& value, bool span);
  void take_url(std::string_view text);
  void take_event(std::string_view text);
  void take_verdict(std::string_view text);
  void take_status(std::string_view text);
  Fate fate() const;
  Speech speech_of(const SpokenText& text) const;
  // Why it tells of no destination; empty if it may.
  std::string_view why_inbound() const;

  const int utc_offset_minutes_;
  TextScanner& scanner_;
  AgentClaims& claims_;

  RecordDestinations destinations_;
  FirstOf<SpokenText, most_texts> texts_;  // of fields that are none after all
  FirstOf<std::string_view, most_texts> calls_;
  ClaimSubject known_;
  std::string_view denied_by_;
  Surest<Micros> time_{no_time};
  Surest<std::uint32_t> uid_{no_id};
  Surest<std::uint32_t> gid_{no_id};
  Surest<std::uint32_t> pid_{0};
  Surest<std::uint8_t> protocol_{ip_protocol::unknown};
  bool inbound_ = false;
  bool reply_ = false;     // of a resolver: its destination is who asked
  bool accepted_ = false;  // a connection that somebody else made
  bool client_ = false;
  bool path_ = false;
  bool answered_ = false;
  bool connect_ = false;  // HTTP's method
  bool refused_ = false;  // by status
  bool role_ = false;     // the record says whose words it has
};

}  // namespace egressc::sources
