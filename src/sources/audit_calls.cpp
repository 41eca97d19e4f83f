#include "sources/audit_calls.h"

#include <span>

namespace egressc::audit {
namespace {

struct Row {
  std::uint16_t number;
  Call call;
};

constexpr Row uring_enter_row = {426, Call::uring_enter};  // from 403 on numbers are the same everywhere

// arch/x86/entry/syscalls/syscall_64.tbl
constexpr Row x86_64[] = {
    {42, Call::connect}, {44, Call::sendto},   {41, Call::socket},   {46, Call::sendmsg}, {307, Call::sendmmsg},
    {43, Call::inbound}, {45, Call::inbound},  {47, Call::inbound},  {49, Call::inbound}, {51, Call::inbound},
    {52, Call::inbound}, {288, Call::inbound}, {299, Call::inbound}, uring_enter_row,
};
// The same file, rows "x32"; without __X32_SYSCALL_BIT.
constexpr Row x32[] = {
    {42, Call::connect},  {44, Call::sendto},   {41, Call::socket},   {518, Call::sendmsg}, {538, Call::sendmmsg},
    {43, Call::inbound},  {49, Call::inbound},  {51, Call::inbound},  {52, Call::inbound},  {288, Call::inbound},
    {517, Call::inbound}, {519, Call::inbound}, {537, Call::inbound}, uring_enter_row,
};
// arch/x86/entry/syscalls/syscall_32.tbl
constexpr Row i386[] = {
    {102, Call::socketcall}, {362, Call::connect}, {369, Call::sendto},  {359, Call::socket},  {370, Call::sendmsg},
    {345, Call::sendmmsg},   {361, Call::inbound}, {364, Call::inbound}, {367, Call::inbound}, {368, Call::inbound},
    {371, Call::inbound},    {372, Call::inbound}, {337, Call::inbound}, {417, Call::inbound}, uring_enter_row,
};
// include/uapi/asm-generic/unistd.h: aarch64, riscv64, loongarch64
constexpr Row generic[] = {
    {203, Call::connect}, {206, Call::sendto},  {198, Call::socket},  {211, Call::sendmsg}, {269, Call::sendmmsg},
    {200, Call::inbound}, {202, Call::inbound}, {204, Call::inbound}, {205, Call::inbound}, {207, Call::inbound},
    {212, Call::inbound}, {242, Call::inbound}, {243, Call::inbound}, uring_enter_row,
};
// arch/arm/tools/syscall.tbl
constexpr Row arm[] = {
    {283, Call::connect},  {290, Call::sendto},  {281, Call::socket},  {296, Call::sendmsg},
    {374, Call::sendmmsg}, {289, Call::send},    {282, Call::inbound}, {285, Call::inbound},
    {286, Call::inbound},  {287, Call::inbound}, {292, Call::inbound}, {297, Call::inbound},
    {365, Call::inbound},  {366, Call::inbound}, {417, Call::inbound}, uring_enter_row,
};
// arch/s390/kernel/syscalls/syscall.tbl
constexpr Row s390[] = {
    {102, Call::socketcall}, {362, Call::connect}, {369, Call::sendto},  {359, Call::socket},  {370, Call::sendmsg},
    {358, Call::sendmmsg},   {361, Call::inbound}, {364, Call::inbound}, {367, Call::inbound}, {368, Call::inbound},
    {371, Call::inbound},    {372, Call::inbound}, {357, Call::inbound}, uring_enter_row,
};
// arch/powerpc/kernel/syscalls/syscall.tbl
constexpr Row powerpc[] = {
    {102, Call::socketcall}, {328, Call::connect},  {335, Call::sendto},  {326, Call::socket},
    {341, Call::sendmsg},    {349, Call::sendmmsg}, {334, Call::send},    {327, Call::inbound},
    {330, Call::inbound},    {331, Call::inbound},  {332, Call::inbound}, {337, Call::inbound},
    {342, Call::inbound},    {343, Call::inbound},  {344, Call::inbound}, uring_enter_row,
};

struct Architecture {
  std::uint32_t id;
  ByteOrder order;
  std::span<const Row> rows;
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

Call find_in(std::span<const Row> rows, std::uint32_t number) {
  for (const Row& row : rows)
    if (row.number == number) return row.call;
  return Call::irrelevant;
}

}  // namespace

FoundCall find_call(std::uint32_t architecture, std::uint32_t number) {
  for (const Architecture& known : architectures) {
    if (known.id != architecture) continue;
    if (architecture == x86_64_architecture && (number & x32_bit) != 0)
      return {find_in(x32, number & ~x32_bit), known.order, true};
    return {find_in(known.rows, number), known.order, true};
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
  switch (number) {
    case 1:
      return Call::socket;
    case 3:
      return Call::connect;
    case 9:
      return Call::send;
    case 11:
      return Call::sendto;
    case 16:
      return Call::sendmsg;
    case 20:
      return Call::sendmmsg;
    default:
      return Call::inbound;
  }
}

// include/uapi/linux/io_uring.h
Call uring_call_numbered(std::uint64_t number) {
  switch (number) {
    case 16:
      return Call::connect;  // IORING_OP_CONNECT
    case 9:                  // IORING_OP_SENDMSG
    case 48:
      return Call::sendmsg;  // IORING_OP_SENDMSG_ZC
    case 26:                 // IORING_OP_SEND
    case 47:
      return Call::sendto;  // IORING_OP_SEND_ZC
    default:
      return Call::irrelevant;
  }
}

}  // namespace egressc::audit
