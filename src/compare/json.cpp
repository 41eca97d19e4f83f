#include <fmt/format.h>

#include "compare/words.h"
#include "egressc/compare.h"
#include "egressc/json_print.h"
#include "egressc/tree.h"

namespace egressc {
namespace {

class Writer {
 public:
  explicit Writer(Tree& tree) : tree_(tree) {}

  void text(std::string_view key, std::string_view value) { scalar(key, value, Form::text); }
  void literal(std::string_view key, std::string_view value) { scalar(key, value, Form::literal); }
  void flag(std::string_view key, bool value) { literal(key, value ? "true" : "false"); }

  template <typename Element>
  void list(std::string_view key, Element elements) {
    tree_.add_scalar(key);
    tree_.open_list(Layout::block);
    elements();
    tree_.close();
  }
  template <typename Members>
  void map(Members members) {
    tree_.open_map(Layout::block);
    members();
    tree_.close();
  }
  void element(std::string_view value) { tree_.add_scalar(value); }
  void key(std::string_view key) { tree_.add_scalar(key); }

 private:
  void scalar(std::string_view key, std::string_view value, Form form) {
    tree_.add_scalar(key);
    tree_.add_scalar(value, form);
  }
  Tree& tree_;
};

std::string_view word_of(Family family) { return family == Family::ipv4 ? "ipv4" : "ipv6"; }

void write_ids(Writer& json, std::string_view key, const std::vector<IdRange>& ids) {
  json.list(key, [&] {
    for (const IdRange& range : ids) json.element(comparing::id_text(range));
  });
}

void write_line(Writer& json, const FlowLine& line) {
  json.map([&] {
    json.text("to", comparing::destination_text(line));
    json.list("names", [&] {
      for (const std::string& name : line.names) json.element(name);
    });
    json.flag("live", line.live);
    json.list("addresses", [&] {
      for (const AddressRange& range : line.addresses) json.element(to_string(range));
    });
    if (line.loopback) json.flag("loopback", *line.loopback);
    json.list("services", [&] {
      for (const std::string& service : line.services) json.element(service);
    });
  });
}

void write_list(Writer& json, std::string_view key, const FlowList& list) {
  json.key(key);
  json.map([&] {
    json.flag("all_but", list.all_but);
    if (list.family) json.text("family", word_of(*list.family));
    json.list("flows", [&] {
      for (const FlowLine& line : list.lines) write_line(json, line);
    });
  });
}

void write_subject(Writer& json, const SubjectDifference& subject) {
  json.map([&] {
    json.text("subject", subject.label);
    write_ids(json, "uids", subject.uids);
    write_ids(json, "gids", subject.gids);
    json.flag("with_socket", subject.with_socket);
    json.flag("without_socket", subject.without_socket);
    write_list(json, "added", subject.added);
    write_list(json, "removed", subject.removed);
    write_list(json, "possibly_added", subject.possibly_added);
    write_list(json, "possibly_removed", subject.possibly_removed);
    json.literal("unchanged", fmt::to_string(subject.unchanged));
  });
}

void write_undecided(Writer& json, std::string_view side, const Meaning& meaning) {
  for (const Undecided& rule : meaning.undecided)
    json.map([&] {
      json.text("side", side);
      json.text("file", rule.where.file);
      json.literal("line", fmt::to_string(rule.where.line));
      json.text("rule", rule.text);
      json.text("why", rule.why);
    });
}

}  // namespace

std::string describe_json(const Difference& difference, std::span<const SubjectDifference> subjects,
                          std::span<const OneFamily> one_family, const Side& before, const Side& after) {
  Tree tree;
  Writer json(tree);
  json.map([&] {
    json.text("old", before.name);
    json.text("new", after.name);
    json.flag("equal", difference.empty());
    json.flag("widens", difference.widens());
    json.list("subjects", [&] {
      for (const SubjectDifference& subject : subjects) write_subject(json, subject);
    });
    json.list("one_family", [&] {
      for (const OneFamily& name : one_family)
        json.map([&] {
          json.text("subject", name.subject);
          json.text("name", name.name);
          json.text("family", word_of(name.family));
          json.flag("knows_other", name.has_other);
        });
    });
    json.list("undecided", [&] {
      write_undecided(json, "old", before.meaning);
      write_undecided(json, "new", after.meaning);
    });
  });
  return print_json(tree, Spacing::indented);
}

}  // namespace egressc
