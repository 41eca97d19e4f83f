#include <arpa/inet.h>
#include <fmt/core.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>

#include "egressc/diagnostics.h"
#include "kernel/nft/netlink.h"
#include "kernel/nft/nft.h"

namespace egressc::kernel {
namespace {

// NFTNL_UDATA_TABLE_COMMENT and NFTNL_UDATA_RULE_COMMENT of libnftnl/udata.h: in the user data a byte for the kind, one
// for the size, and a text that ends in NUL.
constexpr unsigned char comment_kind = 0;

std::string comment_of(const nlattr* attribute) {
  const auto* const bytes = static_cast<const unsigned char*>(::mnl_attr_get_payload(attribute));
  const std::size_t size = ::mnl_attr_get_payload_len(attribute);
  for (std::size_t place = 0; place + 2 <= size;) {
    const std::size_t length = bytes[place + 1];
    if (place + 2 + length > size) break;
    const std::string_view text(reinterpret_cast<const char*>(bytes + place + 2), length);
    if (bytes[place] == comment_kind) return std::string(text.substr(0, text.find('\0')));
    place += 2 + length;
  }
  return {};
}

class NftWatch final : public RulesetWatch {
 public:
  explicit NftWatch(NetfilterSocket socket) : socket_(std::move(socket)) {}

  int descriptor() const override { return socket_.descriptor(); }
  void listen(bool on) override { socket_.listen(NFNLGRP_NFTABLES, on); }

  std::vector<std::string> others() override {
    std::vector<std::string> names;
    std::uint32_t pid = 0;
    std::string name;
    const auto add = [&] {
      // A child of this program has its name, and is gone.
      const bool is_ours = name.empty() || name == "egressc" || name == "egressc-guard";
      const std::string both = fmt::format("{} (pid {})", printable(name, 32), pid);
      if (!is_ours && std::find(names.begin(), names.end(), both) == names.end()) names.push_back(both);
      name.clear();
    };
    socket_.hear(NFT_MSG_NEWGEN, add, [&](const nlattr* attribute) {
      const unsigned type = ::mnl_attr_get_type(attribute);
      if (type == NFTA_GEN_PROC_PID && ::mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
        pid = ntohl(::mnl_attr_get_u32(attribute));
      if (type == NFTA_GEN_PROC_NAME && ::mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
        name = ::mnl_attr_get_str(attribute);
    });
    add();
    return names;
  }

 private:
  NetfilterSocket socket_;
};

}  // namespace

Result<OwnTable> find_own_table() {
  const auto generation = ruleset_generation();
  if (!generation) return generation.failure();
  auto socket = NetfilterSocket::open(0);
  if (!socket) return socket.failure();
  OwnTable table;
  table.generation = *generation;
  const auto found =
      socket->ask(NFT_MSG_GETTABLE, NFPROTO_INET, NFTA_TABLE_NAME, "egressc", [&](const nlattr* attribute) {
        if (::mnl_attr_get_type(attribute) == NFTA_TABLE_USERDATA) table.comment = comment_of(attribute);
      });
  if (!found) return found.failure();
  table.present = *found;
  if (!table.present) return table;
  const auto read = socket->ask_all(NFT_MSG_GETRULE, NFPROTO_INET, NFTA_RULE_TABLE, "egressc", NFTA_RULE_CHAIN,
                                    "output", [&](const nlattr* attribute) {
                                      if (::mnl_attr_get_type(attribute) != NFTA_RULE_USERDATA) return;
                                      // The last one: whatever somebody has put before it, it is there.
                                      if (std::string comment = comment_of(attribute); comment.starts_with("egressc "))
                                        table.comment = std::move(comment);
                                    });
  if (!read) return read.failure();
  return table;
}

Result<std::unique_ptr<RulesetWatch>> watch_ruleset() {
  auto socket = NetfilterSocket::open(NFNLGRP_NFTABLES);
  if (!socket) return socket.failure();
  return std::unique_ptr<RulesetWatch>(std::make_unique<NftWatch>(std::move(*socket)));
}

}  // namespace egressc::kernel
