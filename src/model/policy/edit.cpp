#include <unordered_map>

#include "model/document/yaml.h"
#include "model/policy/forms.h"
#include "model/words/text.h"

namespace egressc::model {
namespace {

Tree scalar(std::string_view text, Form form = Form::text) {
  Tree tree;
  tree.add_scalar(text, form);
  return tree;
}

template <typename T>
std::vector<T> added(const std::vector<T>& before, const std::vector<T>& after) {
  std::vector<T> more;
  for (const T& value : after)
    if (std::find(before.begin(), before.end(), value) == before.end()) more.push_back(value);
  return more;
}

std::uint64_t place(std::uint32_t line, std::uint32_t column) { return (std::uint64_t{line} << 32) | column; }
std::uint64_t place(const Location& where) { return place(where.line, where.column); }

const Grant& grant_of(const Grant& grant) { return grant; }
const Grant& grant_of(const Review& entry) { return entry.what; }
Tree tree_of(const Grant& grant) { return grant_tree(grant); }
Tree tree_of(const Review& entry) { return review_tree(entry); }

class Editor {
 public:
  Editor(std::string_view text, const Tree& tree, const Policy& before) : tree_(tree), text_(text, tree), edit_(text_) {
    for (NodeId node = 0; node < tree.size(); ++node)
      if (tree.kind(node) == NodeKind::map) maps_.emplace(place(tree.mark(node).line, tree.mark(node).column), node);
    for (const Subject& subject : before.subjects) {
      for (const Grant& grant : subject.allow) known_.emplace(place(grant.where), &grant);
      for (const Review& entry : subject.review) known_.emplace(place(entry.what.where), &entry.what);
    }
    for (const Review& entry : before.review) known_.emplace(place(entry.what.where), &entry.what);
  }

  std::string edit(const Policy& after) {
    const NodeId subjects = tree_.find(0, "subjects");
    std::unordered_map<std::uint64_t, NodeId> bodies;
    if (subjects != no_node)
      for (NodeId key = tree_.first(subjects); key != no_node; key = tree_.next(tree_.next(key)))
        bodies.emplace(place(tree_.mark(key).line, tree_.mark(key).column), tree_.next(key));
    std::vector<const Subject*> more;
    for (const Subject& subject : after.subjects) {
      const auto body = bodies.find(place(subject.where));
      if (subject.where.line == 0 || body == bodies.end())
        more.push_back(&subject);
      else
        edit_subject(body->second, subject);
    }
    if (subjects != no_node) add_subjects(subjects, more);
    edit_entries(0, "review", after.review);
    if (subjects == no_node) add_subjects(subjects, more);
    return edit_.finish();
  }

 private:
  void edit_subject(NodeId node, const Subject& subject) {
    const bool has_allow = tree_.find(node, "allow") != no_node;
    // At one place, what is there comes before what is added.
    if (has_allow) edit_entries(node, "allow", subject.allow);
    edit_entries(node, "review", subject.review);
    if (!has_allow) edit_entries(node, "allow", subject.allow);
  }

  void add_subjects(NodeId subjects, const std::vector<const Subject*>& more) {
    if (more.empty()) return;
    if (subjects != no_node) {
      for (const Subject* subject : more) edit_.add_entry(subjects, no_node, subject->label, subject_tree(*subject));
      return;
    }
    Tree tree;
    tree.open_map(Layout::block);
    for (const Subject* subject : more) {
      tree.add_scalar(subject->label);
      tree.add(subject_tree(*subject));
    }
    tree.close();
    edit_.add_entry(0, no_node, "subjects", tree);
  }

  template <typename T>
  void edit_entries(NodeId owner, std::string_view key, const std::vector<T>& entries) {
    const NodeId list = tree_.find(owner, key);
    std::vector<NodeId> kept;
    std::vector<ListItem> more;
    for (const T& entry : entries) {
      const Grant& grant = grant_of(entry);
      const auto node = grant.where.line == 0 ? maps_.end() : maps_.find(place(grant.where));
      const bool is_known = node != maps_.end() && known_.contains(place(grant.where));
      const bool moves = is_known && text_.owner(node->second) != list;
      if (is_known && !moves) kept.push_back(node->second);
      if (!is_known || moves) more.push_back({tree_of(entry), moves ? node->second : no_node});
      if (!is_known) continue;
      edit_.within(moves ? node->second : no_node);
      edit_grant(node->second, *known_.at(place(grant.where)), grant);
      if (moves) edit_reason(node->second, entry);
      edit_.within(no_node);
    }
    if (list == no_node) {
      if (!more.empty()) edit_.add_list(owner, key == "allow" ? before_review(owner) : no_node, key, more);
      return;
    }
    std::sort(kept.begin(), kept.end());
    std::vector<NodeId> gone;
    for (NodeId item = tree_.first(list); item != no_node; item = tree_.next(item))
      if (!std::binary_search(kept.begin(), kept.end(), item)) gone.push_back(item);
    edit_.change_list(list, gone, more);
  }

  NodeId before_review(NodeId owner) const {
    NodeId before = no_node;
    for (NodeId key = tree_.first(owner); key != no_node; key = tree_.next(tree_.next(key))) {
      if (tree_.text(key) == "review") return before;
      before = tree_.next(key);
    }
    return no_node;
  }

  void edit_reason(NodeId node, const Grant&) { edit_.remove_entry(node, "reason"); }
  void edit_reason(NodeId node, const Review& entry) {
    edit_.add_entry(node, no_node, "reason", scalar(to_string(entry.reason)));
  }

  void edit_grant(NodeId node, const Grant& before, const Grant& after) {
    const auto text = [](const Prefix& prefix) { return scalar(to_string(prefix)); };
    add_to_list(node, no_node, "addresses", added(before.addresses, after.addresses), text);
    NodeId marks = tree_.find(node, "new");
    if (marks != no_node && tree_.kind(marks) == NodeKind::scalar && !after.new_addresses.empty())
      edit_.replace(marks, list_of(after.new_addresses, text));
    else
      add_to_list(node, tree_.find(node, "addresses"), "new", added(before.new_addresses, after.new_addresses), text);
    if (before.evidence == after.evidence) return;
    const NodeId evidence = tree_.find(node, "evidence");
    if (evidence == no_node)
      edit_.add_entry(node, no_node, "evidence", evidence_tree(after.evidence));
    else
      edit_evidence(evidence, before.evidence, after.evidence);
  }

  void edit_evidence(NodeId node, const Evidence& before, const Evidence& after) {
    const auto text = [](const std::string& value) { return scalar(value); };
    const auto number = [](std::uint32_t value) { return scalar(std::to_string(value), Form::literal); };
    // Lists first: what is added to the map stands behind what is added to the last of them.
    for (const bool missing : {false, true}) {
      const auto set = [&](std::string_view key, bool changed, const Tree& value) {
        const NodeId old = tree_.find(node, key);
        if (!changed || (old == no_node) != missing) return;
        if (missing)
          edit_.add_entry(node, no_node, key, value);
        else
          edit_.replace(old, value);
      };
      const auto grow = [&](std::string_view key, const auto& values, const auto& more, const auto& print) {
        if ((tree_.find(node, key) == no_node) == missing) add_to_list(node, no_node, key, added(values, more), print);
      };
      set("seen", before.seen != after.seen, scalar(std::to_string(after.seen), Form::literal));
      set("first", before.first != after.first, scalar(to_string_utc(after.first), Form::word));
      set("last", before.last != after.last, scalar(to_string_utc(after.last), Form::word));
      grow("by", before.by, after.by, text);
      grow("exe", before.exe, after.exe, text);
      grow("gid", before.gid, after.gid, number);
      grow("claimed", before.claimed, after.claimed, text);
    }
  }

  template <typename T, typename Print>
  static Tree list_of(const std::vector<T>& values, const Print& print) {
    Tree tree;
    tree.open_list(Layout::flow);
    for (const T& value : values) tree.add(print(value));
    tree.close();
    return tree;
  }

  template <typename T, typename Print>
  void add_to_list(NodeId map, NodeId behind, std::string_view key, const std::vector<T>& more, const Print& print) {
    if (more.empty()) return;
    const NodeId list = tree_.find(map, key);
    if (list == no_node) return edit_.add_entry(map, behind, key, list_of(more, print));
    std::vector<ListItem> items;
    for (const T& value : more) items.push_back({print(value), no_node});
    edit_.change_list(list, {}, items);
  }

  const Tree& tree_;
  const YamlText text_;
  YamlEdit edit_;
  std::unordered_map<std::uint64_t, NodeId> maps_;
  std::unordered_map<std::uint64_t, const Grant*> known_;
};

}  // namespace
}  // namespace egressc::model

namespace egressc {

bool is_json(std::string_view text) {
  using namespace model;
  text = without_byte_order_mark(text);
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start != text.npos && text[start] == '{' && read_json(text.substr(start)).has_value();
}

std::string edit_policy(std::string_view text, const Policy& before, const Policy& after) {
  using namespace model;
  if (is_json(text)) {
    Policy normal = after;
    normalize(normal);
    return write_policy_json(normal);
  }
  const std::string_view body = without_byte_order_mark(text);
  Diagnostics ignored;  // it was read before
  Complaints complaints(body, {}, ignored);
  const auto tree = read_document(body, complaints);
  return std::string(text.substr(0, text.size() - body.size())) + Editor(body, *tree, before).edit(after);
}

}  // namespace egressc
