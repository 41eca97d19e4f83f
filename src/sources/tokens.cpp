#include "sources/tokens.h"

namespace egressc {

// ECMA-48: CSI is ESC [ with parameters and a final byte of 0x40..0x7e; OSC, DCS and their like are strings up to BEL
// or ST; any other sequence is two bytes. One that is not complete ends with the line.
void Tokens::skip_escape() {
  if (++at_ == end_) return;
  const char introducer = *at_++;
  if (introducer == '[') {
    while (at_ != end_ && *at_ >= 0x20 && *at_ < 0x40) ++at_;
    if (at_ != end_ && *at_ >= 0x40 && *at_ < 0x7f) ++at_;
  } else if (introducer == ']' || introducer == 'P' || introducer == 'X' || introducer == '^' || introducer == '_') {
    while (at_ != end_ && *at_ != '\a' && *at_ != '\x1b') ++at_;
    if (at_ != end_ && *at_ == '\a') ++at_;
  } else if (introducer == '\x1b') {
    --at_;
  }
}

}  // namespace egressc
