#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>

#include "kernel/nft/bulk.h"
#include "kernel/nft/netlink.h"
#include "kernel/nft/nft.h"

namespace egressc::kernel {
namespace {

// So many bytes of a skeleton take as much longer this way as an element of a set takes with libnftables 1.0.6.
constexpr std::ptrdiff_t bytes_lost_to_an_element = 10;

// nfnetlink(7): a batch without its end is tried, and nothing else.
std::string batch_message(std::uint16_t type, std::optional<std::uint32_t> generation) {
  alignas(nlmsghdr) std::array<char, 64> buffer{};
  nlmsghdr* const message = begin_message(buffer.data(), type, 0, AF_UNSPEC, htons(NFNL_SUBSYS_NFTABLES));
  if (generation) ::mnl_attr_put_u32(message, NFNL_BATCH_GENID, htonl(*generation));
  return {buffer.data(), message->nlmsg_len};
}

}  // namespace

std::optional<Batch> batch_in_bulk(std::string_view text, std::ptrdiff_t at_least) {
  // An element has a line, and a line has more bytes than this. At NUL, libnftables takes a text to end.
  if (std::ssize(text) / 16 < at_least || text.find('\0') != text.npos) return std::nullopt;
  auto parts = take_apart(text);
  if (!parts || std::ssize(parts->skeleton) / -bytes_lost_to_an_element + parts->elements < at_least)
    return std::nullopt;
  auto skeleton = messages_of(parts->skeleton);
  if (!skeleton) return std::nullopt;
  return Batch{std::move(parts->removals), std::move(*skeleton), std::move(parts->messages)};
}

Result<std::optional<Change>> send_in_bulk(const Batch& batch, const std::optional<Commit>& commit) {
  constexpr std::optional<Change> by_libnftables;
  const auto before = ruleset_generation();
  auto socket = NetfilterSocket::open(0);
  if (!before || !socket) return by_libnftables;
  const std::string begin = batch_message(NFNL_MSG_BATCH_BEGIN, commit ? commit->generation : std::nullopt);
  const std::string end = commit ? batch_message(NFNL_MSG_BATCH_END, std::nullopt) : std::string();
  const std::string_view messages[] = {begin, batch.removals, batch.skeleton, batch.elements, end};
  const std::optional<int> refused = socket->send_batch(messages);
  const auto after = ruleset_generation();
  if (!after) return after.failure();
  if (refused == ERESTART) return std::optional(Change{ChangeOutcome::outdated, *after, {}});
  const bool is_taken = refused == 0 && (!commit || *after != *before);
  return is_taken ? std::optional(Change{ChangeOutcome::done, *after, {}}) : by_libnftables;
}

namespace {

// nullopt: there is no whole one.
std::optional<nlmsghdr> head_of(std::string_view messages) {
  nlmsghdr head;
  if (messages.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, messages.data(), sizeof head);
  const bool is_whole = head.nlmsg_len >= NLMSG_LENGTH(sizeof(nfgenmsg)) && head.nlmsg_len % NLMSG_ALIGNTO == 0 &&
                        head.nlmsg_len <= messages.size();
  if (!is_whole) return std::nullopt;
  return head;
}

bool is_expected(const nlmsghdr& head) {
  constexpr unsigned flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_APPEND;
  switch (head.nlmsg_type ^ nf_tables_type(0)) {
    case NFT_MSG_NEWTABLE:
    case NFT_MSG_DELTABLE:
    case NFT_MSG_NEWCHAIN:
    case NFT_MSG_NEWSET:
    case NFT_MSG_NEWSETELEM:
    case NFT_MSG_NEWRULE:
      return (head.nlmsg_flags & ~flags) == 0;
    default:
      return false;
  }
}

}  // namespace

std::optional<std::string_view> inside_of_batch(std::string_view batch) {
  const auto begin = head_of(batch);
  if (!begin || begin->nlmsg_type != NFNL_MSG_BATCH_BEGIN) return std::nullopt;
  batch.remove_prefix(begin->nlmsg_len);
  for (std::string_view rest = batch; !rest.empty();) {
    const auto head = head_of(rest);
    if (!head || !is_expected(*head)) return std::nullopt;
    rest.remove_prefix(head->nlmsg_len);
  }
  return batch;
}

}  // namespace egressc::kernel
