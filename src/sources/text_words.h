// The words by which messages tell of connections.
#pragma once

#include <cstdint>
#include <string_view>

namespace egressc {

enum class Word : std::uint8_t {
  none,
  connect,  // a destination may follow, or "to" and a destination
  to,
  filler,     // may stand between "to" and the destination
  trying,     // a destination follows
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
};

Word find_word(std::string_view text);

// "main.cpp": in "main.cpp:123" it is no host.
bool is_source_file(std::string_view name);

// text without the punctuation that a message puts after a host.
std::string_view without_end(std::string_view text);

}  // namespace egressc
