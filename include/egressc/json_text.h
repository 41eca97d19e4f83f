// JSON for programs, written as it is said: objects and lists are opened and closed, members are named.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "egressc/diagnostics.h"
#include "egressc/json_print.h"

namespace egressc {

// Texts pass through printable(), so that whatever an input holds makes valid JSON.
class JsonText {
 public:
  void open_object() { tree_.open_map(Layout::block); }
  void open_list() { tree_.open_list(Layout::block); }
  void close() { tree_.close(); }
  void key(std::string_view name) { tree_.add_scalar(name); }

  void text(std::string_view value) { tree_.add_scalar(printable(value, value.size())); }
  // Several lines of text that egressc wrote.
  void lines(std::string_view value) { tree_.add_scalar(value); }
  void null() { tree_.add_null({}); }

  void text(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void number(std::string_view name, std::uint64_t value) {
    key(name);
    tree_.add_scalar(std::to_string(value), Form::literal);
  }
  void boolean(std::string_view name, bool value) {
    key(name);
    tree_.add_scalar(value ? "true" : "false", Form::literal);
  }
  template <typename List>
  void texts(std::string_view name, const List& values) {
    key(name);
    open_list();
    for (const auto& value : values) text(value);
    close();
  }

  // Indented by two, in ASCII, with a line feed at the end.
  std::string print() const { return print_json(tree_, Spacing::indented); }
  // On one line, with a line feed at the end.
  std::string print_line() const { return print_json(tree_, Spacing::compact) + '\n'; }

 private:
  Tree tree_;
};

}  // namespace egressc
