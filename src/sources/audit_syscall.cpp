#include "sources/audit_syscall.h"

#include <algorithm>
#include <initializer_list>

namespace egressc::audit {
namespace {

constexpr std::uint32_t af_inet = 2, af_inet6 = 10;   // bits/socket.h
constexpr std::uint32_t type_mask = 0xf;              // SOCK_TYPE_MASK (linux/net.h): without SOCK_CLOEXEC …
constexpr std::uint32_t fast_open_flag = 0x20000000;  // MSG_FASTOPEN (bits/socket.h)
constexpr std::uint32_t mptcp = 262;                  // IPPROTO_MPTCP (linux/in.h): TCP on the wire
constexpr std::uint32_t not_understood = 255;         // no family, no protocol in use, and no MSG_FASTOPEN

// Arguments as ausearch -i names them.
struct Named {
  std::string_view name;
  std::uint32_t number;
};
constexpr Named argument_names[] = {
    {"inet", af_inet}, {"inet6", af_inet6}, {"SOCK_STREAM", 1}, {"SOCK_DGRAM", 2}, {"SOCK_RAW", 3},
    {"ip", 0},         {"tcp", 6},          {"udp", 17},        {"icmp", 1},       {"ipv6-icmp", 58},
    {"icmpv6", 58},    {"dccp", 33},        {"sctp", 132},      {"udplite", 136},
};

std::uint32_t argument(std::string_view text) {
  if (const auto number = hex(text)) return static_cast<std::uint32_t>(*number);
  for (const Named& named : argument_names)
    if (named.name == text) return named.number;
  return text.find("MSG_FASTOPEN") != text.npos ? fast_open_flag : not_understood;
}

constexpr Key argument_keys[] = {Key::a0, Key::a1, Key::a2, Key::a3};

// Those that apply() looks at.
Arguments arguments_of(const Fields& fields, Call call) {
  Arguments arguments{};
  const auto read = [&](std::size_t i) { arguments[i] = argument(fields[argument_keys[i]]); };
  read(0);
  if (call == Call::socket) read(1);
  if (call == Call::socket || call == Call::sendmsg) read(2);
  if (call == Call::sendto || call == Call::sendmmsg) read(3);
  return arguments;
}

FoundCall call_of(const Fields& fields) {
  const std::string_view text = fields[Key::syscall];
  const auto number = decimal(text);
  if (!number) {
    static constexpr std::string_view socketcall = "socketcall(";
    return {text.starts_with(socketcall) ? Call::socketcall : call_named(text), ByteOrder::unknown, true};
  }
  const auto architecture = hex(fields[Key::arch]);
  if (!architecture || *architecture > 0xffffffff || *number > 0xffffffff) return {};
  return find_call(static_cast<std::uint32_t>(*architecture), static_cast<std::uint32_t>(*number));
}

Call called_by_socketcall(const Fields& fields) {
  const std::string_view text = fields[Key::a0];
  const auto number = hex(text);
  if (number) return socketcall_numbered(*number);
  const Call call = call_named(text);
  return call == Call::irrelevant ? Call::inbound : call;
}

void read_subject(const Fields& fields, SocketEvent& event) {
  const auto pid = decimal(fields[Key::pid]);
  event.pid = pid && *pid <= 0xffffffff ? static_cast<std::uint32_t>(*pid) : 0;
  event.uid = user_or_group(fields[fields.has(Key::fsuid) ? Key::fsuid : Key::uid]);
  event.gid = user_or_group(fields[fields.has(Key::fsgid) ? Key::fsgid : Key::gid]);
}

// What ausearch -i prints without quotes goes on to the last of the fields that come next.
std::string_view with_blanks(std::string_view value, std::string_view text,
                             std::initializer_list<std::string_view> next) {
  if (value.empty()) return value;
  const std::string_view rest = text.substr(static_cast<std::size_t>(value.data() - text.data()));
  for (const std::string_view name : next)
    if (const std::size_t end = rest.rfind(name); end != rest.npos) return rest.substr(0, end);
  return value;
}

}  // namespace

void apply(const Arguments& arguments, Call call, SocketEvent& event) {
  event.fd = static_cast<std::int32_t>(arguments[0]);
  switch (call) {
    case Call::socket: {
      const bool internet = arguments[0] == af_inet || arguments[0] == af_inet6;
      event.op = internet ? SocketOp::socket : SocketOp::other;
      event.fd = event.exit;
      if (!internet) break;
      event.socket_type = static_cast<std::uint8_t>(arguments[1] & type_mask);
      const std::uint32_t protocol = arguments[2] == mptcp ? ip_protocol::tcp : arguments[2];
      event.protocol = static_cast<std::uint8_t>(std::min(protocol, not_understood));
      break;
    }
    case Call::sendto:
    case Call::sendmmsg:
      event.fast_open = (arguments[3] & fast_open_flag) != 0;
      break;
    case Call::sendmsg:
      event.fast_open = (arguments[2] & fast_open_flag) != 0;
      break;
    default:
      break;
  }
  // Descriptors of a process that is not known must not be taken for those of one process.
  if (event.pid == 0) event.fd = -1;
}

std::optional<SystemCall> read_system_call(const Fields& fields) {
  if (!fields.has(Key::syscall)) return std::nullopt;
  SystemCall result;
  const FoundCall found = call_of(fields);
  result.call = found.call;
  result.order = found.order;
  result.known_architecture = found.known_architecture;
  if (result.call == Call::irrelevant) return result;
  if (result.call == Call::socketcall) {
    result.by_socketcall = true;
    result.call = called_by_socketcall(fields);
  }
  if (result.call == Call::inbound) return result;

  read_subject(fields, result.event);
  if (const auto status = exit_status(fields[Key::exit]))
    result.event.exit = *status;
  else if (result.call == Call::socket)
    return std::nullopt;
  if (!result.by_socketcall) {
    if (result.call == Call::socket && (!fields.has(Key::a1) || !fields.has(Key::a2))) return std::nullopt;
    if (fields.has(Key::a0)) apply(arguments_of(fields, result.call), result.call, result.event);
  }
  return result;
}

std::optional<SystemCall> read_uring_operation(const Fields& fields) {
  const auto number = decimal(fields[Key::uring_op]);
  if (!number) return std::nullopt;
  SystemCall result;
  result.call = uring_call_numbered(*number);
  result.by_uring = true;
  read_subject(fields, result.event);
  result.event.exit = exit_status(fields[Key::exit]).value_or(0);
  return result;
}

std::optional<Arguments> read_socketcall_arguments(const Fields& fields) {
  if (!fields.has(Key::a0)) return std::nullopt;
  Arguments arguments{};
  for (std::size_t i = 0; i < arguments.size(); ++i) arguments[i] = argument(fields[argument_keys[i]]);
  return arguments;
}

std::string_view program(const Fields& fields, std::string_view text, bool interpreted, TextBuffer& buffer) {
  std::string_view exe = fields[Key::exe];
  std::string_view comm = fields[Key::comm];
  if (interpreted) {
    exe = with_blanks(exe, text, {" subj=", " key="});
    comm = with_blanks(comm, text, {" exe="});
  }
  const std::string_view name = text_value(exe, interpreted, buffer);
  return name.empty() ? text_value(comm, interpreted, buffer) : name;
}

}  // namespace egressc::audit
