// Which of a record's names, addresses and ports belong together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sources/agent_claims.h"
#include "sources/agent_fields.h"
#include "sources/url.h"

namespace egressc {

// The first few of something.
template <class T, std::size_t Most>
class FirstOf {
 public:
  void add(const T& item) {
    if (size_ != Most) items_[size_++] = item;
  }
  void clear() { size_ = 0; }
  bool empty() const { return size_ == 0; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }

 private:
  std::array<T, Most> items_;
  std::size_t size_ = 0;
};

class RecordDestinations {
 public:
  void clear();
  void add_url(std::string_view text);
  void add_peer(std::string_view text, FieldGroup group);
  void add_port(std::string_view text, FieldGroup group);

  bool has_url() const { return !urls_.empty(); }
  // True if something that may be a server's client was given.
  bool has_peer() const { return has_peer_; }

  // Adds the claims. `protocol` is what the record says of it.
  void claim(std::uint8_t protocol, const ClaimSubject& subject, AgentClaims& claims);

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
  void claim_peer(Endpoint endpoint, std::uint8_t protocol, const ClaimSubject& subject, AgentClaims& claims) const;

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

}  // namespace egressc
