#include <algorithm>
#include <cerrno>
#include <ctime>
#include <initializer_list>
#include <string_view>

#include "deploy/connections/connections.h"
#include "deploy/rules_commit.h"

namespace egressc::deploy {
namespace {

bool says(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return text.find(word) != text.npos; });
}

struct Tracked {
  bool ipv4 = false;
  bool ipv6 = false;
};

// The kernel tracks what a rule of a table's family asks for. A table or chain for NAT without a rule asks for nothing,
// and NAT in a table inet is for the one family that the rule names.
void add_rule(std::string_view family, std::string_view rule, Tracked& tracked) {
  if (family == "inet") {
    if (says(rule, {R"("ct": {)", R"("masquerade": )"})) tracked = {true, true};
  } else if (family == "ip" || family == "ip6") {
    if (says(rule, {R"("ct": {)", R"("masquerade": )", R"("dnat": )", R"("snat": )", R"("redirect": )"}))
      (family == "ip" ? tracked.ipv4 : tracked.ipv6) = true;
  }
}

// As Listing::nftables_json has it.
void add_rules(std::string_view json, Tracked& tracked) {
  constexpr std::string_view begin = R"({"rule": {"family": ")";
  for (std::size_t place = json.find(begin); place != json.npos;) {
    json.remove_prefix(place + begin.size());
    place = json.find(begin);
    add_rule(json.substr(0, json.find('"')), json.substr(0, place), tracked);
  }
}

// Matches and targets of iptables-extensions(8).
bool asks(const XtablesListing& xtables) {
  return says(xtables.text, {"-m conntrack", "-m state", "-m connmark", "-m connlimit", "-m connbytes", "-m helper",
                             "-j CONNMARK", "-j CONNSECMARK", "-j CT --zone", "-j CT --helper", "-j DNAT", "-j SNAT",
                             "-j MASQUERADE", "-j REDIRECT", "-j NETMAP"});
}

}  // namespace

bool tracks_connections(const Listing& listing) {
  Tracked tracked;
  add_rules(listing.nftables_json, tracked);
  for (const XtablesListing& xtables : listing.xtables)
    if (asks(xtables)) (xtables.family == Family::ipv4 ? tracked.ipv4 : tracked.ipv6) = true;
  return tracked.ipv4 && tracked.ipv6;
}

bool has_to_wait(const Site& site, const ChangeOptions& options) {
  if (options.warm_up.count() == 0 || site.created || !runs_nothing(site.table)) return false;
  // What was cut off while it waited may have begun a moment ago.
  return site.table.comment == warm_up_comment || !tracks_connections(site.listing);
}

NftChange warm_up_table() {
  const NftRule asks{{NftPhrase::established, NftPhrase::counter}, warm_up_comment};
  return {{NftClear{}, NftTable{{}, {{.name = std::string(nft_base_chain), .drops = false, .rules = {asks}}}}}};
}

void cool_down(Kernel& kernel, const ChangeOptions& options) {
  const auto table = kernel.own_table(options.netns);
  if (table && table->present && table->comment == warm_up_comment)
    (void)kernel.commit(options.netns, NftChange{{NftClear{}}}, "warm-up", table->generation);
}

Stops::Stops() {
  sigemptyset(&stops_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&stops_, number);
  ::pthread_sigmask(SIG_BLOCK, &stops_, &before_);
}

Stops::~Stops() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool Stops::wait(std::chrono::milliseconds time) const {
  const auto end = std::chrono::steady_clock::now() + time;
  int stopped = 0;
  do {
    const auto left = std::chrono::ceil<std::chrono::nanoseconds>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) break;
    const timespec span{left / 1'000'000'000, left % 1'000'000'000};
    stopped = ::sigtimedwait(&stops_, nullptr, &span);
  } while (stopped < 0 && errno == EINTR);
  return stopped <= 0;
}

}  // namespace egressc::deploy
