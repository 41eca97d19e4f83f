#include <fmt/core.h>

#include <array>
#include <iterator>

#include "egressc/address.h"
#include "model/document/yaml.h"
#include "model/words/text.h"

namespace egressc::model {
namespace {

// Words that YAML 1.1 or 1.2 reads as a boolean or as nothing.
bool is_reserved(std::string_view text) {
  static constexpr std::string_view words[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
  return text.size() <= 5 && std::find(std::begin(words), std::end(words), to_lower(text)) != std::end(words);
}

using Characters = std::array<bool, 256>;
constexpr Characters characters(std::string_view all, bool letters_and_digits) {
  Characters set{};
  for (const char c : all) set[static_cast<unsigned char>(c)] = true;
  for (std::size_t c = 0; c < 128; ++c)
    set[c] = set[c] || (letters_and_digits && is_letter_or_digit(static_cast<char>(c)));
  return set;
}
constexpr Characters plain_in_flow = characters("_./+=@-", true);
constexpr Characters plain_in_block = characters("_./+=@-(),;' ", true);
constexpr Characters of_numbers = characters("0123456789abcdefABCDEFoOxX._+-", false);

// Whether YAML reads `text` as this very text without quotes. Cautious: parsers differ.
bool is_plain(std::string_view text, bool in_flow) {
  if (text.empty() || is_reserved(text) || text.back() == ' ') return false;
  if (!is_letter_or_digit(text[0]) && text[0] != '_' && text[0] != '/') return false;
  const auto& safe = in_flow ? plain_in_flow : plain_in_block;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) >= 0x80) {
      const auto point = take_code_point(text, at);
      if (!point || is_invisible(*point)) return false;
      continue;
    }
    if (!safe[static_cast<unsigned char>(c)]) return false;
    if (c == ' ' && text[at + 1] == ' ') return false;
    ++at;
  }
  // Anything made of these alone might be a number to someone; an IPv4 address is one to nobody.
  const bool like_number = text[0] <= '9' && std::all_of(text.begin(), text.end(), [](char c) {
                             return of_numbers[static_cast<unsigned char>(c)];
                           });
  return !like_number || parse_address(text);
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const auto point = take_code_point(text, at);
    if (!point) {  // policy_tree() sees to it that there is none
      ++at;
      continue;
    }
    if (*point == '"' || *point == '\\')
      (out += '\\') += static_cast<char>(*point);
    else if (*point == '\n')
      out += "\\n";
    else if (*point == '\t')
      out += "\\t";
    else if (!is_invisible(*point))
      out += text.substr(start, at - start);
    else if (*point <= 0xff)
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint32_t>(*point));
    else if (*point <= 0xffff)
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(*point));
    else
      fmt::format_to(std::back_inserter(out), "\\U{:08x}", static_cast<std::uint32_t>(*point));
  }
  out += '"';
}

class Printer {
 public:
  explicit Printer(const Tree& tree) : tree_(tree) {}

  std::string print() {
    block(0, 0, true);
    return std::move(out_);
  }
  std::string print_flow() {
    value(0, true);
    return std::move(out_);
  }
  std::string print_block(std::size_t indent) {
    if (!is_block(0)) {
      value(0, false);
      return std::move(out_);
    }
    block(0, indent, true);
    out_.pop_back();
    return std::move(out_);
  }

 private:
  bool is_block(NodeId node) const { return tree_.kind(node) >= NodeKind::list && tree_.layout(node) == Layout::block; }

  // `inline_first`: the first entry goes on where the line is, behind "- ".
  void block(NodeId node, std::size_t indent, bool inline_first) {
    const bool map = tree_.kind(node) == NodeKind::map;
    for (NodeId at = tree_.first(node); at != no_node; at = tree_.next(at)) {
      if (!inline_first) out_.append(indent, ' ');
      inline_first = false;
      if (!map) {
        out_ += "- ";
        if (is_block(at))
          block(at, indent + 2, true);
        else
          line(at);
        continue;
      }
      scalar(at, false);
      out_ += ':';
      at = tree_.next(at);
      if (is_block(at)) {
        out_ += '\n';
        block(at, indent + 2, false);
      } else {
        out_ += ' ';
        line(at);
      }
    }
  }

  void line(NodeId node) {
    value(node, false);
    out_ += '\n';
  }

  void value(NodeId node, bool in_flow) {
    if (tree_.kind(node) == NodeKind::null)
      out_ += "null";
    else if (tree_.kind(node) == NodeKind::scalar)
      scalar(node, in_flow);
    else
      flow(node);
  }

  void flow(NodeId node) {
    const bool map = tree_.kind(node) == NodeKind::map;
    out_ += map ? '{' : '[';
    for (NodeId at = tree_.first(node); at != no_node; at = tree_.next(at)) {
      if (at != tree_.first(node)) out_ += ", ";
      if (map) {
        scalar(at, true);
        out_ += ": ";
        at = tree_.next(at);
      }
      value(at, true);
    }
    out_ += map ? '}' : ']';
  }

  void scalar(NodeId node, bool in_flow) {
    const std::string_view text = tree_.text(node);
    if (tree_.form(node) != Form::text || is_plain(text, in_flow))
      out_ += text;
    else
      append_quoted(out_, text);
  }

  const Tree& tree_;
  std::string out_;
};

}  // namespace

std::string print_yaml(const Tree& tree) { return Printer(tree).print(); }

std::string print_flow_yaml(const Tree& tree) { return Printer(tree).print_flow(); }

std::string print_block_yaml(const Tree& tree, std::size_t indent) { return Printer(tree).print_block(indent); }

}  // namespace egressc::model
