#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <variant>

#include "kernel/nft/netlink.h"
#include "kernel/nft/nft.h"

namespace egressc::kernel {
namespace {

// nfnetlink(7): a batch without its end is tried, and nothing else.
std::string batch_message(std::uint16_t type, std::optional<std::uint32_t> generation) {
  alignas(nlmsghdr) std::array<char, 64> buffer{};
  nlmsghdr* const message = begin_message(buffer.data(), type, 0, AF_UNSPEC, htons(NFNL_SUBSYS_NFTABLES));
  if (generation) ::mnl_attr_put_u32(message, NFNL_BATCH_GENID, htonl(*generation));
  return {buffer.data(), message->nlmsg_len};
}

}  // namespace

Result<std::optional<Change>> change_by_messages(const Messages& messages, const std::optional<Commit>& commit) {
  constexpr std::optional<Change> not_possible;
  const auto before = ruleset_generation();
  auto socket = NetfilterSocket::open(0);
  if (!before || !socket) return not_possible;
  const std::string begin = batch_message(NFNL_MSG_BATCH_BEGIN, commit ? commit->generation : std::nullopt);
  const std::string end = commit ? batch_message(NFNL_MSG_BATCH_END, std::nullopt) : std::string();
  const std::string_view parts[] = {begin, messages.rules, messages.elements, end};
  const std::optional<int> refused = socket->send_batch(parts);
  const auto after = ruleset_generation();
  if (!after) return after.failure();
  if (refused == ERESTART) return std::optional(Change{ChangeOutcome::outdated, *after, {}});
  const bool is_taken = refused == 0 && (!commit || *after != *before);
  return is_taken ? std::optional(Change{ChangeOutcome::done, *after, {}}) : not_possible;
}

Result<Change> change_ruleset(const RulesetChange& change, const std::string& file, const std::optional<Commit>& commit,
                              Tried tried) {
  if (const auto* const text = std::get_if<std::string>(&change)) return change_by_libnftables(*text, file, commit);
  const auto& value = std::get<NftChange>(change);
  if (auto messages = encode(value)) {
    if (tried == Tried::without_services) messages->elements.clear();
    auto changed = change_by_messages(*messages, commit);
    if (!changed) return changed.failure();
    if (*changed) return std::move(**changed);
  }
  return change_by_libnftables(nft_text(value), file, commit);
}

}  // namespace egressc::kernel
