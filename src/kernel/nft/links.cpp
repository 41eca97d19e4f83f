// Links by name: nft takes a rule that asks for the index of one only where there is such a link.
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cerrno>
#include <set>

#include "kernel/nft/netlink.h"
#include "kernel/nft/nft.h"
#include "model/words/text.h"

namespace egressc::kernel {
namespace {

constexpr std::size_t most_links = 256;

// As dev_valid_name() of the kernel's net/core/dev.c has it, without the characters that nft has other uses for.
bool is_link_name(std::string_view text) {
  constexpr std::string_view others = "._-@+";
  if (text.empty() || text.size() >= IFNAMSIZ || text == "." || text == ".." || text == "lo") return false;
  for (const char c : text)
    if (!is_letter_or_digit(c) && others.find(c) == others.npos) return false;
  return true;
}

bool add_link(const NetlinkSocket& socket, const std::string& name, const char* kind) {
  alignas(nlmsghdr) char buffer[512];
  nlmsghdr* const message = ::mnl_nlmsg_put_header(buffer);
  message->nlmsg_type = RTM_NEWLINK;
  message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
  (void)::mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg));
  ::mnl_attr_put_strz(message, IFLA_IFNAME, name.c_str());
  nlattr* const info = ::mnl_attr_nest_start(message, IFLA_LINKINFO);
  ::mnl_attr_put_strz(message, IFLA_INFO_KIND, kind);
  ::mnl_attr_nest_end(message, info);
  if (::mnl_socket_sendto(socket.get(), message, message->nlmsg_len) < 0) return false;
  alignas(nlmsghdr) char answer[8192];
  const ssize_t size = receive(socket, answer);
  return size >= 0 && ::mnl_cb_run(answer, static_cast<std::size_t>(size), 0, ::mnl_socket_get_portid(socket.get()),
                                   nullptr, nullptr) >= 0;
}

}  // namespace

std::vector<std::string> links_named(std::string_view nft_text) {
  std::set<std::string> names;
  const bool asks = nft_text.find("iif") != nft_text.npos || nft_text.find("oif") != nft_text.npos ||
                    nft_text.find("iface_index") != nft_text.npos || nft_text.find("device") != nft_text.npos;
  std::string_view before;
  for (std::size_t at = 0; asks && at < nft_text.size() && names.size() < most_links;) {
    const char c = nft_text[at];
    if (c == '"') {
      const std::size_t end = std::min(nft_text.find('"', at + 1), nft_text.size());
      const std::string_view quoted = nft_text.substr(at + 1, end - at - 1);
      if (is_link_name(quoted)) names.emplace(quoted);
      at = end + 1;
    } else if (c == '#') {
      at = std::min(nft_text.find('\n', at), nft_text.size());
    } else if (is_letter_or_digit(c) || c == '_') {
      std::size_t end = at;
      while (end < nft_text.size() && nft_text[end] != '"' && is_link_name(nft_text.substr(end, 1))) ++end;
      const std::string_view word = nft_text.substr(at, std::max<std::size_t>(end - at, 1));
      const bool is_asked = before == "iif" || before == "oif" || before == "device";
      if (is_asked && is_link_name(word) && !is_number(word) && word != "vmap" && word != "map") names.emplace(word);
      before = word;
      at += word.size();
    } else {
      ++at;
    }
  }
  return {names.begin(), names.end()};
}

void add_links(const std::vector<std::string>& names) {
  const NetlinkSocket socket = names.empty() ? nullptr : open_netlink(NETLINK_ROUTE, 0);
  if (!socket) return;
  for (const std::string& name : names)
    if (!add_link(socket, name, "dummy")) (void)add_link(socket, name, "bridge");
}

}  // namespace egressc::kernel
