// What a grant lets the subject speak, by its ports: services that are a risk, and DNS.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>

#include "egressc/policy.h"
#include "lint/checks.h"

namespace egressc::lint {
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

namespace {

// A resolver that answers anybody over encrypted channels.
struct Resolver {
  std::string_view name;
  std::string_view addresses[4];
};

// The operators' own pages: developers.google.com/speed/public-dns, developers.cloudflare.com/1.1.1.1, quad9.net,
// support.opendns.com, adguard-dns.io, nextdns.io, mullvad.net/help/dns-over-https-and-dns-over-tls, cleanbrowsing.org,
// controld.com, dns0.eu, dns.sb, dns.he.net, alidns.com, dnspod.cn, nic.cz, switch.ch, libredns.gr, uncensoreddns.org,
// digitale-gesellschaft.ch, dns4.eu
constexpr Resolver public_resolvers[] = {
    {"dns.google", {"8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844"}},
    {"dns64.dns.google", {"2001:4860:4860::64", "2001:4860:4860::6464"}},
    {"one.one.one.one", {"1.1.1.1", "1.0.0.1", "2606:4700:4700::1111", "2606:4700:4700::1001"}},
    {"cloudflare-dns.com", {"104.16.248.249", "104.16.249.249", "2606:4700::6810:f8f9", "2606:4700::6810:f9f9"}},
    {"security.cloudflare-dns.com", {"1.1.1.2", "1.0.0.2", "2606:4700:4700::1112", "2606:4700:4700::1002"}},
    {"family.cloudflare-dns.com", {"1.1.1.3", "1.0.0.3", "2606:4700:4700::1113", "2606:4700:4700::1003"}},
    {"cloudflare-gateway.com", {}},
    {"dns.quad9.net", {"9.9.9.9", "149.112.112.112", "2620:fe::fe", "2620:fe::9"}},
    {"dns9.quad9.net", {"149.112.112.9"}},
    {"dns10.quad9.net", {"9.9.9.10", "149.112.112.10", "2620:fe::10", "2620:fe::fe:10"}},
    {"dns11.quad9.net", {"9.9.9.11", "149.112.112.11", "2620:fe::11", "2620:fe::fe:11"}},
    {"doh.opendns.com", {"146.112.41.2", "2620:119:fc::2"}},
    {"dns.opendns.com", {"208.67.222.222", "208.67.220.220", "2620:119:35::35", "2620:119:53::53"}},
    {"doh.familyshield.opendns.com", {"208.67.222.123", "208.67.220.123", "146.112.41.3"}},
    {"familyshield.opendns.com", {}},
    {"dns.umbrella.com", {}},
    {"dns.adguard.com", {}},
    {"dns.adguard-dns.com", {"94.140.14.14", "94.140.15.15", "2a10:50c0::ad1:ff", "2a10:50c0::ad2:ff"}},
    {"family.adguard-dns.com", {"94.140.14.15", "94.140.15.16", "2a10:50c0::bad1:ff", "2a10:50c0::bad2:ff"}},
    {"unfiltered.adguard-dns.com", {"94.140.14.140", "94.140.14.141", "2a10:50c0::1:ff", "2a10:50c0::2:ff"}},
    {"d.adguard-dns.com", {}},
    {"dns.nextdns.io", {"45.90.28.0", "45.90.30.0", "2a07:a8c0::", "2a07:a8c1::"}},
    {"dns.mullvad.net", {"194.242.2.2", "2a07:e340::2"}},
    {"adblock.dns.mullvad.net", {"194.242.2.3", "2a07:e340::3"}},
    {"base.dns.mullvad.net", {"194.242.2.4", "2a07:e340::4"}},
    {"doh.cleanbrowsing.org", {"185.228.168.9", "185.228.168.10", "185.228.168.168"}},
    {"dns.controld.com", {"76.76.2.22", "2606:1a40::22"}},
    {"freedns.controld.com", {"76.76.2.11", "76.76.10.11", "2606:1a40::11", "2606:1a40:1::11"}},
    {"dns0.eu", {"193.110.81.0", "185.253.5.0", "2a0f:fc80::", "2a0f:fc81::"}},
    {"protective.joindns4.eu", {"86.54.11.1", "86.54.11.201"}},
    {"unfiltered.joindns4.eu", {"86.54.11.100", "86.54.11.200"}},
    {"doh.dns.sb", {"185.222.222.222", "45.11.45.11", "2a09::", "2a11::"}},
    {"dot.sb", {}},
    {"ordns.he.net", {"74.82.42.42", "2001:470:20::2"}},
    {"dns.alidns.com", {"223.5.5.5", "223.6.6.6", "2400:3200::1", "2400:3200:baba::1"}},
    {"doh.pub", {"1.12.12.12", "120.53.53.53"}},
    {"dot.pub", {}},
    {"odvr.nic.cz", {"193.17.47.1", "185.43.135.1", "2001:148f:ffff::1", "2001:148f:fffe::1"}},
    {"dns.switch.ch", {"130.59.31.248", "130.59.31.251", "2001:620:0:ff::2", "2001:620:0:ff::3"}},
    {"doh.libredns.gr", {"116.202.176.26", "2a01:4f8:1c0c:8274::1"}},
    {"dot.libredns.gr", {}},
    {"anycast.uncensoreddns.org", {"91.239.100.100", "2001:67c:28a4::"}},
    {"unicast.uncensoreddns.org", {"89.233.43.71", "2a01:3a0:53:53::"}},
    {"dns.digitale-gesellschaft.ch", {"185.95.218.42", "185.95.218.43", "2a05:fc84::42", "2a05:fc84::43"}},
};

const std::map<Address, std::string_view>& by_address() {
  static const auto made = [] {
    std::map<Address, std::string_view> built;
    for (const Resolver& resolver : public_resolvers)
      for (const std::string_view text : resolver.addresses)
        if (const auto address = parse_address(text)) built.emplace(*address, resolver.name);
    return built;
  }();
  return made;
}

// The table's name that is `name` or above it; "" if it is none of them.
std::string_view public_resolver(const DomainName& name) {
  const std::string& key = name.key();
  const auto found =
      std::find_if(std::begin(public_resolvers), std::end(public_resolvers), [&](const Resolver& resolver) {
        if (!key.ends_with(resolver.name)) return false;
        return key.size() == resolver.name.size() || key[key.size() - resolver.name.size() - 1] == '.';
      });
  return found == std::end(public_resolvers) ? std::string_view() : found->name;
}

// The same by address.
std::string_view public_resolver(const Address& address) {
  const auto found = by_address().find(address);
  return found == by_address().end() ? std::string_view() : found->second;
}

constexpr std::uint16_t domain_over_tls = 853;  // RFC 7858, 3.1; RFC 9250, 4.1.1 (QUIC)
constexpr std::uint16_t https = 443;            // RFC 9110, 4.2.2; RFC 8484

bool names_either(const Grant& grant, std::uint16_t port) {
  return names_port(grant, Protocol::tcp, port) || names_port(grant, Protocol::udp, port);
}

void check_plain(const Policy& policy, const Subject& subject, const Grant& grant, Findings& findings) {
  if (!names_either(grant, domain_port)) return;
  const auto places = places_of(grant);
  const auto is_listed = [&](const Prefix& place) {
    return place.is_single() && std::binary_search(policy.resolvers.begin(), policy.resolvers.end(), place.address);
  };
  if (!grant.live && std::all_of(places.begin(), places.end(), is_listed)) return;
  Finding& finding = findings.add(
      "dns-elsewhere", grant.where, &subject,
      fmt::format("port 53 of {}, {}: names are asked there that the resolver's log does not show", name_of(grant),
                  policy.resolvers.empty() ? "and no `resolvers` are listed" : "which is none of `resolvers`"),
      "if everybody may ask it, list it in `resolvers`; if only this subject may, say why in `comment`");
  if (!grant.comment.empty()) finding.severity = Severity::note;
}

std::string encrypted(const Grant& grant) {
  for (const DomainName& name : grant.names)
    if (const auto known = public_resolver(name); !known.empty())
      return fmt::format("{} is a public resolver", name.spelling());
  if (names_either(grant, domain_over_tls))
    return fmt::format("port 853 of {} is DNS over TLS or QUIC", name_of(grant));
  if (!names_either(grant, https)) return {};
  for (const Prefix& place : places_of(grant))
    if (place.is_single())
      if (const auto known = public_resolver(place.address); !known.empty())
        return fmt::format("{} is the public resolver {}", to_string(place), known);
  return {};
}

}  // namespace

void check_dns(const Policy& policy, Findings& findings) {
  if (!policy.resolvers.empty())
    findings.add("dns-tunnel",
                 "every subject may ask the resolvers, and if they answer every name, data can leave within names",
                 "let the resolver answer only names that the policy grants");
  for (const Subject& subject : policy.subjects) {
    for (const Grant& grant : subject.allow) {
      check_plain(policy, subject, grant, findings);
      if (const std::string message = encrypted(grant); !message.empty())
        findings.add("encrypted-dns", grant.where, &subject,
                     message + ": names are asked there that no log of yours shows",
                     "remove it, and let the subject ask `resolvers`");
    }
  }
}

}  // namespace egressc::lint
