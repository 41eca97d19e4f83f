// The packet filter of this host, and private namespaces in which a ruleset is tried before it counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "egressc/flow_space.h"
#include "model/values/nft_table.h"
#include "model/values/passage.h"

namespace egressc {

// What an iptables-save program printed of one family.
struct XtablesListing {
  std::string program;  // the one that printed it: "iptables-nft-save"
  Family family = Family::ipv4;
  bool legacy = false;  // tables of ip_tables, which nftables does not show; otherwise they are nftables tables
  std::string text;
};

// The rulesets of one network namespace. legacy and nftables rulesets are in force at the same time.
struct Listing {
  // What `nft --json --stateless --handle list ruleset` prints (libnftables-json(5)): ids are numbers, connection
  // tracking states are words. "" where only xtables were asked for.
  std::string nftables_json;
  // Tables of iptables-nft stand in nftables_json too, with `xt` expressions that say nothing but their name. A table
  // `*NAME` that is here with legacy == false takes the place of the table NAME of that family in the JSON: the same
  // table comes out when it is loaded again. One that does not (nft changed it, it names an ipset) is in the JSON
  // alone.
  std::vector<XtablesListing> xtables;
  // Of nftables; it changes with every transaction in the namespace (NFTA_GEN_ID, linux/netfilter/nf_tables.h).
  std::uint32_t generation = 0;
  // What `ipset save` prints, where rules ask for sets.
  std::string ipsets = {};
};

enum class TrialOutcome : std::uint8_t {
  loaded,
  refused,    // the ruleset is wrong, or says what this kernel cannot
  too_large,  // EMSGSIZE: a transaction is one message, and only root may exceed net.core.wmem_max (socket(7))
};

struct Trial {
  TrialOutcome outcome = TrialOutcome::refused;
  Listing listing;      // of the private namespace, if loaded
  std::string loader;   // who loaded it: "libnftables", "iptables-nft-restore v1.8.9 (nf_tables)"
  Diagnostics refusal;  // if not loaded
};

// Whether something can be done, and if not, why not and what to do.
struct Ability {
  bool given = false;
  std::string reason;
};

struct Abilities {
  Ability net_admin;        // CAP_NET_ADMIN: list() and, with CAP_SYS_ADMIN, try_iptables() and try_ferm() work
  Ability user_namespaces;  // without those, try_nftables() works if it has this
  Ability nf_tables;        // as found in a private namespace
};

// The table inet egressc of a network namespace: the one that egressc owns.
struct OwnTable {
  bool present = false;
  // "egressc 0.1.0 policy sha256 …", as the backend prints it: of a rule of its chain `output`, or else of the table;
  // "" if neither has one.
  std::string comment;
  std::uint32_t generation = 0;  // of the whole ruleset: Listing::generation
};

enum class ChangeOutcome : std::uint8_t {
  done,
  refused,   // by nftables or the kernel, as a whole: nothing is changed
  outdated,  // the ruleset is another one than that which the change builds on: nothing is changed
};

struct Change {
  ChangeOutcome outcome = ChangeOutcome::refused;
  std::uint32_t generation = 0;  // of the ruleset, after it
  Diagnostics refusal;           // if refused; locations are those of the text, or of nft_text()
};

// One transaction: of egressc, or nftables text of others.
using RulesetChange = std::variant<NftChange, std::string>;

// What of a change is tried: the kernel takes most of its time over the elements of sets of services (NftSet).
enum class Tried : std::uint8_t { all, without_services };

// A network namespace, as a person and a file system call it.
struct NetworkNamespace {
  std::string name;  // in /run/netns; "" if it has none
  std::string key;   // a file name: "host" for the one of process 1, "netns-NAME", or "net-INODE" without a name
};

// Who changes the nf_tables ruleset of a network namespace, from when it was opened.
class RulesetWatch {
 public:
  virtual ~RulesetWatch() = default;
  // "firewalld (pid 812)" for each process that has changed it, once (NFTA_GEN_PROC_NAME, NFTA_GEN_PROC_PID,
  // linux/netfilter/nf_tables.h), without this one and its children. Does not wait.
  virtual std::vector<std::string> others() = 0;
  // Becomes readable (poll(2)) when the ruleset changes, whoever changes it, until others() is asked.
  virtual int descriptor() const = 0;
  // Whether it goes on to see them. What it has seen stays.
  virtual void listen(bool on) = 0;
};

// What loads a text: a row of the dialects says it. Sets in the form of ipset(8) are loaded with the rules.
enum class LoadedBy : std::uint8_t { nothing, nft, iptables_restore, ip6tables_restore, ferm };

// A ruleset that egressc printed, to be tried with real packets.
struct RehearsalOrder {
  LoadedBy loaded_by = LoadedBy::nft;  // not by nothing
  std::string_view text;
  std::string file;                  // names the text in a refusal
  std::span<const FlowPoint> flows;  // tcp, udp and echo requests; ids are those of a socket
  std::string_view sets = {};        // what has to be there before, in the form of ipset(8); not for nftables
};

struct Rehearsal {
  TrialOutcome outcome = TrialOutcome::refused;
  std::string loader;                  // as of a Trial
  Diagnostics refusal;                 // if not loaded
  std::vector<Passage> passages;       // if loaded: one for each flow
  std::chrono::nanoseconds probing{};  // what sending and watching took, without and with the ruleset
};

struct EndedConnections {
  std::size_t ended = 0;
  std::size_t left = 0;  // that could not be ended
  std::string reason;    // why, of the last one
};

// Each function but the checks blocks until it is done, or for 60 seconds at most for each program or ruleset. But for
// commit(), end_connections(), create_namespace() and delete_namespace() none changes anything outside a namespace of
// its own, and none leaves a process or a namespace behind. A Failure says what is missing and what to do. They fork
// and use malloc in the child, which glibc allows in a program with threads.
class Kernel {
 public:
  virtual ~Kernel() = default;

  // Tries private namespaces; may make the kernel load nf_tables, as nft(8) does.
  virtual Abilities abilities() = 0;
  // The first of them alone, for which nothing has to be tried.
  virtual Ability net_admin() = 0;

  // The rulesets of the network namespace /run/netns/NAME (ip-netns(8)), or of this process for "". Needs
  // CAP_NET_ADMIN, and for a named one CAP_SYS_ADMIN. A named one that belongs to another user namespace is a Failure:
  // the ids in its rules are counted there.
  virtual Result<Listing> list(std::string_view netns) = 0;

  // Those of the table inet egressc alone. As in list(), a namespace is one of /run/netns or "".
  virtual Result<OwnTable> own_table(std::string_view netns) = 0;
  // As `nft list table inet egressc` prints it: what loading it again restores, with counters, and elements with the
  // time that is left to them. "" if there is no such table.
  virtual Result<std::string> own_text(std::string_view netns) = 0;
  // The same with --json and --handle.
  virtual Result<std::string> own_json(std::string_view netns) = 0;

  // One transaction, of which nothing is left if the kernel or nftables refuses a part of it. check() goes all the way
  // but for the commit. The kernel does its part while the caller does something else; change and file have to live
  // until then. commit() does nothing if a `generation` is given and the ruleset has another one by then; a process
  // that does it keeps the descriptor `link` open (-1: none), so that whoever holds the other end knows when nothing
  // can change any more. For what egressc made the kernel itself compares the generations. libnftables does not hand
  // them over, so that with text a change within the same millisecond goes unseen until afterwards: then more than one
  // transaction lies between the two generations.
  virtual std::future<Result<Change>> check(std::string_view netns, const RulesetChange& change,
                                            const std::string& file, Tried tried = Tried::all) = 0;
  virtual Result<Change> commit(std::string_view netns, const RulesetChange& change, const std::string& file,
                                std::optional<std::uint32_t> generation, int link = -1) = 0;
  // Returns when no packet is in rules any more that were out of force when it was called: netfilter runs them in a
  // read-side section of RCU (nf_hook(), linux/netfilter.h), and this waits for a grace period (MEMBARRIER_CMD_GLOBAL,
  // membarrier(2)), or 0.1 s where the kernel gives none (nohz_full).
  virtual void wait_for_packets() = 0;

  // Ends what is open where is_denied() says so (SOCK_DESTROY, linux/sock_diag.h): TCP connections, and UDP sockets
  // that are connected, that a socket of this namespace has, but for those to a local port that somebody listens on,
  // which may have come from outside. The gid of the flow is not known: 0. Its uid is that of the socket's file.
  virtual Result<EndedConnections> end_connections(std::string_view netns,
                                                   const std::function<bool(const FlowPoint&)>& is_denied) = 0;

  virtual Result<std::unique_ptr<RulesetWatch>> watch(std::string_view netns) = 0;
  virtual Result<NetworkNamespace> identify(std::string_view netns) = 0;

  // Runs work() on a thread in that network namespace, as in list(), and returns when it has ended.
  virtual Result<std::monostate> run_inside(std::string_view netns, const std::function<void()>& work) = 0;

  // As `ip netns add` and `ip netns delete` do, ip-netns(8).
  virtual Result<std::monostate> create_namespace(std::string_view name) = 0;
  virtual Result<std::monostate> delete_namespace(std::string_view name) = 0;

  // Loads nftables text (nft(8); what it includes is read) into a new network namespace, and lists that. Without
  // CAP_NET_ADMIN and CAP_SYS_ADMIN in a new user namespace; ids in rules stay the numbers they are. `file` names the
  // text in the refusal.
  virtual Result<Trial> try_nftables(std::string_view text, const std::string& file) = 0;

  // The same for iptables-restore text of one family, by iptables-nft-restore or else iptables-restore, as
  // ip6tables-... for IPv6, and listed by iptables-save of the same kind. Needs CAP_NET_ADMIN and CAP_SYS_ADMIN.
  // `sets` in the form of ipset(8) are restored first, if there are any, and listed.
  virtual Result<Trial> try_iptables(std::string_view text, Family family, const std::string& file,
                                     std::string_view sets) = 0;

  // The same for ferm text, of both families. Only for text that egressc printed: ferm text can run commands.
  virtual Result<Trial> try_ferm(std::string_view text, const std::string& file, std::string_view sets) = 0;

  // What ferm(1) would load, of both families, and nothing is loaded: needs no privilege. Only for text that
  // is_harmless_ferm() (readers.h) lets pass.
  virtual Result<Trial> expand_ferm(std::string_view text, const std::string& file) = 0;

  // Sends a packet of each flow, as a socket of its user and group does, in a new network namespace that has nothing
  // but the loopback link and one that leads nowhere: first without a ruleset, then with it. What it sees of them at
  // the links is the answer; no packet leaves the namespace. Needs CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN,
  // CAP_SETUID and CAP_SETGID. It is a Failure, too, if some of what left may not have been seen.
  virtual Result<Rehearsal> rehearse(const RehearsalOrder& order) = 0;
};

std::unique_ptr<Kernel> make_kernel();

}  // namespace egressc
