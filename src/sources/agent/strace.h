// System calls as strace(1) prints them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "egressc/address.h"
#include "egressc/time.h"
#include "sources/agent/claims.h"
#include "sources/envelope/recent.h"

namespace egressc::sources {

class Strace {
 public:
  struct Call {
    bool is_call = false;
    std::optional<Endpoint> to;  // that it reached for
    bool denied = false;         // by the host's own rules
    std::string_view reason;     // why it reached for nothing; empty if it did, or may yet
    std::uint32_t pid = 0;
    Micros at = no_time;
  };

  // A call of `name` in `line`; `after` is what stands behind the name.
  Call take(std::string_view line, std::string_view name, std::string_view after);

 private:
  struct Key {
    std::uint32_t pid = 0;
    std::uint32_t fd = 0;
    bool operator==(const Key&) const = default;
  };
  friend std::uint64_t hash_of(const Key& key) { return hash_step(key.pid, key.fd); }
  struct Unfinished {
    Address to;
    std::uint16_t port = 0;  // 0: none
    std::uint8_t protocol = ip_protocol::unknown;
  };

  static void end(Call& call, const Endpoint& to, std::string_view rest);

  RecentMap<Key, std::uint8_t, 64> protocols_;  // of sockets
  RecentMap<Key, Unfinished, 64> unfinished_;   // by pid
};

}  // namespace egressc::sources
