// Destinations in the text that programs print.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/sources.h"
#include "sources/agent/claims.h"
#include "sources/agent/fields.h"
#include "sources/agent/strace.h"

namespace egressc::sources {

// A piece of a line.
struct Token {
  static constexpr std::size_t none = std::string_view::npos;
  std::string_view text;     // not empty
  std::size_t colon = none;  // the first in it
  std::size_t equals = none;
  std::string_view before;  // what stands between the token before it and this one
  std::string_view after;   // all that follows
};

// Splits at blanks, control bytes, quotes, brackets other than "[]", commas, semicolons and "|". A terminal's escape
// sequence (ECMA-48) ends a token and is not part of any.
class Tokens {
 public:
  explicit Tokens(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

  bool next(Token& token) {
    const char* const start = at_;
    while (at_ != end_ && kind(*at_) >= Kind::separator) {
      if (kind(*at_) == Kind::escape)
        skip_escape();
      else
        ++at_;
    }
    if (at_ == end_) return false;
    const char* const first = at_;
    token = {};
    for (; at_ != end_; ++at_) {
      const Kind here = kind(*at_);
      if (here == Kind::word) continue;
      if (here >= Kind::separator) break;
      std::size_t& mark = here == Kind::colon ? token.colon : token.equals;
      if (mark == Token::none) mark = static_cast<std::size_t>(at_ - first);
    }
    token.text = between(first, at_);
    token.before = between(start, first);
    token.after = between(at_, end_);
    return true;
  }

  // Goes on after `length` bytes of what follows the last token.
  void skip(std::size_t length) { at_ += length; }

 private:
  enum class Kind : std::uint8_t { word, colon, equals, separator, escape };

  static constexpr std::array<Kind, 256> make_kinds() {
    std::array<Kind, 256> kinds{};
    for (unsigned c = 0; c <= 0x20; ++c) kinds[c] = Kind::separator;
    for (const char c : std::string_view("\"'`(){}<>,;|\x7f")) kinds[static_cast<unsigned char>(c)] = Kind::separator;
    kinds[':'] = Kind::colon;
    kinds['='] = Kind::equals;
    kinds[0x1b] = Kind::escape;
    return kinds;
  }
  static Kind kind(char c) {
    static constexpr std::array<Kind, 256> kinds = make_kinds();
    return kinds[static_cast<unsigned char>(c)];
  }
  static std::string_view between(const char* first, const char* last) {
    return {first, static_cast<std::size_t>(last - first)};
  }

  void skip_escape();

  const char* at_;
  const char* end_;
};

// The words by which messages tell of connections.
enum class Word : std::uint8_t {
  none,
  connect,  // a destination may follow, or "to" and a destination
  to,
  filler,     // may stand between "to" and the destination
  trying,     // a destination follows
  failed,     // an error's code: a destination follows, in Node's form
  refused,    // likewise, where the host itself said no
  lookup,     // a name follows
  not_found,  // a name follows, even one without a dot
  port,
  reply,
  is,
  tcp,
  udp,
  serving,  // with `on` after it: the agent's own address follows
  on,
  from,
  asking,   // with `from` after it: somebody else's address follows
  local,    // the agent's own address follows
  denied,   // by a proxy or a sandbox
  method,   // HTTP's
  using_,   // what follows is used, not only named
  pointer,  // what follows is only named
  tunnel,
  call,  // a system call
  data,  // one that has data in it
};

Word find_word(std::string_view text);

// Who denied what `text` speaks of: a literal. Empty if it says nothing of the kind.
std::string_view denied_by(std::string_view text);
inline constexpr std::string_view denied_in_words = "denied, as the log says";
inline constexpr std::string_view denied_by_sandbox = "denied by a sandbox";
// Whether `text` says that somebody else's connection was accepted, and nothing else: "inet_csk_accept", "new client
// connected".
bool is_accepting(std::string_view text);

// "main.cpp": in "main.cpp:123" it is no host.
bool is_source_file(std::string_view name);

// text without the punctuation that a message puts after a host.
std::string_view without_end(std::string_view text);

// Keys and values in text, such as lines of other logs that an agent repeats or makes up: "DST=198.51.100.7 DPT=443",
// "host='api.example', port=443", "saddr=020001BB…".
class TextHints {
 public:
  TextHints();

  void begin_line();
  // What a key of the text stands for; Field::none for most.
  Spelling find(std::string_view key) const;
  // Takes the value of such a key; false if it is none, or may be something else too. `add` is called for peers that
  // are complete.
  template <class Add>
  bool take(Spelling key, std::string_view value, int utc_offset_minutes, Add add);
  // Ends the line.
  template <class Add>
  void end_line(Add add);

  // Who the line says did it.
  ClaimSubject subject;

 private:
  static constexpr std::size_t most_peers = 8;

  struct Peer {
    Endpoint endpoint;
    bool needs_port = false;  // a name that is rather another thing's
    bool may_be_client = false;
  };

  bool take_peer(Spelling key, std::string_view value);
  bool take_other(Spelling key, std::string_view value, int utc_offset_minutes);
  bool take_id(Spelling key, std::string_view value);
  void take_source(std::string_view value);
  bool is_destination(const Peer& peer) const;
  // Gives the peers the port and protocol that were said of them.
  void complete();
  template <class Add>
  void flush(Add add);

  const FieldTable table_;
  std::array<Peer, most_peers> peers_;
  std::size_t peer_count_ = 0;
  // conntrack(8) prints the tuple of the replies behind the first: its destination is the source.
  std::string_view source_;
  std::string_view first_peer_;
  bool second_ = false;   // a second source was read
  bool replies_ = false;  // which is the first destination
  std::uint16_t port_ = 0;
  std::uint8_t protocol_ = ip_protocol::unknown;
  FieldGroup uid_group_ = FieldGroup::own;
  bool path_ = false;      // a server's log tells what was requested of it
  bool answered_ = false;  // and what became of it
};

template <class Add>
void TextHints::flush(Add add) {
  complete();
  for (std::size_t i = 0; i < peer_count_; ++i)
    if (is_destination(peers_[i])) add(peers_[i].endpoint);
  peer_count_ = 0;
}

template <class Add>
bool TextHints::take(Spelling key, std::string_view value, int utc_offset_minutes, Add add) {
  if (key.field != Field::peer) return take_other(key, value, utc_offset_minutes);
  if (port_ != 0) complete();  // it was theirs, not of those that follow
  if (peer_count_ == most_peers) flush(add);
  return take_peer(key, value);
}

template <class Add>
void TextHints::end_line(Add add) {
  if (peer_count_ != 0) flush(add);
}

// Goes over a text once, token by token. A URL, host:port or [IPv6]:port counts anywhere; a host alone only where the
// words around it say that it was connected to.
class TextScanner {
 public:
  TextScanner(const ParseContext& context, AgentClaims& claims);

  // False for most texts that name no destination, such as single words.
  static bool may_tell(std::string_view text);

  // `text` may have several lines. What `known` does not tell of the subject, each line may tell itself. `fate` is that
  // of what the text used, as far as it does not say otherwise.
  void scan(std::string_view text, const ClaimSubject& known, Speech speech = Speech::log, const Fate& fate = {});

 private:
  // A destination that the tokens after it may complete: "(198.51.100.7)", "port 443".
  struct Open {
    Endpoint endpoint;
    unsigned index = 0;  // of its token
    bool is_open = false;
    ClaimKind kind = ClaimKind::did;
  };
  struct Found {
    Endpoint endpoint;
    ClaimKind kind = ClaimKind::did;
    bool url = false;
    bool track = false;  // the lines that follow tell whether it was denied
  };
  // What the line is, as far as it was read.
  struct Line {
    std::string_view text;
    std::string_view denied_by;
    std::string_view last;             // the token before
    bool mentions = false;             // all that follows is only named
    bool sent = false;                 // curl's "> "
    bool connect = false;              // CONNECT was read: its target follows
    bool path = false;                 // what was requested is a path: a server's line, or a client's of a URL before
    unsigned request = 0;              // the token of a quoted request's method
    unsigned version = 0;              // that of its HTTP/1.1
    std::size_t found_at_request = 0;  // so many were found before it
  };

  void line(std::string_view text, const ClaimSubject& known);
  void take(Token& token);
  bool take_pending(Token token);
  bool take_url(const Token& token);
  bool take_key(Token& token);
  void take_verdict(Field field, std::string_view value, bool quoted);
  bool take_answer(const Token& token);
  bool take_stamp(const Token& token);
  bool take_tag(std::string_view text);
  bool take_completion(const Token& token);
  bool take_host_port(const Token& token);
  bool take_pair(const Token& token);
  bool take_host(const Token& token);
  void take_word(const Token& token);
  void open(const Endpoint& endpoint, bool url = false);
  void close();
  void found(const Endpoint& endpoint) { found(endpoint, is_read_only() ? ClaimKind::mentioned : ClaimKind::did); }
  void found(const Endpoint& endpoint, ClaimKind kind, bool url = false);
  void emit();
  bool is_read_only() const { return speech_ == Speech::prose || line_.mentions; }
  ClaimKind kind_here(bool url) const;
  void remember(const Endpoint& endpoint);

  // Lines of servers, proxies and other programs: log_lines.cpp.
  bool take_header();
  void take_host_header(std::string_view host);
  void take_status_line(std::string_view line);
  void take_denied(const Token& token);
  bool is_others_end(const Token& token, const Endpoint& endpoint) const;
  void take_method(const Token& token);
  void take_version(const Token& token);
  void take_status(std::string_view text);
  bool take_envoy(std::string_view rest);
  void take_squid(std::string_view text);
  void take_connect(const Token& token);
  void take_tunnel(const Token& token);
  void take_call(const Token& token);

  const ParseContext& context_;
  AgentClaims& claims_;
  TextHints hints_;
  ClaimSubject known_;
  Speech speech_ = Speech::log;
  Fate fate_;
  std::vector<Found> found_;  // of this line: whose they are may stand behind them
  Strace strace_;
  // The last connection with a port, for the name that a request has for it.
  struct {
    std::string host;
    std::optional<Address> address;
    std::uint16_t port = 0;
  } last_;

  // Of this line. Until names the last token for which something holds.
  using Until = unsigned;
  bool holds(Until until) const { return until >= index_; }
  void hold(Until& until, unsigned tokens) const { until = index_ + tokens; }

  Tokens tokens_{{}};
  unsigned index_ = 1;  // of the token
  Spelling pending_;    // the key whose value comes next
  Open open_;
  Line line_;
  struct {
    Until to = 0;           // "connect" was read, "to" may follow
    Until host = 0;         // a host may follow
    Until any_name = 0;     // ... even one without a dot
    Until port = 0;         // the open destination's port follows
    Until is = 0;           // "reply NAME" was read, "is ADDRESS" may follow
    Until answer = 0;       // the address follows
    Until on = 0;           // "listening" was read, "on" may follow
    Until own_address = 0;  // the agent's own address, or a client's, follows
    Until protocol = 0;     // `protocol_` is that of what follows
    Until code = 0;         // an error's code was read: Node's form of an address may follow
    Until from = 0;         // "from" was read
    Until asked = 0;        // a word of Word::asking was read
    Until used = 0;         // what follows is used
    Until mention = 0;      // ... or only named
  } until_;
  std::uint8_t protocol_ = ip_protocol::unknown;
};

}  // namespace egressc::sources
