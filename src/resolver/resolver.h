// Whom the host asks for names.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "model/values/dns_answer.h"

namespace egressc {

struct DnsServer {
  Address address;
  std::uint16_t port = 53;
};

class Resolver {
 public:
  virtual ~Resolver() = default;
  // Asks all at once as far as a resolver bears it, for 20 seconds at most, or until `stop` (a descriptor, -1: none)
  // can be read. An answer for each question; nullopt where there was no time to ask. Sockets are of the calling
  // thread's network namespace. A Failure if nobody can be asked at all, for want of memory or descriptors.
  virtual Result<std::vector<std::optional<DnsAnswer>>> ask(std::span<const DnsQuestion> questions, int stop) = 0;
};

// The servers and options of resolv.conf(5), which is read every time: /etc/netns/NAME/resolv.conf if there is one, as
// ip-netns(8) has it, else /etc/resolv.conf; without search domains and /etc/hosts. Or `server` alone.
std::unique_ptr<Resolver> make_resolver(const std::string& netns, std::optional<DnsServer> server);

}  // namespace egressc
