// SYSCALL, SOCKETCALL and URINGOP records.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "egressc/observation.h"
#include "sources/audit_calls.h"
#include "sources/audit_fields.h"
#include "sources/audit_values.h"

namespace egressc::audit {

// The first four arguments of a call, cut to 32 bits: pointers and lengths do not matter here.
using Arguments = std::array<std::uint32_t, 4>;

// What a process did, without the address.
struct SystemCall {
  Call call = Call::irrelevant;
  ByteOrder order = ByteOrder::unknown;
  bool known_architecture = true;
  bool by_socketcall = false;  // its arguments are in a SOCKETCALL record
  bool by_uring = false;
  SocketEvent event;  // but for time, serial, node and exe
};

// nullopt where `fields` lacks what the record is about.
std::optional<SystemCall> read_system_call(const Fields& fields);
std::optional<SystemCall> read_uring_operation(const Fields& fields);
std::optional<Arguments> read_socketcall_arguments(const Fields& fields);

// Sets what the arguments of `call` tell: descriptor, type, protocol, flags.
void apply(const Arguments& arguments, Call call, SocketEvent& event);

// The exe of the record whose fields are those of `text`, or else its comm; empty where neither is known.
std::string_view program(const Fields& fields, std::string_view text, bool interpreted, TextBuffer& buffer);

}  // namespace egressc::audit
