// Changes by rulesets that are mostly elements of sets: libnftables takes several times as long as the kernel does over
// those, and keeps a kilobyte of memory for each.
#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "kernel/kernel.h"

namespace egressc::kernel {

// What a change is to do: go all the way but for the commit, or change the ruleset if it is of this generation
// (nullopt: of any).
struct Commit {
  std::optional<std::uint32_t> generation;
  int link = -1;  // Kernel::commit()
};

// The messages of a transaction, without its beginning and end.
struct Batch {
  std::string removals;  // of what was there before
  std::string skeleton;  // what libnftables makes of all but the elements
  std::string elements;  // and what is taken out afterwards
};

// nullopt where libnftables has to do it all, if only to say what is wrong: the text is none of those, or less than
// `at_least` would be saved: its elements, without as many as take the time that is lost on the rest.
std::optional<Batch> batch_in_bulk(std::string_view text, std::ptrdiff_t at_least = 5000);

// One transaction, which the kernel itself refuses if the generation is another one. nullopt where nothing is changed
// and libnftables has to do it. A Failure where it is not known whether the ruleset has changed.
Result<std::optional<Change>> send_in_bulk(const Batch& batch, const std::optional<Commit>& commit);

// A ruleset that is mostly elements of sets, taken apart.
struct BulkText {
  std::string removals;         // messages that take out what was there before, to be sent first
  std::string skeleton;         // the text without what is in messages
  std::string messages;         // NFT_MSG_NEWSETELEM in their order, and what is taken out afterwards
  std::ptrdiff_t elements = 0;  // in `messages`
};

// `text` must be as the nftables backend prints it, or of switching(): the table inet egressc is replaced whole or
// added to; of its sets, those of interval concatenations are taken. What may follow adds elements to others, or takes
// out what the text has not made. nullopt if it is anything else, or if it is not certain that the parts mean what the
// text does.
std::optional<BulkText> take_apart(std::string_view text);

// NFT_MSG_NEWSETELEM (linux/netfilter/nf_tables.h) for sets of `ip daddr . meta l4proto . th dport` of the table inet
// egressc, or ip6.
struct BulkElement {
  Prefix destination;
  Protocol protocol = Protocol::tcp;  // or udp
  PortRange ports;
};

// As libnftables encodes them, in messages as long as a nested attribute can be (16 bits).
class BulkElements {
 public:
  explicit BulkElements(std::string& messages) : messages_(messages) {}

  void begin(std::string_view set);  // a name without NUL, NFT_SET_MAXNAMELEN at most
  void add(const BulkElement& element);
  void end();

 private:
  void open();
  void close();

  std::string& messages_;
  std::string set_;
  nlmsghdr* message_ = nullptr;
  nlattr* list_ = nullptr;
  alignas(nlmsghdr) std::array<char, (1 << 16) + 1024> buffer_{};
};

// Lines that take something out of the table inet egressc, and their messages (linux/netfilter/nf_tables.h).
struct BulkRemoval {
  bool is_set = false;      // or a chain
  bool is_flushed = false;  // stays, without its rules
  std::string_view name;
};

// "flush chain inet egressc NAME", "delete chain inet egressc NAME" or "delete set inet egressc NAME".
std::optional<BulkRemoval> read_removal(std::string_view line);

// As libnftables encodes it: NFT_MSG_DELRULE, NFT_MSG_DELCHAIN or NFT_MSG_DELSET.
void add_removal(std::string& messages, const BulkRemoval& removal);

// Of a transaction of nf_tables as libnftables sends it (nfnetlink.h): the messages behind the beginning of the batch:
// those that add to a ruleset, and NFT_MSG_DELTABLE. nullopt if there is anything else, or an answer is asked for: then
// it is no batch that was to be tried.
std::optional<std::string_view> inside_of_batch(std::string_view batch);

}  // namespace egressc::kernel
