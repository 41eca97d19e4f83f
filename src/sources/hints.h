// Keys and values in text, such as lines of other logs that an agent repeats or makes up: "DST=198.51.100.7 DPT=443",
// "host='api.example', port=443", "saddr=020001BB…".
#pragma once

#include <array>
#include <string_view>

#include "sources/agent_claims.h"
#include "sources/agent_fields.h"

namespace egressc {

class TextHints {
 public:
  TextHints();

  void begin_line();
  // What a key of the text stands for; Field::none for most.
  Spelling find(std::string_view key);
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
  bool is_destination(const Peer& peer) const;
  // Gives the peers the port and protocol that were said of them.
  void complete();
  template <class Add>
  void flush(Add add);

  const FieldTable table_;
  std::array<Peer, most_peers> peers_;
  std::size_t peer_count_ = 0;
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

}  // namespace egressc
