#include <algorithm>

#include "extend/extend.h"
#include "extend/ledger.h"
#include "model/document/document.h"
#include "model/words/words.h"

namespace egressc::extend {
namespace {

std::vector<std::string> texts(const Tree& tree, NodeId list) {
  std::vector<std::string> found;
  if (list == no_node) return found;
  for (NodeId at = tree.first(list); at != no_node; at = tree.next(at)) found.emplace_back(tree.text(at));
  return found;
}

std::string text(const Tree& tree, NodeId node) {
  return node == no_node ? std::string() : std::string(tree.text(node));
}

// nullopt for what is no entry of `grants`.
std::optional<GrantCounter> read_counter(const Tree& tree, NodeId node) {
  GrantCounter counter;
  const std::string packets = text(tree, tree.find(node, "packets"));
  if (packets.empty()) return std::nullopt;
  counter.packets = packets == "0" ? 0 : 1;
  for (const std::string& name : texts(tree, tree.find(node, "names"))) {
    const auto parsed = DomainName::parse_pattern(name);
    if (!parsed) return std::nullopt;
    counter.names.push_back(parsed->key());
  }
  std::sort(counter.names.begin(), counter.names.end());
  counter.prefix = text(tree, tree.find(node, "prefix"));
  for (const std::string& word : texts(tree, tree.find(node, "services"))) {
    const auto service = parse_service(word);
    if (!service) return std::nullopt;
    counter.services.push_back(*service);
  }
  return counter;
}

NodeId child(const Tree& tree, NodeId node, std::string_view key, NodeKind kind) {
  if (node == no_node || tree.kind(node) != NodeKind::map) return no_node;
  const NodeId found = tree.find(node, key);
  return found != no_node && tree.kind(found) == kind ? found : no_node;
}

bool read_subject(const Tree& tree, NodeId subject, GrantCounters& counters) {
  const NodeId grants = child(tree, subject, "grants", NodeKind::list);
  if (grants == no_node) return false;
  const auto uids = texts(tree, child(tree, subject, "uids", NodeKind::list));
  const auto gids = texts(tree, child(tree, subject, "gids", NodeKind::list));
  for (NodeId at = tree.first(grants); at != no_node; at = tree.next(at)) {
    auto counter = tree.kind(at) == NodeKind::map ? read_counter(tree, at) : std::nullopt;
    if (!counter) return false;
    counter->uids = uids;
    counter->gids = gids;
    counters.grants.push_back(std::move(*counter));
  }
  return true;
}

std::string key_of(const std::vector<std::string>& uids, const std::vector<std::string>& gids,
                   const std::vector<std::string>& names, const std::string& prefix) {
  std::string key;
  for (const std::vector<std::string>* list : {&uids, &gids, &names}) key += joined(*list, ",") + ' ';
  return key + prefix;
}

std::vector<std::string> texts_of(const std::vector<IdRange>& ids) {
  std::vector<std::string> texts;
  for (const IdRange& range : ids) texts.push_back(id_text(range));
  return texts;
}

// Grants of the policy that runs, by whose they are and where they lead.
class Counters {
 public:
  explicit Counters(const GrantCounters* counters) : since_(counters == nullptr ? no_time : counters->since) {
    if (counters == nullptr) return;
    for (const GrantCounter& counter : counters->grants)
      by_key_[key_of(counter.uids, counter.gids, counter.names, counter.prefix)].push_back(&counter);
  }

  // Of each counter that this grant may have used, the packets; none: it is not counted.
  std::vector<std::uint64_t> packets(const Subject& subject, const Grant& grant) const {
    Policy ids;  // for its normal form
    ids.subjects.emplace_back().uids = subject.uids;
    ids.subjects.front().gids = subject.gids;
    normalize(ids);
    std::vector<std::string> names;
    for (const DomainName& name : grant.names) names.push_back(name.key());
    std::sort(names.begin(), names.end());
    const auto found = by_key_.find(key_of(texts_of(ids.subjects.front().uids), texts_of(ids.subjects.front().gids),
                                           names, grant.prefix ? to_string(*grant.prefix) : ""));
    std::vector<std::uint64_t> counts;
    if (found == by_key_.end()) return counts;
    for (const GrantCounter* counter : found->second)
      if (std::any_of(grant.services.begin(), grant.services.end(),
                      [&](const Service& service) { return holds(counter->services, service); }))
        counts.push_back(counter->packets);
    return counts;
  }
  bool began_before(Micros time) const { return since_ != no_time && since_ <= time; }

 private:
  Micros since_;
  std::map<std::string, std::vector<const GrantCounter*>> by_key_;
};

bool is_unused(const Subject& subject, const Grant& grant, Micros before, const Counters& counters) {
  if (grant.evidence.last == no_time || grant.evidence.last >= before) return false;
  const std::vector<std::uint64_t> packets = counters.packets(subject, grant);
  if (std::any_of(packets.begin(), packets.end(), [](std::uint64_t count) { return count != 0; })) return false;
  // What a live name comes to mean is not in its evidence.
  return !grant.live || (!packets.empty() && counters.began_before(before));
}

}  // namespace
}  // namespace egressc::extend

namespace egressc {

std::optional<GrantCounters> read_grant_counters(std::string_view json, const std::string& file,
                                                 Diagnostics& diagnostics) {
  using namespace extend;
  const auto tree = read_json_document(json);
  const NodeId usage = tree ? child(*tree, 0, "usage", NodeKind::map) : no_node;
  const NodeId subjects = tree ? child(*tree, usage, "subjects", NodeKind::list) : no_node;
  if (subjects == no_node) {
    diagnostics.error({file, 0, 0}, "this does not say what grants are used",
                      "it is what `egressc status --json` prints while a policy runs");
    return std::nullopt;
  }
  GrantCounters counters;
  if (const NodeId current = child(*tree, 0, "current", NodeKind::map); current != no_node)
    counters.since = parse_iso_time(text(*tree, tree->find(current, "since"))).value_or(no_time);
  for (NodeId at = tree->first(subjects); at != no_node; at = tree->next(at)) {
    if (read_subject(*tree, at, counters)) continue;
    diagnostics.error({file, tree->mark(at).line, tree->mark(at).column}, "this subject's grants are not counted",
                      "only nftables counts each grant by itself");
    return std::nullopt;
  }
  return counters;
}

std::vector<Pruned> prune(Extended& extended, Micros before, const GrantCounters* counters) {
  using namespace extend;
  const Counters counts(counters);
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  for (const Location& where : extended.seen) seen.insert({where.line, where.column});
  std::vector<Pruned> pruned;
  for (Subject& subject : extended.policy.subjects) {
    std::erase_if(subject.allow, [&](const Grant& grant) {
      if (seen.contains({grant.where.line, grant.where.column}) || !is_unused(subject, grant, before, counts))
        return false;
      pruned.push_back({grant, subject.label});
      subject.review.push_back({grant, Reason::unused});
      return true;
    });
  }
  return pruned;
}

}  // namespace egressc
