#include "sources/key_paths.h"

#include <algorithm>
#include <cstring>

#include "sources/agent_values.h"
#include "sources/recent_map.h"

namespace egressc {
namespace {

std::uint64_t hash_of(std::uint32_t parent, std::string_view key) {
  std::uint64_t hash = hash_step(parent, key.size());
  while (!key.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = std::min(key.size(), sizeof word);
    std::memcpy(&word, key.data(), size);
    hash = hash_step(hash, word);
    key.remove_prefix(size);
  }
  return hash;
}

bool is_header(std::string_view path) {
  return path.ends_with("useragent") || path.ends_with("referer") || path.ends_with("referrer");
}

}  // namespace

KeyPaths::KeyPaths(std::span<const FieldPath> mapped) : table_(mapped) { clear(); }

void KeyPaths::clear() {
  nodes_.clear();
  nodes_.emplace_back();
  slots_.assign(1024, root);
}

std::size_t KeyPaths::find_slot(Id parent, std::string_view key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_of(parent, key) & mask;
  for (; slots_[slot] != root; slot = (slot + 1) & mask) {
    const Stored& stored = nodes_[slots_[slot]];
    if (stored.parent == parent && stored.key == key) break;
  }
  return slot;
}

KeyPaths::Id KeyPaths::find(Id parent, Id before, std::string_view key) {
  const Id id = find_or_add(parent, key);
  nodes_[before != root ? before : parent].then[before != root] = id;
  return id;
}

KeyPaths::Id KeyPaths::find_or_add(Id parent, std::string_view key) {
  const std::size_t slot = find_slot(parent, key);
  return slots_[slot] != root ? slots_[slot] : add(parent, key, slot);
}

KeyPaths::Id KeyPaths::add(Id parent, std::string_view key, std::size_t slot) {
  const auto id = static_cast<Id>(nodes_.size());
  Stored stored;
  stored.parent = parent;
  stored.key = key;
  stored.path = nodes_[parent].path;
  stored.path.unwrap();
  stored.path.append(key);
  const std::string_view path = stored.path.text();
  stored.node.spelling = table_.find(path);
  stored.node.headers = nodes_[parent].node.headers || path.ends_with("headers") || is_header(path);
  stored.node.records = path == "logrecords";
  stored.node.same = id;
  nodes_.push_back(std::move(stored));
  slots_[slot] = id;
  if (nodes_.size() * 2 > slots_.size()) grow();

  std::string lower(key);
  std::transform(lower.begin(), lower.end(), lower.begin(), to_lower);
  if (lower != key) {
    const Id same = find_or_add(parent, lower);
    nodes_[id].node.same = same;
  }
  return id;
}

void KeyPaths::grow() {
  slots_.assign(slots_.size() * 2, root);
  for (Id id = root + 1; id < nodes_.size(); ++id) slots_[find_slot(nodes_[id].parent, nodes_[id].key)] = id;
}

}  // namespace egressc
