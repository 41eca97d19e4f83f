#include <algorithm>
#include <span>

#include "model/words/text.h"
#include "sources/audit/events.h"

namespace egressc::sources {
namespace {

struct CallRow {
  std::uint16_t number;
  Call call;
};

constexpr CallRow uring_enter_row = {426, Call::uring_enter};  // from 403 on numbers are the same everywhere

// arch/x86/entry/syscalls/syscall_64.tbl
constexpr CallRow x86_64[] = {
    {42, Call::connect}, {44, Call::sendto},   {41, Call::socket},   {46, Call::sendmsg}, {307, Call::sendmmsg},
    {43, Call::inbound}, {45, Call::inbound},  {47, Call::inbound},  {49, Call::inbound}, {51, Call::inbound},
    {52, Call::inbound}, {288, Call::inbound}, {299, Call::inbound}, uring_enter_row,
};
// The same file, rows "x32"; without __X32_SYSCALL_BIT.
constexpr CallRow x32[] = {
    {42, Call::connect},  {44, Call::sendto},   {41, Call::socket},   {518, Call::sendmsg}, {538, Call::sendmmsg},
    {43, Call::inbound},  {49, Call::inbound},  {51, Call::inbound},  {52, Call::inbound},  {288, Call::inbound},
    {517, Call::inbound}, {519, Call::inbound}, {537, Call::inbound}, uring_enter_row,
};
// arch/x86/entry/syscalls/syscall_32.tbl
constexpr CallRow i386[] = {
    {102, Call::socketcall}, {362, Call::connect}, {369, Call::sendto},  {359, Call::socket},  {370, Call::sendmsg},
    {345, Call::sendmmsg},   {361, Call::inbound}, {364, Call::inbound}, {367, Call::inbound}, {368, Call::inbound},
    {371, Call::inbound},    {372, Call::inbound}, {337, Call::inbound}, {417, Call::inbound}, uring_enter_row,
};
// include/uapi/asm-generic/unistd.h: aarch64, riscv64, loongarch64
constexpr CallRow generic[] = {
    {203, Call::connect}, {206, Call::sendto},  {198, Call::socket},  {211, Call::sendmsg}, {269, Call::sendmmsg},
    {200, Call::inbound}, {202, Call::inbound}, {204, Call::inbound}, {205, Call::inbound}, {207, Call::inbound},
    {212, Call::inbound}, {242, Call::inbound}, {243, Call::inbound}, uring_enter_row,
};
// arch/arm/tools/syscall.tbl
constexpr CallRow arm[] = {
    {283, Call::connect},  {290, Call::sendto},  {281, Call::socket},  {296, Call::sendmsg},
    {374, Call::sendmmsg}, {289, Call::send},    {282, Call::inbound}, {285, Call::inbound},
    {286, Call::inbound},  {287, Call::inbound}, {292, Call::inbound}, {297, Call::inbound},
    {365, Call::inbound},  {366, Call::inbound}, {417, Call::inbound}, uring_enter_row,
};
// arch/s390/kernel/syscalls/syscall.tbl
constexpr CallRow s390[] = {
    {102, Call::socketcall}, {362, Call::connect}, {369, Call::sendto},  {359, Call::socket},  {370, Call::sendmsg},
    {358, Call::sendmmsg},   {361, Call::inbound}, {364, Call::inbound}, {367, Call::inbound}, {368, Call::inbound},
    {371, Call::inbound},    {372, Call::inbound}, {357, Call::inbound}, uring_enter_row,
};
// arch/powerpc/kernel/syscalls/syscall.tbl
constexpr CallRow powerpc[] = {
    {102, Call::socketcall}, {328, Call::connect},  {335, Call::sendto},  {326, Call::socket},
    {341, Call::sendmsg},    {349, Call::sendmmsg}, {334, Call::send},    {327, Call::inbound},
    {330, Call::inbound},    {331, Call::inbound},  {332, Call::inbound}, {337, Call::inbound},
    {342, Call::inbound},    {343, Call::inbound},  {344, Call::inbound}, uring_enter_row,
};

struct Architecture {
  std::uint32_t id;
  ByteOrder order;
  std::span<const CallRow> rows;
};

// AUDIT_ARCH_… (linux/audit.h): the ELF machine (linux/elf-em.h), 0x80000000 for 64 bits, 0x40000000 for little endian.
constexpr Architecture architectures[] = {
    {0xc000003e, ByteOrder::little, x86_64},   // EM_X86_64
    {0xc00000b7, ByteOrder::little, generic},  // EM_AARCH64
    {0x40000003, ByteOrder::little, i386},     // EM_386
    {0x40000028, ByteOrder::little, arm},      // EM_ARM
    {0xc00000f3, ByteOrder::little, generic},  // EM_RISCV
    {0xc0000102, ByteOrder::little, generic},  // EM_LOONGARCH
    {0xc0000015, ByteOrder::little, powerpc},  // EM_PPC64
    {0x80000015, ByteOrder::big, powerpc},     // EM_PPC64
    {0x00000014, ByteOrder::big, powerpc},     // EM_PPC
    {0x80000016, ByteOrder::big, s390},        // EM_S390
    {0x00000016, ByteOrder::big, s390},        // EM_S390
    {0x00000028, ByteOrder::big, arm},         // EM_ARM
};

constexpr std::uint32_t x86_64_architecture = 0xc000003e;
constexpr std::uint32_t x32_bit = 0x40000000;  // asm/unistd.h: __X32_SYSCALL_BIT

Call find_in(std::span<const CallRow> rows, std::uint64_t number, Call otherwise) {
  for (const CallRow& row : rows)
    if (row.number == number) return row.call;
  return otherwise;
}

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
  const auto number = parse_number<std::uint64_t>(text);
  if (!number) return {text.starts_with("socketcall(") ? Call::socketcall : call_named(text), ByteOrder::unknown, true};
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

void read_subject(const Fields& fields, const ParseContext& context, SocketEvent& event) {
  const auto pid = parse_number<std::uint64_t>(fields[Key::pid]);
  event.pid = pid && *pid <= 0xffffffff ? static_cast<std::uint32_t>(*pid) : 0;
  event.auid = user_or_group(fields[Key::auid], context.users);
  event.session = user_or_group(fields[Key::ses]);
  event.uid = user_or_group(fields[fields.has(Key::fsuid) ? Key::fsuid : Key::uid], context.users);
  event.gid = user_or_group(fields[fields.has(Key::fsgid) ? Key::fsgid : Key::gid], context.groups);
}

// The program in what ausearch -i prints behind "comm=" without quotes: exe= goes on to the last of the fields that
// come next. A name may look like a field; where there are two of them, neither is sure.
std::string_view interpreted_program(std::string_view text, TextBuffer& buffer) {
  constexpr std::string_view mark = " exe=";
  const std::size_t end = text.find(mark);
  if (end == text.npos || text.find(mark, end + 1) != text.npos) return {};
  std::string_view exe = text.substr(end + mark.size());
  for (const std::string_view next : {" subj=", " key="})
    if (const std::size_t at = exe.rfind(next); at != exe.npos) exe = exe.substr(0, at);
  const std::string_view name = text_value(exe, true, buffer);
  return name.empty() ? text_value(text.substr(0, end), true, buffer) : name;
}

}  // namespace

FoundCall find_call(std::uint32_t architecture, std::uint32_t number) {
  for (const Architecture& known : architectures) {
    if (known.id != architecture) continue;
    if (architecture == x86_64_architecture && (number & x32_bit) != 0)
      return {find_in(x32, number & ~x32_bit, Call::irrelevant), known.order, true};
    return {find_in(known.rows, number, Call::irrelevant), known.order, true};
  }
  return {};
}

Call call_named(std::string_view name) {
  struct Named {
    std::string_view name;
    Call call;
  };
  static constexpr Named names[] = {
      {"connect", Call::connect},       {"sendto", Call::sendto},
      {"socket", Call::socket},         {"sendmsg", Call::sendmsg},
      {"sendmmsg", Call::sendmmsg},     {"send", Call::send},
      {"socketcall", Call::socketcall}, {"io_uring_enter", Call::uring_enter},
      {"accept", Call::inbound},        {"accept4", Call::inbound},
      {"bind", Call::inbound},          {"recvfrom", Call::inbound},
      {"recvmsg", Call::inbound},       {"recvmmsg", Call::inbound},
      {"getsockname", Call::inbound},   {"getpeername", Call::inbound},
  };
  for (const Named& named : names)
    if (named.name == name) return named.call;
  return Call::irrelevant;
}

// include/uapi/linux/net.h
Call socketcall_numbered(std::uint64_t number) {
  constexpr CallRow rows[] = {{1, Call::socket},  {3, Call::connect},  {9, Call::send},
                              {11, Call::sendto}, {16, Call::sendmsg}, {20, Call::sendmmsg}};
  return find_in(rows, number, Call::inbound);
}

// include/uapi/linux/io_uring.h
Call uring_call_numbered(std::uint64_t number) {
  constexpr CallRow rows[] = {{16, Call::connect},  // IORING_OP_CONNECT
                              {9, Call::sendmsg},
                              {48, Call::sendmsg},  // IORING_OP_SENDMSG, IORING_OP_SENDMSG_ZC
                              {26, Call::sendto},
                              {47, Call::sendto}};  // IORING_OP_SEND, IORING_OP_SEND_ZC
  return find_in(rows, number, Call::irrelevant);
}

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

std::optional<SystemCall> read_system_call(const Fields& fields, const ParseContext& context) {
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

  read_subject(fields, context, result.event);
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

std::optional<SystemCall> read_uring_operation(const Fields& fields, const ParseContext& context) {
  const auto number = parse_number<std::uint64_t>(fields[Key::uring_op]);
  if (!number) return std::nullopt;
  SystemCall result;
  result.call = uring_call_numbered(*number);
  result.by_uring = true;
  read_subject(fields, context, result.event);
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
  const std::string_view comm = fields[Key::comm];
  if (interpreted) {
    if (comm.data() == nullptr) return {};
    return interpreted_program(text.substr(static_cast<std::size_t>(comm.data() - text.data())), buffer);
  }
  const std::string_view name = text_value(fields[Key::exe], false, buffer);
  return name.empty() ? text_value(comm, false, buffer) : name;
}

}  // namespace egressc::sources
