#include "lint/lint.h"

namespace egressc {
namespace {

constexpr LintRule table[] = {
    {"ambiguous-name", Severity::note, "a grant with several names: it is not known which was meant"},
    {"any-port", Severity::warning, "every port of a protocol"},
    {"any-protocol", Severity::note, "tcp and udp together, where the logs or a person did not say which"},
    {"baseline", Severity::warning, "host scope without what the kernel sends by itself"},
    {"cleartext", Severity::note, "a protocol that sends passwords or files unencrypted"},
    {"data-drop", Severity::warning, "a paste site, file drop or webhook catcher"},
    {"dns-elsewhere", Severity::warning, "port 53 of an address that is none of `resolvers`"},
    {"dns-tunnel", Severity::note, "a resolver that answers every name carries data"},
    {"encrypted-dns", Severity::warning, "DNS over HTTPS, TLS or QUIC, which the resolver's log does not see"},
    {"expired", Severity::warning, "a grant whose time is over"},
    {"expiring", Severity::note, "a grant that ends within 30 days"},
    {"guard", Severity::error, "what the guard never grants (--guard)"},
    {"host-resolver", Severity::warning, "host scope, and nobody may ask the world's name servers"},
    {"host-time", Severity::note, "host scope, and nobody may set the clock"},
    {"host-updates", Severity::note, "host scope, and no system user may fetch updates"},
    {"live-name", Severity::note, "names that mean whatever their zone says"},
    {"loopback", Severity::note, "services of this host, which may reach further than the subject"},
    {"loopback-answer", Severity::warning, "a public name with an address of this host (DNS rebinding)"},
    {"mail", Severity::warning, "direct delivery of mail"},
    {"metadata", Severity::error, "a cloud's metadata service, which hands out credentials"},
    {"metadata-within", Severity::warning, "a prefix that contains a metadata service"},
    {"mirror-name", Severity::warning, "a zone whose names mean any address, also internal ones"},
    {"monitor", Severity::warning, "a policy that denies nothing"},
    {"new-grant", Severity::note, "what an extension added, and nobody has looked at"},
    {"no-grants", Severity::note, "a subject that may reach nothing"},
    {"no-log", Severity::note, "denials that nobody will see"},
    {"one-family-name", Severity::note, "names with addresses of one family only"},
    {"one-family-subject", Severity::note, "wide grants over one family only"},
    {"pinned-name", Severity::note, "names whose addresses are fixed, and may change"},
    {"private", Severity::note, "destinations in private networks"},
    {"private-answer", Severity::note, "public names with private addresses"},
    {"protocol-assumed", Severity::warning, "a protocol that no log told"},
    {"public-suffix", Severity::error, "a wildcard below which anybody may register a name"},
    {"redundant", Severity::note, "a grant that others make unnecessary"},
    {"remote-control", Severity::warning, "an interface that runs commands for whoever reaches it"},
    {"resolver-mismatch", Severity::warning, "the host asks a name server that is none of `resolvers` (--host)"},
    {"review-left", Severity::note, "entries of `review` that nobody has decided"},
    {"root", Severity::warning, "uid 0 as a subject"},
    {"seen-once", Severity::note, "grants that rest on a single attempt"},
    {"shadowed", Severity::warning, "a grant that a wider one makes pointless"},
    {"shared-name", Severity::note, "a customer's name on a shared platform"},
    {"shared-wildcard", Severity::warning, "a wildcard that covers every customer of a platform"},
    {"smb", Severity::warning, "Windows file sharing with the internet"},
    {"stale", Severity::note, "grants that nothing has used for 90 days"},
    {"subordinate-ids", Severity::warning, "a user namespace's ids that the policy does not govern (--host)"},
    {"tor", Severity::warning, "the Tor network"},
    {"tunnel", Severity::warning, "a tunnel service"},
    {"uid-range", Severity::note, "a subject of many users"},
    {"wide-prefix", Severity::warning, "a prefix wider than /16, or /32 in IPv6, and no comment says why"},
};

}  // namespace

std::span<const LintRule> lint_rules() { return table; }

}  // namespace egressc
