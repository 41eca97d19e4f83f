// The words of a question about a flow.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "egressc/explain.h"
#include "model/words/text.h"

namespace egressc::explain {
namespace {

constexpr std::string_view example = "for example: uid 1001 tcp api.example.com:443";

class FlowWords {
 public:
  FlowWords(std::string_view text, const FlowNames& names, Diagnostics& diagnostics)
      : text_(text), names_(names), diagnostics_(diagnostics) {}

  std::optional<FlowQuestion> read() {
    for (std::string_view word = next(); !word.empty() && sound_; word = next()) take(word);
    if (sound_) check();
    if (!sound_) return std::nullopt;
    return std::move(question_);
  }

 private:
  std::string_view next() {
    at_ = std::min(text_.find_first_not_of(" \t\n", end_), text_.size());
    end_ = std::min(text_.find_first_of(" \t\n", at_), text_.size());
    return text_.substr(at_, end_ - at_);
  }

  // About the word read last.
  void error(std::string message, std::string hint = std::string(example)) {
    error_at(static_cast<std::uint32_t>(at_ + 1), std::move(message), std::move(hint));
  }
  void error_at(std::uint32_t column, std::string message, std::string hint = std::string(example)) {
    sound_ = false;
    diagnostics_.error({"FLOW", 1, column}, std::move(message), std::move(hint), std::string(text_.substr(0, 200)));
  }

  // True the first time.
  bool once(bool& said, std::string_view what) {
    if (said) error(fmt::format("{} is said twice", what));
    return !std::exchange(said, true);
  }

  void take(std::string_view word) {
    if (word == "uid" || word == "gid") return take_id(word);
    if (word == "port") return take_port(next());
    if (word == "lo") {
      question_.loopback = true;
    } else if (const std::size_t slash = word.find('/'); parse_protocol(word.substr(0, slash))) {
      take_protocol(*parse_protocol(word.substr(0, slash)));
      if (slash != word.npos && sound_) take_port(word.substr(slash + 1));
    } else if (std::find(names_.labels.begin(), names_.labels.end(), word) != names_.labels.end()) {
      if (once(who_, "who")) question_.subject = word;
    } else if (const auto user = names_.users.find(word); user != names_.users.end()) {
      if (once(who_, "who")) question_.uid = user->second;
    } else if (is_number(word)) {
      take_port(word);
    } else {
      take_place(word);
    }
  }

  void take_id(std::string_view kind) {
    const bool user = kind == "uid";
    const std::string_view word = next();
    if (user && !once(who_, "who")) return;
    if (!user && !once(group_, "gid")) return;
    const UserIds& known = user ? names_.users : names_.groups;
    const auto named = known.find(word);
    const auto id = named != known.end() ? std::optional(named->second) : parse_number<std::uint32_t>(word);
    if (!id || *id == no_id)
      return error(
          fmt::format("\"{}\" is no {}", printable(word), kind),
          fmt::format("a number below 4294967295, or a name with --{}: {} 1001", user ? "passwd" : "group", kind));
    (user ? question_.uid : question_.gid) = id;
  }

  void take_protocol(Protocol protocol) {
    if (!once(protocol_, "the protocol")) return;
    const auto numbers = ip_protocols(protocol);
    question_.protocols.assign(numbers.begin(), numbers.end());
  }

  void take_port(std::string_view word) {
    if (!once(port_, "the port")) return;
    const auto port = parse_number<std::uint16_t>(word);
    if (!port || *port == 0)
      return error(fmt::format("\"{}\" is no port", printable(word)), "one port, from 1 to 65535");
    question_.port = *port;
  }

  void take_place(std::string_view word) {
    if (const auto address = parse_address(word)) return take_address(*address);
    if (word.starts_with('[')) {
      const std::size_t close = word.find(']');
      const auto address = parse_address(word.substr(1, std::max<std::size_t>(close, 1) - 1));
      if (close == word.npos || !address || (close + 1 != word.size() && word[close + 1] != ':'))
        return error(fmt::format("\"{}\" is no address with a port", printable(word)), "such as [2001:db8::7]:443");
      take_address(*address);
      if (close + 1 != word.size() && sound_) take_port(word.substr(close + 2));
      return;
    }
    if (parse_prefix(word) || word.find('/') != word.npos)
      return error(fmt::format("\"{}\" is not one destination", printable(word)),
                   "a question is about one address or name: no prefix, no URL");
    const std::size_t colon = word.rfind(':');
    const std::string_view host = word.substr(0, colon);
    const bool more_colons = host.find(':') != host.npos;
    if (const auto address = more_colons ? std::nullopt : parse_address(host))
      take_address(*address);
    else if (const auto name = DomainName::parse(host); name && (colon != word.npos || word.find('.') != word.npos))
      take_name(*name);
    else
      return unknown(word);
    if (colon != word.npos && sound_) take_port(word.substr(colon + 1));
  }

  void take_address(const Address& address) {
    if (once(address_, "the address")) question_.address = address;
  }
  void take_name(const DomainName& name) {
    if (once(name_, "the name")) question_.name = name;
  }

  void unknown(std::string_view word) {
    std::vector<std::string_view> known{"uid", "gid", "port", "tcp", "udp", "icmp", "icmpv6", "lo"};
    known.insert(known.end(), names_.labels.begin(), names_.labels.end());
    const std::string_view best = closest(word, known);
    error(fmt::format("\"{}\" is no subject, user, protocol or destination", printable(word)),
          best.empty() ? std::string(example) : fmt::format("did you mean {}?", best));
  }

  // That everything was said, and fits.
  void check() {
    if (!who_ && !group_) return error_at(0, "the question does not say who");
    if (!address_ && !name_) return error_at(0, "the question does not say where to");
    const bool echo = question_.protocols.size() == 1 && is_icmp(question_.protocols.front());
    if (echo && port_) return error_at(0, "icmp and icmpv6 mean echo requests, which have no port");
    if (!echo && !port_) return error_at(0, "the question does not say which port");
    if (echo && address_ && icmp_of(question_.address->family) != question_.protocols.front())
      return error_at(0, fmt::format("{} is of another family than the protocol", to_string(*question_.address)),
                      "icmp is for IPv4, icmpv6 for IPv6");
    if (!protocol_) question_.protocols = {ip_protocol::tcp, ip_protocol::udp};
    if (address_ && is_loopback(*question_.address)) question_.loopback = true;
  }

  std::string_view text_;
  const FlowNames& names_;
  Diagnostics& diagnostics_;
  FlowQuestion question_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  bool sound_ = true;
  bool who_ = false, group_ = false, address_ = false, name_ = false, protocol_ = false, port_ = false;
};

}  // namespace
}  // namespace egressc::explain

namespace egressc {

std::optional<FlowQuestion> read_flow(std::string_view text, const FlowNames& names, Diagnostics& diagnostics) {
  return explain::FlowWords(text, names, diagnostics).read();
}

}  // namespace egressc
