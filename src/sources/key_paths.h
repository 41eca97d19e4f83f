// The keys of JSON lines: lines of one log have the same ones, so what a key means is found out once.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sources/agent_fields.h"

namespace egressc {

// A tree of keys, by the keys of the objects around them. Arrays are not told apart from what is in them.
class KeyPaths {
 public:
  using Id = std::uint32_t;
  static constexpr Id root = 0;

  struct Node {
    Spelling spelling;
    bool headers = false;      // in what a client sent with a request, which says nothing of where an agent went
    bool records = false;      // OpenTelemetry's: an array of them
    Id same = root;            // the node of this key in lower case
    std::uint64_t object = 0;  // for the reader's use
  };

  explicit KeyPaths(std::span<const FieldPath> mapped);

  // `before` is the key before this one in the object, or root if this is its first.
  Id child(Id parent, Id before, std::string_view key) {
    const Id likely = nodes_[before != root ? before : parent].then[before != root];
    if (likely != root && nodes_[likely].parent == parent && nodes_[likely].key == key) return likely;
    return find(parent, before, key);
  }
  Node& operator[](Id id) { return nodes_[id].node; }
  const Node& operator[](Id id) const { return nodes_[id].node; }

  std::size_t size() const { return nodes_.size(); }
  // Forgets all but the root.
  void clear();

 private:
  struct Stored {
    Node node;
    Id parent = root;
    std::string key;
    FieldPathText path;
    std::array<Id, 2> then{};  // the key that came next last time: the first one in it, the one behind it
  };

  Id find(Id parent, Id before, std::string_view key);
  Id find_or_add(Id parent, std::string_view key);
  Id add(Id parent, std::string_view key, std::size_t slot);
  std::size_t find_slot(Id parent, std::string_view key) const;
  void grow();

  const FieldTable table_;
  std::vector<Stored> nodes_;
  std::vector<Id> slots_;  // open addressing; root: free
};

}  // namespace egressc
