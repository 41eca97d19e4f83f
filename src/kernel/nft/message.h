// Messages of nf_tables in the making (linux/netfilter/nf_tables.h), of the table inet egressc.
#pragma once

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "egressc/address.h"
#include "kernel/nft/netlink.h"
#include "model/values/nft_table.h"

namespace egressc::kernel {

// A value in a register, in network order but for host_number(): an address, a protocol and a port at most.
class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(std::size_t size) : size_(size) { assert(size <= bytes_.size()); }  // zeros
  Bytes(std::initializer_list<std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) push_back(byte);
  }

  void push_back(std::uint8_t byte) {
    assert(size_ < bytes_.size());
    bytes_[size_++] = byte;
  }
  std::size_t size() const { return size_; }
  const std::uint8_t* data() const { return bytes_.data(); }
  std::uint8_t& operator[](std::size_t place) { return bytes_[place]; }
  std::uint8_t operator[](std::size_t place) const { return bytes_[place]; }
  bool is_zero() const { return *this == Bytes(size_); }
  auto operator<=>(const Bytes&) const = default;

 private:
  std::array<std::uint8_t, 24> bytes_{};
  std::size_t size_ = 0;
};

void append_number(Bytes& bytes, std::uint64_t value, unsigned size);
Bytes number(std::uint64_t value, unsigned size);
Bytes host_number(std::uint32_t value);
Bytes bytes_of(const Address& address);
std::uint8_t protocol_number(Protocol protocol);  // of IP; udp for any

// What nft(8) needs for its listing and the kernel only keeps: a byte for the kind, one for the size, and that many
// bytes (libnftnl/udata.h).
class UserData {
 public:
  UserData& add(std::uint8_t kind, std::string_view value) {
    bytes_ += static_cast<char>(kind);
    bytes_ += static_cast<char>(value.size());
    bytes_ += value;
    return *this;
  }
  UserData& add(std::uint8_t kind, std::uint32_t value) {
    return add(kind, std::string_view(reinterpret_cast<const char*>(&value), sizeof value));
  }
  UserData& add(std::uint8_t kind, const UserData& value) { return add(kind, std::string_view(value.bytes_)); }
  UserData& add_text(std::uint8_t kind, const std::string& text) { return add(kind, {text.c_str(), text.size() + 1}); }

  std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// A message in the making. Attributes are those of linux/netfilter/nf_tables.h.
class Message {
 public:
  Message(std::string& out, unsigned type, unsigned flags) : out_(out) {
    message_ = begin_message(buffer().data(), nf_tables_type(type), flags, NFPROTO_INET);
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() { out_.append(reinterpret_cast<const char*>(message_), message_->nlmsg_len); }

  std::uint32_t size() const { return message_->nlmsg_len; }

  void put(std::uint16_t attribute, std::string_view text) {
    ::mnl_attr_put_strz(message_, attribute, std::string(text).c_str());
  }
  void put(std::uint16_t attribute, const Bytes& bytes) {
    ::mnl_attr_put(message_, attribute, bytes.size(), bytes.data());
  }
  void put_bytes(std::uint16_t attribute, std::string_view bytes) {
    ::mnl_attr_put(message_, attribute, bytes.size(), bytes.data());
  }
  void put8(std::uint16_t attribute, std::uint8_t value) { ::mnl_attr_put_u8(message_, attribute, value); }
  void put16(std::uint16_t attribute, std::uint16_t value) { put(attribute, number(value, 2)); }
  void put32(std::uint16_t attribute, std::uint32_t value) { ::mnl_attr_put_u32(message_, attribute, htonl(value)); }
  void put64(std::uint16_t attribute, std::uint64_t value) { put(attribute, number(value, 8)); }

  template <typename Body>
  void nest(std::uint16_t attribute, Body body) {
    nlattr* const start = open(attribute);
    body();
    close(start);
  }
  nlattr* open(std::uint16_t attribute) { return ::mnl_attr_nest_start(message_, attribute); }
  void close(nlattr* start) { ::mnl_attr_nest_end(message_, start); }

  void put_value(std::uint16_t attribute, const Bytes& bytes) {
    nest(attribute, [&] { put(NFTA_DATA_VALUE, bytes); });
  }
  void put_verdict(std::uint16_t attribute, int code, std::string_view chain = {}) {
    nest(attribute, [&] {
      nest(NFTA_DATA_VERDICT, [&] {
        put32(NFTA_VERDICT_CODE, static_cast<std::uint32_t>(code));
        if (!chain.empty()) put(NFTA_VERDICT_CHAIN, chain);
      });
    });
  }

 private:
  using Buffer = std::array<char, (1 << 16) + 4096>;
  // One at a time in a thread.
  static Buffer& buffer() {
    alignas(nlmsghdr) static thread_local Buffer buffer;
    return buffer;
  }

  std::string& out_;
  nlmsghdr* message_;
};

// A set as a rule looks it up. The kernel knows it by its number within the transaction; 0 if it is in no message of
// it.
struct SetHead {
  std::string_view name;
  std::uint32_t id = 0;
};

// Of named sets.
using SetIds = std::map<std::string_view, std::uint32_t>;

// NFT_MSG_NEWSET; without its elements.
void put_set(std::string& messages, const NftSet& set, SetHead head);
// NFT_MSG_NEWSETELEM. `is_begun`: the set has others already.
void put_elements(std::string& messages, const NftSet& set, SetHead head, std::span<const NftElement> elements,
                  bool is_begun);

// The set that a statement looks something up in, if it has one to itself: NFT_MSG_NEWSET, with its elements.
std::optional<SetHead> put_own_set(std::string& messages, const NftStatement& statement, std::uint32_t id);

// Puts the expressions of a rule into its message. `own` are the sets that it has to itself, in the order of the
// statements that look something up in them.
void put_expressions(Message& message, const NftRule& rule, std::span<const SetHead> own, const SetIds& ids);

// Whether an entry is more than one id: then they are looked up as intervals, in network order.
bool has_ranges(const NftDispatch& dispatch);

}  // namespace egressc::kernel
