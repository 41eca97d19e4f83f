// Rulesets read back: what they mean is computed from the text alone.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "egressc/filter.h"
#include "egressc/flow_space.h"

namespace egressc {

namespace readers {
struct IpSetTable;
}

// What a set is filled with besides its elements: the answers for a name, or for every name below one.
struct Filling {
  std::string label;  // as live_label() has it
  bool ipv4 = true;
  bool ipv6 = true;
};

// By the name of the set, "n_0123456789abcdef_4".
using FilledSets = std::map<std::string, std::vector<Filling>, std::less<>>;

// What a resolver fills. Of two names the nearer one alone is heeded: below a name, `surely` leaves out what another
// line takes away.
struct ResolverSets {
  FilledSets surely;
  FilledSets possibly;
};

// The lines of a dnsmasq configuration (dnsmasq(8)) that fill sets of a kind: nftset= of the table inet egressc, or
// ipset=. Its other settings are passed over, but for those that keep a set from being filled: a warning says so.
// nullopt exactly if errors were added.
std::optional<ResolverSets> read_dnsmasq(std::string_view text, const std::string& file, SetKind kind,
                                         Diagnostics& diagnostics);

// How live sets are read: with a marker of each name that fills them. Those of `filled` if it is given, else those that
// the text itself names. Without markers they are what they hold.
struct LiveNames {
  LiveNames(LiveMarkers* those = nullptr, const FilledSets* by = nullptr) : markers(those), filled(by) {}
  // Of the set `name`: those of the names that `filled` gives it, or of `label`. There have to be `markers`.
  std::vector<Address> markers_of(std::string_view name, std::string_view label, Family family) const;
  LiveMarkers* markers;
  const FilledSets* filled;
};

// What ipsets hold, as at the time of the dump. Copies share it.
class IpSets {
 public:
  explicit IpSets(std::shared_ptr<const readers::IpSetTable> table) : table_(std::move(table)) {}
  const readers::IpSetTable& table() const { return *table_; }
  // The names that the text gives its live sets.
  const FilledSets& filled() const;

 private:
  std::shared_ptr<const readers::IpSetTable> table_;  // never nullptr
};

// What the rules of a ruleset do that bears on others which are loaded beside it.
struct Alongside {
  bool untracked = false;                 // they keep packets from connection tracking
  std::vector<std::string> changed_sets;  // ipsets that packets change
  // Adds what `text` says, in whatever dialect. A word of a comment that looks so does no more than leave doubt.
  void look_at(std::string_view text);
};

// What "ipset save" prints (ipset(8)): create and add, and with it the names that egressc writes above its live sets. A
// set of a type or with an option that is not known is undecided where a rule asks for it, and so are elements that
// time out, but for those of live sets; what no dump holds is an error. nullopt exactly if errors were added.
std::optional<IpSets> read_ipsets(std::string_view text, const std::string& file, Diagnostics& diagnostics);

// iptables-restore or iptables-save text, of one family; lines for the other (-4, -6) are passed over. Rules that are
// not fully understood are undecided; text that iptables-restore would refuse as a whole is an error. nullopt exactly
// if errors were added. A rule that asks for a set is undecided unless `sets` holds it. The names of live sets are
// those that `sets` has, where `live` gives none. A note says where nat gives packets another destination.
std::optional<Filter> read_iptables(std::string_view text, const std::string& file, Family family,
                                    Diagnostics& diagnostics, const IpSets* sets = nullptr, LiveNames live = {},
                                    const Alongside& alongside = {});

// Which family's rules an iptables-save or iptables-restore text holds: as its first comments say, else as addresses
// and matches that only one family has tell. nullopt where nothing tells, or both.
std::optional<Family> family_of_iptables(std::string_view text);

// What egressc prints as ferm, and no more of that language: the rules of one of its two families.
std::optional<Filter> read_ferm(std::string_view text, const std::string& file, Family family, Diagnostics& diagnostics,
                                const IpSets* sets = nullptr, LiveNames live = {});

// The nftables text that egressc writes: one table inet, replaced whole. It is for both families. What egressc does not
// write is an error with its line and column. A set that times out is live, and its comment is its name.
std::optional<Filter> read_nftables(std::string_view text, const std::string& file, Diagnostics& diagnostics,
                                    LiveNames live = {});

// Whether other people's ferm text may be given to ferm(1), by a list of what is known to do no harm: "ferm --noexec"
// runs what stands in backticks and what an include pipes from, and looks names up. Adds an error at the first thing
// that could run a command, read a file, ask a name server or build a keyword that does.
bool is_harmless_ferm(std::string_view text, const std::string& file, Diagnostics& diagnostics);

// The same of other people's nftables text for libnftables, which reads the files that it includes and quotes their
// lines, and waits where it is told to monitor.
bool is_harmless_nft(std::string_view text, const std::string& file, Diagnostics& diagnostics);

enum class RulesetDialect : std::uint8_t { nftables_text, nftables_json, iptables, ferm, ipset, dnsmasq };

// What a text that begins with `head` is written in, told by its content alone; nullopt if it is no ruleset.
std::optional<RulesetDialect> sniff_ruleset(std::string_view head);

struct NftListingContext {
  LiveMarkers* markers = nullptr;     // for the live sets of egressc's own table, as in read_nftables()
  std::vector<std::string> left_out;  // tables that are read from another text: "ip filter"
  bool untracked = false;             // another keeps packets from connection tracking
};

// What `nft -j list ruleset` prints (libnftables-json(5), read as libnftables 1.0.6 writes it), of any machine, with
// the elements of its sets (no --terse): every base chain on output and postrouting that filters, of tables inet, ip
// and ip6. Chains are named "inet table chain". Rules that are not fully understood are undecided; text that is no such
// listing is an error. nullopt exactly if errors were added. Base chains of type nat are undecided where they drop, and
// left out where they neither drop nor give another destination; a note says where they do. Chains of other families
// that may drop what leaves are undecided. Notes name sets that change while they are in use. A condition on icmp or
// icmpv6 is one on its family: nft lists it alike where the rule takes protocol 58 of IPv4 too, which only raw sockets
// send. What does not fit: see within_flow_limit().
std::optional<Filter> read_nftables_json(std::string_view json, const std::string& file, Diagnostics& diagnostics,
                                         const NftListingContext& context = {});

}  // namespace egressc
