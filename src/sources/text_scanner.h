// Destinations in the text that programs print.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "egressc/sources.h"
#include "sources/agent_claims.h"
#include "sources/hints.h"
#include "sources/text_words.h"
#include "sources/tokens.h"

namespace egressc {

// Goes over a text once, token by token. A URL, host:port or [IPv6]:port counts anywhere; a host alone only where the
// words around it say that it was connected to.
class TextScanner {
 public:
  TextScanner(const ParseContext& context, AgentClaims& claims);

  // False for most texts that name no destination, such as single words.
  static bool may_tell(std::string_view text);

  // `text` may have several lines. What `known` does not tell of the subject, each line may tell itself.
  void scan(std::string_view text, const ClaimSubject& known);

 private:
  // A destination that the tokens after it may complete: "(198.51.100.7)", "port 443".
  struct Open {
    Endpoint endpoint;
    unsigned index = 0;  // of its token
    bool is_open = false;
  };

  void line(std::string_view text, const ClaimSubject& known);
  void take(Token& token);
  bool take_pending(Token token);
  bool take_url(const Token& token);
  bool take_key(Token& token);
  bool take_answer(const Token& token);
  bool take_stamp(const Token& token);
  bool take_tag(std::string_view text);
  bool take_completion(const Token& token);
  bool take_host_port(const Token& token);
  bool take_pair(const Token& token);
  bool take_host(const Token& token);
  void take_word(std::string_view text);
  void open(const Endpoint& endpoint);
  void close();
  void found(const Endpoint& endpoint);
  void emit();

  const ParseContext& context_;
  AgentClaims& claims_;
  TextHints hints_;
  ClaimSubject known_;
  std::vector<Endpoint> found_;  // of this line: whose they are may stand behind them

  // Of this line. Until names the last token for which something holds.
  using Until = unsigned;
  bool holds(Until until) const { return until >= index_; }
  void hold(Until& until, unsigned tokens) const { until = index_ + tokens; }

  Tokens tokens_{{}};
  unsigned index_ = 1;  // of the token
  Spelling pending_;    // the key whose value comes next
  Open open_;
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
  } until_;
  std::uint8_t protocol_ = ip_protocol::unknown;
};

}  // namespace egressc
