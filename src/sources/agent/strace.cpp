#include "sources/agent/strace.h"

#include <algorithm>

#include "sources/agent/fields.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr std::size_t longest_call = 4096;  // of a call's text; a buffer in it is cut to 32 bytes

// "22058 19:22:13.536351 connect", "[pid 22058] connect", "22058 1751000000.123456 connect".
void read_head(std::string_view line, Strace::Call& call) {
  if (line.starts_with("[pid")) line.remove_prefix(std::min(line.find_first_not_of(' ', 4), line.size()));
  std::size_t digits = 0;
  while (digits != line.size() && is_digit(line[digits])) ++digits;
  if (digits == 0 || digits == line.size() || (line[digits] != ' ' && line[digits] != ']')) return;
  call.pid = parse_id(line.substr(0, digits)).value_or(0);
  line.remove_prefix(std::min(line.find_first_not_of(" ]", digits), line.size()));
  const std::string_view stamp = line.substr(0, line.find(' '));
  if (stamp.size() >= 10 && is_digit(stamp[9])) call.at = parse_agent_time(stamp, 0);
}

std::uint32_t read_fd(std::string_view text) {
  std::size_t digits = 0;
  while (digits != text.size() && is_digit(text[digits])) ++digits;
  return parse_number<std::uint32_t>(text.substr(0, digits)).value_or(0);
}

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t start = text.find(before);
  if (start == text.npos) return {};
  text.remove_prefix(start + before.size());
  const std::size_t end = text.find(after);
  return end == text.npos ? std::string_view() : text.substr(0, end);
}

// What strace -y says of a descriptor: "(5<TCP:[88393]>".
std::uint8_t protocol_of_descriptor(std::string_view after) {
  const std::string_view kind = between(after.substr(0, 32), "<", ":[");
  if (kind == "TCP" || kind == "TCPv6") return ip_protocol::tcp;
  return kind == "UDP" || kind == "UDPv6" ? ip_protocol::udp : ip_protocol::unknown;
}

// {sa_family=AF_INET, sin_port=htons(5432), sin_addr=inet_addr("198.51.100.20")}
std::optional<Endpoint> read_sockaddr(std::string_view text) {
  Endpoint endpoint;
  endpoint.port = parse_port(between(text, "port=htons(", ")")).value_or(0);
  const bool is_ipv6 = text.starts_with("6");
  std::string_view address = between(text, is_ipv6 ? "inet_pton(AF_INET6, \"" : "inet_addr(\"", "\"");
  endpoint.address = parse_address(address);
  if (endpoint.port == 0 || !endpoint.address) return std::nullopt;
  return endpoint;
}

// After these something may have left (connect(2), tcp(7)): all else ends before a packet is made.
bool may_have_left(std::string_view error) {
  static constexpr std::string_view sending_errors[] = {"EINPROGRESS",  "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH",
                                                        "EHOSTUNREACH", "EINTR",        "EAGAIN",    "ECONNRESET",
                                                        "ERESTARTSYS",  "EALREADY",     "EPIPE"};
  return std::find(std::begin(sending_errors), std::end(sending_errors), error) != std::end(sending_errors);
}

}  // namespace

// `rest` begins behind the address: ", 16) = -1 EINPROGRESS (Operation now in progress)".
void Strace::end(Call& call, const Endpoint& to, std::string_view rest) {
  const std::size_t equals = rest.rfind(" = ");
  std::string_view result = equals == rest.npos ? std::string_view() : rest.substr(equals + 3);
  if (result.starts_with("-1 ")) {
    result.remove_prefix(3);
    const std::string_view error = result.substr(0, result.find(' '));
    call.denied = error == "EPERM" || error == "EACCES";
    if (!call.denied && !may_have_left(error)) {
      call.reason = "a system call that reached nobody";
      return;
    }
  }
  call.to = to;
}

Strace::Call Strace::take(std::string_view line, std::string_view name, std::string_view after) {
  Call call;
  after = after.substr(0, longest_call);
  if (after.starts_with(" resumed>")) {
    read_head(line, call);
    Unfinished* const unfinished = unfinished_.find({call.pid, 0});
    if (unfinished == nullptr || unfinished->port == 0) return call;
    call.is_call = true;
    Endpoint to;
    to.address = unfinished->to;
    to.port = unfinished->port;
    to.protocol = unfinished->protocol;
    unfinished->port = 0;
    end(call, to, after);
    return call;
  }
  if (!after.starts_with('(')) return call;
  if (name == "socket") {
    read_head(line, call);
    const std::size_t equals = after.rfind(" = ");
    call.is_call = after.starts_with("(AF_") && equals != after.npos;
    if (!call.is_call) return call;
    const bool datagram = after.find("SOCK_DGRAM") != after.npos;
    const bool internet = after.starts_with("(AF_INET");
    if (internet && is_digit(after[std::min(equals + 3, after.size() - 1)]))
      protocols_[{call.pid, read_fd(after.substr(equals + 3))}] = datagram ? ip_protocol::udp : ip_protocol::tcp;
    return call;
  }
  // The last one: a buffer before it may look like one.
  constexpr std::string_view family = "{sa_family=AF_";
  const std::size_t found = after.rfind(family);
  if (found == after.npos) return call;
  read_head(line, call);
  call.is_call = true;
  const std::string_view address = after.substr(found + family.size());
  auto to = address.starts_with("INET") ? read_sockaddr(address.substr(4)) : std::nullopt;
  if (!to) {
    call.reason = "a system call that reached nobody";
    return call;
  }
  to->protocol = protocol_of_descriptor(after);
  if (to->protocol == ip_protocol::unknown) {
    const std::uint8_t* const known = protocols_.find({call.pid, read_fd(after.substr(1))});
    to->protocol = known != nullptr ? *known : name == "connect" ? ip_protocol::unknown : ip_protocol::udp;
  }
  if (address.find("<unfinished") != address.npos) {
    unfinished_[{call.pid, 0}] = {*to->address, to->port, to->protocol};
    return call;
  }
  end(call, *to, address);
  return call;
}

}  // namespace egressc::sources
