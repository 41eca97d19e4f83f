#include "kernel/nft_batch.h"

#include <cstring>

#include "kernel/nf_message.h"

namespace egressc::kernel {
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
