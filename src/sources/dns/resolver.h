// What the logs of resolvers have in common: questions, the answers that belong to them, and messages as text.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "egressc/observation.h"
#include "sources/envelope/envelope.h"
#include "sources/envelope/recent.h"

namespace egressc::sources {

// Why lines of resolvers are of no use.
inline constexpr std::string_view housekeeping = "resolver housekeeping";
inline constexpr std::string_view no_host_name = "a name that is no host name";
inline constexpr std::string_view without_address = "an answer without an address";
inline constexpr std::string_view about_another = "a record about another name than the question's";

struct NameKey {
  StringId name = 0;
  bool operator==(const NameKey&) const = default;
  friend std::uint64_t hash_of(const NameKey& key) { return hash_step(1, key.name); }
};

// A question as its answers find it. asked is 0 where its name is none that a policy could hold.
struct Question {
  StringId asked = 0;
  Address client;
  std::uint16_t client_port = 0;
  bool overheard = false;  // the resolver asked another; for whom is not in the log
  std::uint16_t turn = 0;  // Resolution::turn
  Micros at = no_time;
};

// A port goes from one process to the next within a second, and connection tracking takes it for the same flow. Whoever
// asks for the same name again is no other: A and AAAA come from one port.
class PortTurns {
 public:
  explicit PortTurns(const StringPool& strings) : strings_(strings) {}
  // How many questions for other names have come from there since the second before that of `at` began.
  std::uint16_t next(const Address& client, std::uint16_t port, StringId name, Micros at);

 private:
  struct Key {
    Address client;
    std::uint16_t port = 0;
    bool operator==(const Key&) const = default;
    friend std::uint64_t hash_of(const Key& key) {
      return hash_step(hash_step(key.client.high, key.client.low), key.port);
    }
  };
  // In `before`: what came before this second may be forgotten.
  static constexpr std::uint16_t lossy = unknown_turn;
  struct Turns {
    Micros second_of = no_time;
    StringId name = 0;         // the last one
    std::uint16_t before = 0;  // in the second before
    std::uint16_t count = 0;   // in this one
  };
  Turns& turns_of(const Key& key, Micros second_of);

  const StringPool& strings_;
  RecentMap<Key, Turns, 1024> ports_;
};

// Questions that have a serial. Serials recur, also while answers are due; together with the client's port and the
// process that answers they do not: a port of TCP and one of UDP have the same number, and each process counts on.
class NumberedQuestions {
 public:
  struct Asked {
    Question question;
    bool after_alias = false;  // the answer goes on under a name that is not told
  };
  Asked& ask(std::uint32_t process, std::uint32_t serial, const Question& question);
  Asked* find(std::uint32_t process, std::uint32_t serial, const Address& client, std::uint16_t client_port);

 private:
  struct Key {
    Address client;
    std::uint32_t serial = 0;
    std::uint32_t process = 0;
    std::uint16_t port = 0;
    bool operator==(const Key&) const = default;
    friend std::uint64_t hash_of(const Key& key) {
      const std::uint64_t hash = hash_step(key.client.high ^ key.process, key.client.low);
      return hash_step(hash, (std::uint64_t{key.port} << 32) | key.serial);
    }
  };
  RecentMap<Key, Asked, 256> questions_;
  std::uint32_t last_process_ = 0;  // that was asked
};

// Questions without: an answer is told by its name, and a chain of aliases by its order, since the lines of one answer
// stand together among those of their process.
class NamedQuestions {
 public:
  explicit NamedQuestions(HostNames& names) : names_(names) {}

  void ask(std::uint32_t process, std::string_view name, const Question& question);
  // What the next line of an answer, about `owner`, belongs to.
  const Question& answer(std::uint32_t process, std::string_view owner, bool is_alias);
  // Another line stands between.
  void interrupt(std::uint32_t process);

 private:
  struct Key {
    std::uint32_t process = 0;
    StringId name = 0;
    bool operator==(const Key&) const = default;
    friend std::uint64_t hash_of(const Key& key) { return hash_step(key.process, key.name); }
  };
  struct ProcessKey {
    std::uint32_t process = 0;
    bool operator==(const ProcessKey&) const = default;
    friend std::uint64_t hash_of(const ProcessKey& key) { return hash_step(2, key.process); }
  };
  struct Chain {
    Question question;
    std::string owner;  // in the line before
    bool after_alias = false;
  };
  Chain& chain_of(std::uint32_t process);

  HostNames& names_;
  RecentMap<Key, Question, 256> questions_;
  RecentMap<ProcessKey, Chain, 16> chains_;
  Chain* last_ = nullptr;  // that of last_process_
  std::uint32_t last_process_ = 0;
};

// Answers that several askers of one name share: dnsmasq forwards a question once while it is under way; who asks it
// again meanwhile gets the same answer, but the log only says "reply query is duplicate" for the second serial, right
// after the answer to the first.
class SharedAnswers {
 public:
  void add(StringId name, const Address& answer, Micros at) {
    Answers& answers = answers_[{name}];
    if (answers.at != at) answers = {at, 0, {}};
    const auto known = answers.addresses.begin() + answers.count;
    if (answers.count == most || std::find(answers.addresses.begin(), known, answer) != known) return;
    answers.addresses[answers.count++] = answer;
  }

  // Those that came in the same second or the one before.
  template <typename Visit>
  void each(StringId name, Micros at, Visit visit) {
    const Answers* answers = answers_.find({name});
    if (answers == nullptr || at - answers->at > second || answers->at > at) return;
    for (std::uint32_t i = 0; i < answers->count; ++i) visit(answers->addresses[i]);
  }

 private:
  static constexpr std::uint32_t most = 32;
  struct Answers {
    Micros at = no_time;
    std::uint32_t count = 0;
    std::array<Address, most> addresses{};
  };
  RecentMap<NameKey, Answers, 64> answers_;
};

// Names that someone asked a resolver for and that have an address in them. Such a name is none to learn, but someone
// meant something by it: a reviewer shall see.
class NameClaims {
 public:
  NameClaims(Observations& observations, AddressMemo& addresses) : observations_(observations), addresses_(addresses) {}

  // Whether `name` has an address in it.
  bool claim(std::string_view name, const Address& client, std::uint16_t client_port, Micros at);

 private:
  void add(const Address& to, const Address& client, std::uint16_t client_port, Micros at);

  Observations& observations_;
  AddressMemo& addresses_;
};

// Joins who asked a caching resolver with the records that it got from others, before or after. Such a resolver's log
// tells the questions of its clients and the messages of its upstreams; what it answered is in none of them. A question
// gets the records of the messages about its name, or about the name that its aliases lead to, that are still alive
// when it is asked, and those that come within ten seconds.
//
// A message tells only what its own question leads to: whoever answers for one name can put a record of any other into
// the message, and a resolver throws it away (RFC 2181, 5.4.1).
class AnswersByName {
 public:
  AnswersByName(Observations& observations, HostNames& names) : observations_(observations), names_(names) {}

  // A client asked for something: its questions are in this log.
  void note_client();
  // families: see families_of(). Nothing for a question whose name is none that a policy could hold.
  void ask(const Question& question, unsigned families, Micros at);
  // A message begins; then its question; then its records, in order.
  void begin_message() { asked_for_ = end_ = 0; }
  void question(std::string_view name, Micros at);
  void alias(std::string_view owner, std::string_view target, std::uint32_t ttl, Micros at);
  void address(std::string_view owner, const Address& address, std::uint32_t ttl, Micros at);
  // Adds what was overheard. Questions to which the whole log has no message at all are counted as lines not used.
  void finish();

 private:
  struct Waiter {
    Question question;
    Micros at = no_time;
  };
  struct Record {
    Address address;
    Micros until = no_time;
  };
  struct Known {
    StringId alias = 0;
    Micros alias_until = no_time;
    std::array<Record, 16> records{};
    std::array<Waiter, 8> waiters{};
    std::uint32_t next_record = 0;
    std::uint32_t next_waiter = 0;
  };

  Known* known(StringId name);
  Known* end_of_chain(StringId name, Micros at);
  // Whether `owner` is what the question of the message has led to so far; counted if not.
  bool is_reached(std::string_view owner);
  void overhear(std::string_view name, Micros at);
  void wait(Known& known, const Question& question, Micros at);
  void emit_alive(const Known& known, const Question& question, unsigned families, Micros at);
  void emit(const Question& question, const Address& address, Micros at, Micros until);

  Observations& observations_;
  HostNames& names_;
  RecentMap<NameKey, Known, 128> names_known_;
  StringId asked_for_ = 0;  // in the message that is read
  StringId end_ = 0;        // of the aliases in it, so far
  std::uint32_t life_ = 0;  // the least TTL of those
  bool asked_ = false;
  bool heard_ = false;  // a message of another resolver
  std::uint64_t questions_ = 0;
  std::uint64_t first_question_ = 0;  // its line
  std::deque<Resolution> overheard_;
};

// A line of a DNS message as BIND and unbound print it: the form of dig.
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
  // Whether the header was in the last line.
  bool begins() const { return section_ == Section::head; }
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

// The messages that a resolver got, in the lines of its log. A message is held until the line behind it, which may say
// that the resolver refused it.
class UpstreamMessages {
 public:
  UpstreamMessages(AddressMemo& addresses, AnswersByName& answers) : text_(addresses), answers_(answers) {}

  bool inside() const { return text_.inside(); }
  // What a daemon logged at once: a line, or a message of many lines, where syslog daemons write "#012" for an end of
  // line. True if a DNS message is in it.
  bool read(std::string_view logged, Micros at);
  // One line of a DNS message that began in a line before. False if it is none.
  bool read_line(std::string_view line, Micros at);
  // Hands over what is held, or forgets it.
  void accept();
  void refuse() { held_ = 0; }
  bool holds() const { return held_ != 0; }

 private:
  struct Part {
    DnsTextKind kind = DnsTextKind::none;
    std::string name;
    std::string target;
    std::uint32_t ttl = 0;
    Address address;
    Micros at = no_time;
  };

  DnsText text_;
  AnswersByName& answers_;
  std::vector<Part> parts_;  // the first held_ of them; the others keep their memory
  std::size_t held_ = 0;
};

// What a line of a resolver says of a client. Kinds that a resolver does not log are left out by its reader.
struct ClientLine {
  enum class Kind : std::uint8_t {
    question,
    response,
    no_address,  // a response of another code
    message,     // what follows is the message that the client got
    upstream,    // ... or one that the resolver got from another
    other,       // anything else that it says
  };
  Kind kind = Kind::other;
  Address client;
  std::uint16_t client_port = 0;  // 0: not said
  std::string_view name;
  unsigned families = 0;  // families_of() the type
};

// From the question to its answer, as Resolution has it.
inline std::uint32_t waited(const Question& question, Micros at) {
  constexpr Micros millisecond = second / 1000;
  if (question.at == no_time || at == no_time || at <= question.at) return 0;
  return static_cast<std::uint32_t>(std::min<Micros>((at - question.at) / millisecond, 0xffffffff));
}

// An address, also one with a zone: "fe80::1%eth0".
std::optional<Address> parse_client(std::string_view text, AddressMemo& addresses);

// For sniffing: whether a line is of a program's log. Other things than a journal's entries are JSON, too.
inline bool is_program(const Envelope& envelope, std::string_view line, std::string_view program) {
  return envelope.program == program && (!line.starts_with('{') || envelope.at != no_time);
}

// A resolver's line that came by a syslog daemon: that takes lines of any process, under any name.
inline void note_syslog(std::string_view line, Observations& observations) {
  if (!line.starts_with('{'))
    observations.forgeable = "read a file that the resolver itself writes, or the journal as JSON";
}

// What is known of the askers and the names of a log.
struct Asking {
  explicit Asking(Observations& seen) : observations(seen) {}

  void answer(const Question& question, const Address& address, std::uint32_t ttl, Micros at) {
    observations.resolutions.push_back({at, question.client, question.client_port, question.asked, address, ttl, no_id,
                                        question.turn, waited(question, at)});
  }
  // A name that is no host name: why the line is of no use, or "" if it has an address that can be shown.
  std::string_view claim(std::string_view name, const Question& question, Micros at) {
    return claims.claim(name, question.client, question.client_port, at) ? std::string_view{} : no_host_name;
  }

  Observations& observations;
  AddressMemo addresses;
  HostNames names{observations.strings};
  NameClaims claims{observations, addresses};
  PortTurns turns{observations.strings};
};

// A resolver that logs the questions of clients and the messages that it got.
struct CachingResolver : Asking {
  using Asking::Asking;
  // A question or a response: why the line is of no use, or "".
  std::string_view read(const ClientLine& line, Micros at);
  void finish() {
    messages.accept();
    answers.finish();
  }

  AnswersByName answers{observations, names};
  UpstreamMessages messages{addresses, answers};
};

struct ResolvedAnswer {
  Address address;
  std::uint32_t ttl = 0;  // 0: not said
};

// What systemd-resolved says in JSON: the records of `resolvectl monitor --json=short`, and the varlink messages of its
// debug log.
struct ResolvedMessage {
  std::string_view method;              // of a call: "io.systemd.Resolve.ResolveHostname"
  std::string_view name;                // of a call: the name asked for; of a reply: the one at the end of the aliases
  std::string_view question;            // of a record: the name asked for first
  bool record = false;                  // of the monitor
  bool reply = false;                   // to a call, with addresses
  std::uint64_t flags = 0;              // of a reply: by which protocols (SD_RESOLVED_FLAGS)
  std::vector<ResolvedAnswer> answers;  // at most 64
};

class ResolvedJson {
 public:
  // False for what is no JSON object, and for one that has a field twice. The views hold until the next call.
  bool read(std::string_view text, ResolvedMessage& message);

 private:
  std::string buffer_;  // RapidJSON unescapes in place
};

}  // namespace egressc::sources
