#include <algorithm>

#include "extend/extend.h"
#include "model/document/document.h"
#include "egressc/name.h"

namespace egressc {
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

}  // namespace

std::optional<GrantCounters> read_grant_counters(std::string_view json, const std::string& file,
                                                 Diagnostics& diagnostics) {
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

}  // namespace egressc
