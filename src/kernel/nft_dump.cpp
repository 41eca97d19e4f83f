#include "kernel/nft_dump.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <charconv>
#include <cstdint>
#include <cstring>

#include "kernel/nf_message.h"

namespace egressc::kernel {
namespace {

template <typename Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// src/mnl.c of libnftables, for `add`. nullopt: a kind of message that is not known here.
std::optional<std::uint16_t> flags_of(unsigned type) {
  switch (type ^ nf_tables_type(0)) {
    case NFT_MSG_NEWTABLE:
    case NFT_MSG_DELTABLE:
      return NLM_F_REQUEST;
    case NFT_MSG_NEWCHAIN:
    case NFT_MSG_NEWSET:
    case NFT_MSG_NEWSETELEM:
      return NLM_F_REQUEST | NLM_F_CREATE;
    case NFT_MSG_NEWRULE:
      return NLM_F_REQUEST | NLM_F_CREATE | NLM_F_APPEND;
    default:
      return std::nullopt;
  }
}

class Reader {
 public:
  bool line(std::string_view text) {
    const std::size_t tab = text.find('\t');
    if (tab == text.npos) return false;
    const std::string_view value = text.substr(0, tab);
    const std::string_view label = text.substr(tab + 1);
    if (label.starts_with("------------------")) return true;
    if (label.starts_with("| message length |")) return end() && begin(value);
    if (label.starts_with("|  type | flags  |")) return type(value);
    if (label.starts_with("| sequence number|") || label.starts_with("|     port ID    |")) return true;
    if (label.starts_with("|  extra header  |") || label.starts_with("|      data      |")) return data(value);
    return label.starts_with("|len |flags| type|") && attribute(value);
  }

  std::optional<std::string> take() {
    if (!end() || !begun_) return std::nullopt;
    return std::move(batch_);
  }

 private:
  // "|  0000000040  |"
  bool begin(std::string_view value) {
    const auto length = number<std::uint32_t>(value.size() == 16 ? value.substr(3, 10) : "");
    if (!length) return false;
    length_ = *length;
    message_.assign(sizeof(nlmsghdr), '\0');
    return true;
  }

  // "| 02560 | R--- |"
  bool type(std::string_view value) {
    const auto type = number<std::uint16_t>(value.size() == 16 ? value.substr(2, 5) : "");
    if (!type || message_.empty()) return false;
    type_ = *type;
    return value.substr(7) == " | R--- |";
  }

  // "| 65 67 72 65  |"
  bool data(std::string_view value) {
    if (value.size() != 16 || message_.empty()) return false;
    for (std::size_t place = 2; place < 14; place += 3) {
      const auto byte = number<std::uint8_t>(value.substr(place, 2), 16);
      if (!byte) return false;
      message_ += static_cast<char>(*byte);
    }
    return true;
  }

  // "|00012|N-|00001|", each in a colour: ESC [ 1 ; 3 1 m … ESC [ 0 m
  bool attribute(std::string_view value) {
    std::string plain;
    for (std::size_t place = 0; place < value.size(); ++place) {
      if (value[place] == '\x1b')
        place = std::min(value.find('m', place), value.size());
      else
        plain += value[place];
    }
    if (plain.size() != 16 || message_.empty()) return false;
    const std::string_view text = plain;
    const auto length = number<std::uint16_t>(text.substr(1, 5));
    const auto type = number<std::uint16_t>(text.substr(10, 5));
    const std::string_view flags = text.substr(7, 2);
    if (!length || !type || (flags != "N-" && flags != "--")) return false;
    const nlattr head{*length, static_cast<std::uint16_t>(*type | (flags[0] == 'N' ? NLA_F_NESTED : 0))};
    message_.append(reinterpret_cast<const char*>(&head), sizeof head);
    return true;
  }

  // Of a message, if there is one.
  bool end() {
    if (message_.empty()) return true;
    if (message_.size() != length_) return false;
    if (type_ == NFNL_MSG_BATCH_BEGIN) {
      if (begun_) return false;
      begun_ = true;
    } else if (begun_) {
      const auto flags = flags_of(type_);
      if (!flags) return false;
      const nlmsghdr head{length_, type_, *flags, 0, 0};
      std::memcpy(message_.data(), &head, sizeof head);
      batch_ += message_;
    }
    message_.clear();
    return true;
  }

  std::string batch_;
  std::string message_;  // empty between two
  std::uint32_t length_ = 0;
  std::uint16_t type_ = 0;
  bool begun_ = false;
};

}  // namespace

std::optional<std::string> dumped_batch(std::string_view dump) {
  Reader reader;
  while (!dump.empty()) {
    const std::size_t end = dump.find('\n');
    if (end == dump.npos || !reader.line(dump.substr(0, end))) return std::nullopt;
    dump.remove_prefix(end + 1);
  }
  return reader.take();
}

}  // namespace egressc::kernel
