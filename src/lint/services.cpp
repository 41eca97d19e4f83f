#include <fmt/core.h>

#include <algorithm>

#include "lint/checks.h"
#include "lint/destinations.h"

namespace egressc {
namespace {

enum class Where : std::uint8_t { anywhere, internet };

struct Risk {
  Protocol protocol;
  std::uint16_t port;
  Where where;
  std::string_view rule;
  std::string_view what;
};

// Ports as IANA lists them (service-names-port-numbers), or where the comment says so.
constexpr Risk risks[] = {
    {Protocol::tcp, 25, Where::anywhere, "mail", "delivers mail to whoever it likes"},
    {Protocol::tcp, 21, Where::anywhere, "cleartext", "is FTP"},
    {Protocol::tcp, 23, Where::anywhere, "cleartext", "is Telnet"},
    {Protocol::udp, 69, Where::anywhere, "cleartext", "is TFTP"},
    {Protocol::tcp, 513, Where::anywhere, "cleartext", "is rlogin"},
    {Protocol::tcp, 514, Where::anywhere, "cleartext", "is rsh, or syslog without TLS"},
    {Protocol::tcp, 139, Where::internet, "smb", "is NetBIOS, which sends the user's credentials to the server"},
    {Protocol::tcp, 445, Where::internet, "smb", "is SMB, which sends the user's credentials to the server"},
    // docs.docker.com/engine/daemon/remote-access; kubernetes.io/docs/reference/networking/ports-and-protocols
    {Protocol::tcp, 2375, Where::anywhere, "remote-control", "is Docker's interface without authentication"},
    {Protocol::tcp, 10250, Where::anywhere, "remote-control", "is the kubelet's interface"},
    {Protocol::tcp, 2379, Where::anywhere, "remote-control", "is etcd's interface"},
    // torproject.org: ORPort and DirPort of relays, SocksPort of the daemon and of the browser
    {Protocol::tcp, 9001, Where::internet, "tor", "is where Tor relays listen"},
    {Protocol::tcp, 9030, Where::internet, "tor", "is where Tor directories listen"},
    {Protocol::tcp, 9050, Where::anywhere, "tor", "is Tor's proxy"},
    {Protocol::tcp, 9150, Where::anywhere, "tor", "is Tor Browser's proxy"},
};

std::string_view remedy_for(std::string_view rule) {
  if (rule == "mail") return "send through a relay that authenticates: port 587 or 465";
  if (rule == "cleartext") return "use what encrypts in its place";
  if (rule == "smb") return "grant it within your own networks only";
  if (rule == "remote-control") return "remove it, unless this subject administers it";
  return "remove it";
}

bool is_inside(const Prefix& place) { return is_loopback(place.address) || is_private(place); }

}  // namespace

void check_services(const Policy& policy, Findings& findings) {
  for (const Subject& subject : policy.subjects) {
    for (const Grant& grant : subject.allow) {
      const auto places = places_of(grant);
      const bool inside = !places.empty() && std::all_of(places.begin(), places.end(), is_inside);
      std::string_view said;
      for (const Risk& risk : risks) {
        if (risk.rule == said || (inside && risk.where == Where::internet)) continue;
        if (!names_port(grant, risk.protocol, risk.port)) continue;
        findings.add(risk.rule, grant.where, &subject,
                     fmt::format("{}/{} of {} {}", to_string(risk.protocol), risk.port, name_of(grant), risk.what),
                     std::string(remedy_for(risk.rule)));
        said = risk.rule;
      }
    }
  }
}

}  // namespace egressc
