// Lines that name a peer as dst=ADDRESS or dst6=ADDRESS, as loggers on top of audit write them.
#pragma once

#include <cstdint>

#include "egressc/observation.h"
#include "sources/audit_fields.h"

namespace egressc::audit {

inline bool names_peer(const Fields& fields) { return fields.has(Key::dst) || fields.has(Key::dst6); }
// For fields that do.
void add_connection(const Fields& fields, Micros at, StringId exe, Observations& observations, std::uint64_t line);

}  // namespace egressc::audit
